"""Message catalogues: each language of a folder has every text, with the same placeholders."""

import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = {"nb", "nn", "se", "en"}
FURTHER = ("de", "da")
"""Languages with some texts of ours only; no municipality can offer its pages in them."""
TOLD = (
    *(f"allocation.{what}" for what in ("why.", "step.", "proof.", "day.", "row", "criterion.")),
    "admission.fact.",
)
FOLDERS = sorted(
    path for one in ("core", "portal", "admin_ui", "plugins") for path in (ROOT / one).rglob("locale")
)
PLURALS = {"nb": 2, "nn": 2, "en": 2, "se": 3}


def messages(folder: Path, language: str) -> dict[str, Message]:
    found: dict[str, Message] = {}
    for path in (folder / language).glob("*.po"):
        with path.open("rb") as source:
            found |= {key(message): message for message in read_po(source) if message.id}
    return found


def key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def texts(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def placeholders(message: Message) -> set[str]:
    return {name for text in texts(message) for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.parent.name)
def folder(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_every_language_has_every_text(folder: Path) -> None:
    keys = {language: set(messages(folder, language)) for language in LANGUAGES}
    everything = set[str]().union(*keys.values())
    missing = {language: sorted(everything - found) for language, found in keys.items()}

    assert missing == {language: [] for language in LANGUAGES}


def test_what_is_told_of_a_round_is_in_further_languages() -> None:
    """Explanations and the criteria behind them, for the files' command line and for letters abroad."""
    core = ROOT / "core/opptak/locale"
    wanted = {key: message for key, message in messages(core, "nb").items() if key.startswith(TOLD)}

    for language in FURTHER:
        found = messages(core, language)
        assert wanted.keys() - found.keys() == set()
        assert [key for key in wanted if placeholders(found[key]) != placeholders(wanted[key])] == []
        assert [key for key, message in found.items() if message.fuzzy or not all(texts(message))] == []


def test_no_text_is_empty_or_fuzzy(folder: Path) -> None:
    assert list(unfinished(folder)) == []


def unfinished(folder: Path) -> Iterator[str]:
    for language in LANGUAGES:
        for name, message in messages(folder, language).items():
            if message.fuzzy or not all(text.strip() for text in texts(message)):
                yield f"{language}: {name}"


def test_translations_keep_the_placeholders(folder: Path) -> None:
    wanted = {name: placeholders(message) for name, message in messages(folder, "nb").items()}

    for language in LANGUAGES - {"nb"}:
        found = {name: placeholders(message) for name, message in messages(folder, language).items()}
        assert {name: found[name] for name in wanted if found.get(name, wanted[name]) != wanted[name]} == {}


def test_plurals_have_as_many_forms_as_the_language(folder: Path) -> None:
    for language, forms in PLURALS.items():
        plurals = [one for one in messages(folder, language).values() if isinstance(one.id, tuple)]
        assert {key(one): len(texts(one)) for one in plurals} == {key(one): forms for one in plurals}
