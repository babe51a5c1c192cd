"""Filters in an address."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from litestar.testing import RequestFactory

from opptak.offers.schemas import OfferStatus
from opptak_admin.asking import Asked, PageNumber, asked


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    status: OfferStatus | None = None
    since: date | None = None
    page: PageNumber = 1


def ask(**query: str) -> Asked[Wanted]:
    request: Any = RequestFactory().get("/", query_params=dict[str, str | list[str]](query))
    return asked(request, Wanted)


def test_nothing_asked_for_is_the_first_page_of_all() -> None:
    found = ask()

    assert found.wanted == Wanted()
    assert (found.active, found.pages, found.errors) == (False, "?page=", {})


def test_filters_are_read_and_kept_for_the_other_pages() -> None:
    found = ask(status="sent", page="3")

    assert found.wanted == Wanted(status=OfferStatus.SENT, page=3)
    assert found.values == {"status": "sent"}
    assert (found.active, found.pages) == (True, "?status=sent&page=")


def test_date_comes_in_three_parts() -> None:
    query = {"since-day": "1", "since-month": "2", "since-year": "2027"}

    found = ask(**query)

    assert found.wanted.since == date(2027, 2, 1)
    assert found.pages == f"?{urlencode(query)}&page="


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ({"status": "lost"}, {"status"}),
        ({"since-day": "31", "since-month": "2", "since-year": "2027"}, {"since"}),
        ({"page": "0"}, set()),
        ({"page": "9999999"}, set()),
    ],
)
def test_filter_that_makes_no_sense_is_left_out_and_named(query: dict[str, str], faults: set[str]) -> None:
    found = ask(**query)

    assert found.wanted == Wanted()
    assert set(found.errors) == faults


def test_filter_left_empty_is_none() -> None:
    assert ask(status="").active is False
