"""What a letter says: from its stored content to the words, dates and lines of the page, in one language.

A letter's words are messages: `letter.<kind>.title` and `letter.<kind>.text` (paragraphs parted by an empty
line). The content's values fill their placeholders and make the box of facts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from opptak.documents.schemas import PLACEHOLDERS, LetterKind
from opptak.hooks.types import PostalAddress
from opptak.kit.i18n import Translator
from opptak.tenancy.config import TenantDocument
from opptak.ui.dates import format_date, format_weekdays

__all__ = ("ContentIncomplete", "LetterPage", "Recipient", "check_content", "compose", "title")

FACTS = ("facility", "starts_on", "days", "deadline", "answer_by", "received_on")
"""Values shown in the box of facts, in this order, where the content has them."""

NO_BREAK = "\u00a0"
"""Keeps a date on one line."""

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class ContentIncomplete(ValueError):
    """The content of a letter lacks placeholders of its kind; the message names them."""


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a letter is addressed to."""

    name: str
    address: PostalAddress | None


class LetterPage(msgspec.Struct, frozen=True, kw_only=True):
    """All that the template needs; every text is in the letter's language."""

    accent: str
    sender: Mapping[str, str]
    recipient: Mapping[str, Any]
    margin: Sequence[Mapping[str, str]]
    title: str
    paragraphs: Sequence[str]
    facts: Sequence[Mapping[str, str]]
    action: Mapping[str, str]
    sections: Sequence[Mapping[str, Any]]
    closing: str
    footer: str


def check_content(kind: LetterKind, content: Mapping[str, Any]) -> None:
    """Raise ContentIncomplete unless the content has what the kind's words need."""
    missing = PLACEHOLDERS[kind] - content.keys()
    if missing:
        raise ContentIncomplete(f"{kind}: {', '.join(sorted(missing))}")


def title(kind: LetterKind, text: Translator) -> str:
    """Return the letter's title."""
    return text(f"letter.{kind}.title")


def compose(
    kind: LetterKind,
    content: Mapping[str, Any],
    *,
    recipient: Recipient,
    document: TenantDocument,
    text: Translator,
    base_url: str,
    written_on: date,
) -> LetterPage:
    """Return the page of a letter."""
    values = _values(content, text)
    name = document.title(text.language)
    greeting = text("letter.greeting", name=recipient.name)
    return LetterPage(
        accent=document.brand.accent,
        sender={"name": name, "service": text("letter.service")},
        recipient={"name": recipient.name, "lines": _address(recipient.address)},
        margin=list(_margin(document, values, text, written_on)),
        title=title(kind, text),
        paragraphs=[greeting, *_paragraphs(text(f"letter.{kind}.text", **values))],
        facts=[
            {"label": text(f"letter.fact.{fact}"), "value": values[fact]} for fact in FACTS if fact in values
        ],
        action=_action(kind, content, text, base_url),
        sections=[*_sections(kind, content, values, text), _help(document, text)],
        closing=text("letter.closing"),
        footer=_footer(document, text),
    )


def _values(content: Mapping[str, Any], text: Translator) -> dict[str, str]:
    shown = {
        name: _shown(name, value, text)
        for name, value in content.items()
        if isinstance(value, str | int) and name != "link"
    }
    if "days" in shown and content.get("weekdays"):
        shown["days"] += f" ({format_weekdays(content['weekdays'], language=text.language)})"
    return shown


def _shown(name: str, value: str | int, text: Translator) -> str:
    if name in {"days", "complaint_days"} and isinstance(value, int):
        return text.plural(f"letter.{name}", value)
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        written = format_date(date.fromisoformat(value), language=text.language)
        return written.replace(" ", NO_BREAK)
    return str(value)


def _address(address: PostalAddress | None) -> list[str]:
    if address is None:
        return []
    town = f"{address.postcode} {address.place}".strip()
    return [line for line in (*address.lines, town) if line]


def _margin(
    document: TenantDocument, values: Mapping[str, str], text: Translator, written_on: date
) -> Iterator[dict[str, str]]:
    yield {"label": text("letter.date"), "value": format_date(written_on, language=text.language)}
    if "case_number" in values:
        yield {"label": text("letter.case_number"), "value": values["case_number"]}
    for label, value in (("phone", document.contact_phone), ("email", document.contact_email)):
        if value:
            yield {"label": text(f"letter.{label}"), "value": value}


def _action(kind: LetterKind, content: Mapping[str, Any], text: Translator, base_url: str) -> dict[str, str]:
    """Return where the reader goes on: on paper the front page is shown, a click leads all the way."""
    return {
        "text": text(f"letter.{kind}.action"),
        "url": f"{base_url}{content.get('link', '/')}",
        "shown": base_url.split("://", 1)[-1],
    }


def _sections(
    kind: LetterKind, content: Mapping[str, Any], values: Mapping[str, str], text: Translator
) -> Iterator[dict[str, Any]]:
    sentences = [_sentence(item, text) for item in content.get("sentences", ())]
    if sentences:
        yield {"title": text(f"letter.{kind}.sentences"), "paragraphs": [], "items": sentences}
    if "complaint_days" in values:
        yield {
            "title": text("letter.complaint.title"),
            "paragraphs": _paragraphs(text("letter.complaint.text", **values)),
            "items": [],
        }


def _help(document: TenantDocument, text: Translator) -> dict[str, Any]:
    equal = [text(f"equal_language.{language}") for language in document.equal_languages]
    return {
        "title": text("letter.help.title"),
        "paragraphs": [*_paragraphs(text("letter.help.text")), *equal],
        "items": [],
    }


def _sentence(sentence: Mapping[str, Any], text: Translator) -> str:
    params = {name: _shown(name, value, text) for name, value in sentence.get("params", {}).items()}
    return text(sentence["key"], **params)


def _paragraphs(words: str) -> list[str]:
    return [paragraph.strip() for paragraph in words.split("\n\n") if paragraph.strip()]


def _footer(document: TenantDocument, text: Translator) -> str:
    return text("letter.training") if document.training else text("letter.footer")
