"""Rules about any text file: templates, data, documents, and code alike."""

import re
from datetime import date

from tools.lint.engine import Found, Source, rule

# Written with brackets so that this file does not break its own rules.
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:work|root|home/[a-z]\w*|tmp)/(?=\w)")
PACKAGE_INDEX = re.compile(
    r"pypi[.]org|pythonhosted[.]org|registry[.]npmjs|registry[.]yarnpkg"
    r"|^--?(?:index-url|extra-index-url|find-links)\b|\"resolved\": \"(?:http|file)"
)
MARKER = re.compile(r"(?:#|//|<!--|\{#)\s*(?:TO[D]O|FIX[M]E|XX[X])\b")
ELEVEN_DIGITS = re.compile(r"(?<![\d.])\d{11}(?![\d.])")
FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)

TEMPLATE_SYNTAX = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
UNSEEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>|<!doctype[^>]*>", re.DOTALL | re.IGNORECASE)
READ_ATTRIBUTE = re.compile(
    r"(?<![\w-])(alt|aria-description|aria-label|label|placeholder|title)=([\"'])(?P<text>.*?)\2",
    re.DOTALL,
)
MARKUP = re.compile(r"<[^<>]*>|(?<![\w-])[a-z-]+=\"[^\"]*\"", re.DOTALL)
ENTITY = re.compile(r"&#?\w+;")
LETTERS = re.compile(r"[^\W\d_]{2,}")


@rule("machine-path")
def no_path_of_a_machine(source: Source) -> Found:
    for line, text in source.lines():
        if match := MACHINE_PATH.search(text):
            yield line, f"{match[0]} exists on one machine only"


@rule("package-index")
def no_address_of_a_package_index(source: Source) -> Found:
    for line, text in source.lines():
        if match := PACKAGE_INDEX.search(text):
            yield line, f"{match[0]!r}: where packages come from is each installation's own choice"


@rule("unfinished-note")
def no_notes_for_later(source: Source) -> Found:
    for line, text in source.lines():
        if MARKER.search(text):
            yield line, "a note for later: do it, or open an issue"


@rule("identity-number")
def identity_numbers_are_synthetic(source: Source) -> Found:
    for line, text in source.lines():
        for match in ELEVEN_DIGITS.finditer(text):
            if could_be_real(match[0]):
                yield line, f"{match[0][:2]}… could be somebody's number: add 80 to its month"


def could_be_real(number: str) -> bool:
    """Whether eleven digits are a possible Norwegian identity number or D-number.

    Synthetic numbers have 40, 65 or 80 added to the month, so that no register ever issues them.
    """
    digits = [int(digit) for digit in number]
    day, month, year = int(number[:2]), int(number[2:4]), int(number[4:6])
    try:
        date(2000 + year % 4, month, day - 40 if day > 40 else day)
    except ValueError:
        return False
    return all(
        sum(weight * digit for weight, digit in zip(weights, digits, strict=False)) % 11 == 0
        for weights in (FIRST_WEIGHTS, SECOND_WEIGHTS)
    )


@rule("template-text")
def templates_hold_no_sentences(source: Source) -> Found:
    if not (source.path.endswith(".html") and "/templates/" in source.path):
        return
    text = _blank(UNSEEN, _blank(TEMPLATE_SYNTAX, source.text))
    for match in READ_ATTRIBUTE.finditer(text):
        if LETTERS.search(match["text"]):
            yield _line(text, match.start()), f"{match[1]} comes from the catalogues"
    for match in LETTERS.finditer(_blank(ENTITY, _blank(MARKUP, text))):
        yield _line(text, match.start()), f"{match[0]!r} comes from the catalogues"


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """Replace what matches by spaces, so that positions and lines stay what they were."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
