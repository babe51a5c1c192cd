"""What letters say, and the documents they become."""

import io
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pdfua import validate
from pypdf import PdfReader
from tests.documents import nordreisa

from opptak.documents.composing import ContentIncomplete, LetterPage, Recipient, check_content, compose
from opptak.documents.rendering import FONTS, render_letter
from opptak.documents.schemas import PLACEHOLDERS, LetterKind
from opptak.hooks.types import PostalAddress
from opptak.kit import pdf
from opptak.kit.i18n import Catalogues
from opptak.tenancy.config import TenantDocument

DOCUMENT = nordreisa()
CONTENT: Mapping[str, Any] = {
    "answer_by": "2027-04-15",
    "case_number": "2027-0042",
    "complaint_days": 21,
    "days": 5,
    "deadline": "2027-03-01",
    "facility": "Leirbukt barnehage",
    "received_on": "2027-01-14",
    "sentences": [{"key": "letter.help.title", "params": {}}],
    "starts_on": "2027-08-16",
}
MOMENT = datetime(2027, 1, 11, 9, tzinfo=UTC)
LANGUAGES = ("nb", "nn", "se", "en")


def page(
    kind: LetterKind, language: str, *, document: TenantDocument = DOCUMENT, **changes: Any
) -> LetterPage:
    """Compose a letter to Áŋŋel."""
    content = {name: CONTENT[name] for name in (*PLACEHOLDERS[kind], "sentences")}
    address = PostalAddress(lines=("Fjellvegen 12", "H0201"), postcode="9151", place="Storslett")
    return compose(
        kind,
        {**content, **changes},
        recipient=Recipient(name="Áŋŋel Čáhppe Đorvvu-Šuorbmut Ŧelle Žáhpe", address=address),
        document=document,
        text=Catalogues.load().translator(language),
        base_url="https://nordreisa.example",
        written_on=date(2027, 1, 11),
    )


def test_letter_says_which_languages_one_may_use() -> None:
    sami = msgspec.structs.replace(DOCUMENT, equal_languages=("se",))
    said = "Du har rett til å bruke samisk hos oss, når du skriver og når du snakker."
    with_right, without = (
        page(LetterKind.INVITATION, "nb", document=document).sections[-1]["paragraphs"]
        for document in (sami, DOCUMENT)
    )
    assert with_right == [*without, said]


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_is_written_in_every_language(kind: LetterKind, language: str) -> None:
    composed = page(kind, language)
    texts = [composed.title, *composed.paragraphs, composed.footer, *composed.action.values()]
    texts += [fact["label"] for fact in composed.facts]
    texts += [text for part in composed.sections for text in (part["title"], *part["paragraphs"])]
    assert not [text for text in texts if text.startswith("letter.") or "{" in text]
    assert len(composed.paragraphs) >= 2


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("nb", ["Leirbukt barnehage", "16. august 2027", "5 dager i uken", "15. april 2027"]),
        ("nn", ["Leirbukt barnehage", "16. august 2027", "5 dagar i veka", "15. april 2027"]),
        ("se", ["Leirbukt barnehage", "borgemánu 16. b. 2027", "5 beaivvi vahkus", "cuoŋománu 15. b. 2027"]),
        ("en", ["Leirbukt barnehage", "16 August 2027", "5 days a week", "15 April 2027"]),
    ],
)
def test_facts_are_shown_as_the_language_writes_them(language: str, shown: list[str]) -> None:
    facts = page(LetterKind.OFFER, language).facts
    assert [fact["value"].replace("\u00a0", " ") for fact in facts] == shown


def test_complaint_is_told_where_there_is_one() -> None:
    titles = [part["title"] for part in page(LetterKind.REFUSED, "nb").sections]
    assert titles == ["Hvorfor det ble slik", "Du kan klage", "Trenger du hjelp?"]
    assert "Du kan klage" not in [part["title"] for part in page(LetterKind.OFFER, "nb").sections]


def test_link_leads_all_the_way_and_shows_the_front_page() -> None:
    action = page(LetterKind.RECEIPT, "nb", link="/applications/1").action
    assert (action["url"], action["shown"]) == (
        "https://nordreisa.example/applications/1",
        "nordreisa.example",
    )
    assert page(LetterKind.RECEIPT, "nb").action["url"] == "https://nordreisa.example/"


def test_sami_letter_comes_from_the_municipality_by_its_sami_name() -> None:
    assert page(LetterKind.OFFER, "se").sender["name"] == "Ráissa suohkan"


def test_incomplete_content_is_refused_by_name() -> None:
    with pytest.raises(ContentIncomplete, match="offer: answer_by, days"):
        check_content(LetterKind.OFFER, {"case_number": "1", "facility": "", "starts_on": ""})


@pytest.mark.parametrize("language", LANGUAGES)
def test_document_is_tagged_and_says_its_language(language: str, tmp_path: Path) -> None:
    content = render_letter(page(LetterKind.WAITING, language), language=language, created=MOMENT)
    reader = PdfReader(io.BytesIO(content))
    root = reader.root_object
    text = reader.pages[0].extract_text()
    file = tmp_path / "letter.pdf"
    file.write_bytes(content)
    assert str(root["/Lang"]) == language
    assert "/StructTreeRoot" in root
    assert "/MarkInfo" in root
    assert "Áŋŋel Čáhppe Đorvvu-Šuorbmut Ŧelle Žáhpe" in text
    assert validate(str(file)).findings == ()
    assert len(reader.pages) == 1


def test_document_carries_its_title() -> None:
    content = render_letter(page(LetterKind.OFFER, "se"), language="se", created=MOMENT)
    metadata = PdfReader(io.BytesIO(content)).metadata
    assert metadata is not None
    assert (metadata.title, metadata.author) == ("Mánáidgárdesaji fálaldat", "Ráissa suohkan")


def test_same_letter_is_the_same_document() -> None:
    letters = [render_letter(page(LetterKind.OFFER, "nb"), language="nb", created=MOMENT) for _ in range(2)]
    assert letters[0] == letters[1]


def test_long_names_and_reasons_stay_on_the_page() -> None:
    sentences = [{"key": "letter.complaint.text", "params": {"complaint_days": 21}}] * 12
    composed = page(LetterKind.REFUSED, "nb", sentences=sentences)
    content = render_letter(composed, language="nb", created=MOMENT)
    pages = PdfReader(io.BytesIO(content)).pages
    assert len(pages) == 2
    assert "2 / 2" in pages[1].extract_text()


def test_template_that_does_not_compile_names_itself_alone(tmp_path: Path) -> None:
    template = tmp_path / "broken.typ"
    template.write_text("#json(bytes(sys.inputs.data)).missing", encoding="utf-8")
    with pytest.raises(pdf.PdfFailed) as failed:
        pdf.render(template, {"name": "Áŋŋel"}, fonts=FONTS, created=MOMENT, language="nb")
    assert str(failed.value) == "broken.typ"


@pytest.mark.parametrize(
    ("language", "named"), [("nb", "(onsdag, torsdag)"), ("se", "(gaskavahkku, duorastat)")]
)
def test_offer_of_some_days_of_the_week_names_them(language: str, named: str) -> None:
    composed = page(LetterKind.OFFER, language, days=2, weekdays=[2, 3])
    assert any(named in str(fact) for fact in composed.facts)
