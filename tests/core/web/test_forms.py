"""What a browser posts becomes a struct, or one message a field."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opptak.kit.errors import Invalid
from opptak.webkit.forms import BadRequest, read_form
from opptak.webkit.languages import preferred
from opptak.webkit.redirects import local_address


class Days(StrEnum):
    FIVE = "five"
    FOUR = "four"


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    starts_on: date
    days: Days
    wishes: tuple[UUID, ...] = ()
    hours: Annotated[int, msgspec.Meta(ge=1, le=50)] | None = None
    meals: bool = False
    note: str = ""


WISHES = ("0190163d-8694-739b-aea5-966c26f8ad91", "0190163d-8694-739b-aea5-966c26f8ad92")


def _answers(*fields: tuple[str, str]) -> Answers:
    return read_form(urlencode(fields).encode()).read(Answers)


def test_form_becomes_a_struct() -> None:
    read = _answers(
        ("starts_on-day", "1"),
        ("starts_on-month", "8"),
        ("starts_on-year", "2027"),
        ("days", "four"),
        ("wishes", WISHES[1]),
        ("wishes", ""),
        ("wishes", WISHES[0]),
        ("hours", "40"),
        ("meals", "yes"),
        ("note", "  Vi flytter\r\ni juli \x07 "),
    )
    assert read == Answers(
        starts_on=date(2027, 8, 1),
        days=Days.FOUR,
        wishes=(UUID(WISHES[1]), UUID(WISHES[0])),
        hours=40,
        meals=True,
        note="Vi flytter\ni juli",
    )


def test_fields_left_empty_take_their_defaults() -> None:
    read = _answers(("starts_on", "2027-08-01"), ("days", "five"), ("hours", " "), ("note", ""))
    assert read == Answers(starts_on=date(2027, 8, 1), days=Days.FIVE)


def test_every_field_that_does_not_fit_has_its_message() -> None:
    no_day = (("starts_on-day", "31"), ("starts_on-month", "2"), ("starts_on-year", "2027"))
    with pytest.raises(Invalid) as refused:
        _answers(*no_day, ("hours", "51"))
    assert refused.value.fields == {
        "starts_on": "ui.error.date",
        "days": "web.field.required",
        "hours": "web.field.number",
    }


@pytest.mark.parametrize("body", [b"note=%00", b"no%00te=1", b"note=%ff", b"\xff=1", b"a=1&" * 501])
def test_form_no_browser_sends_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        read_form(body)


@given(st.dictionaries(st.text(), st.text(), max_size=5))
def test_form_never_fails_in_another_way(fields: dict[str, str]) -> None:
    try:
        values = read_form(urlencode(fields, errors="surrogatepass").encode()).values
    except BadRequest:
        return
    assert not any("\0" in value for value in values.values())


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("", ("",)),
        ("nb-NO,no;q=0.9,en;q=0.8", ("nb", "nb", "en")),
        ("en;q=0.2, se;q=0.9, de;q=0", ("se", "en")),
        ("en;q=x, *;q=0.1", ("*",)),
    ],
)
def test_accept_language_is_read_by_weight(header: str, languages: tuple[str, ...]) -> None:
    assert preferred(header) == languages


@pytest.mark.parametrize("wanted", ["/", "/form?step=2", "/a/b-c_d~%20#x"])
def test_local_address_keeps_paths(wanted: str) -> None:
    assert local_address(wanted) == wanted


@pytest.mark.parametrize(
    "wanted", ["", "form", "//a", "/\\a", "https://a", "/a\\b", "/ a", "/a\n", "javascript:0"]
)
def test_local_address_refuses_the_rest(wanted: str) -> None:
    assert local_address(wanted, otherwise="/staff/") == "/staff/"
