"""Test cases beside the criteria: a version whose cases fail can't be used."""

from datetime import date
from typing import Any

import msgspec
import pytest

from opptak.admission.criteria_cases import failing
from opptak.kit.mistakes import Mistake
from opptak.tenancy.config import Criteria

RULES = [
    {"id": "home", "fact": "resident", "effect": "gate"},
    {"id": "law", "fact": "statutory_priority", "effect": "tier", "tier": 1, "proof": True},
    {"id": "sibling", "fact": "sibling_at_facility", "effect": "points", "points": 40, "at": "facility"},
    {"id": "near", "fact": "distance", "effect": "points", "at": "facility", "bands": [[1000, 20]]},
    {"id": "days", "fact": "days", "effect": "points", "bands": [[3, 5], [5, 10]]},
    {"id": "area", "fact": "catchment", "effect": "points", "points": 30, "at": "facility"},
]
STATUTES = [{"facilities": ["77"], "without": ["near"], "postcodes": ["9151"]}]


def fails(first: dict[str, Any], then: dict[str, Any], **more: Any) -> list[Mistake]:
    """Return what a case between two residents says."""
    case = {"says": "one before the other", "first": _resident(first), "then": _resident(then), **more}
    raw = {"valid_from": date(2026, 8, 1), "rules": RULES, "statutes": STATUTES, "cases": [case]}
    return list(failing(msgspec.convert(raw, Criteria)))


def _resident(child: dict[str, Any]) -> dict[str, Any]:
    return {"holds": ["resident"], **child}


@pytest.mark.parametrize(
    ("first", "then", "more"),
    [
        ({"holds": ["resident", "statutory_priority"]}, {"open": ["statutory_priority"]}, {}),
        ({}, {"holds": []}, {}),
        ({"holds": ["resident", "sibling_at_facility"]}, {"distance_m": 900}, {}),
        ({"distance_m": 900}, {"distance_m": 1001}, {}),
        ({"days": 5}, {"days": 3}, {}),
        ({"days": 3}, {}, {}),
        ({"born_on": date(2024, 1, 1)}, {"born_on": date(2024, 1, 2)}, {}),
        ({}, {"late": True, "holds": ["resident", "statutory_priority"]}, {}),
        ({"distance_m": 900}, {"distance_m": 1001}, {"facility": "78"}),
        ({"distance_m": 900}, {"distance_m": 1001}, {"facility": "77", "equal": True}),
        ({"postcode": "9151"}, {"postcode": "9152"}, {"facility": "77"}),
        ({"postcode": "9151"}, {"postcode": "9152"}, {"facility": "78", "equal": True}),
    ],
)
def test_case_that_comes_out_says_nothing(
    first: dict[str, Any], then: dict[str, Any], more: dict[str, Any]
) -> None:
    assert fails(first, then, **more) == []
    if not more.get("equal"):
        assert fails(then, first, **more), "the other way round it fails"


def test_case_that_fails_tells_what_was_expected_and_got() -> None:
    [mistake] = fails({"distance_m": 900}, {"holds": ["resident", "sibling_at_facility"]})
    assert mistake.path == ("cases", 0)
    assert mistake.told.startswith(
        "“one before the other”: expected first before then, got tier 9, 20 points"
    )
    assert "against tier 9, 40 points" in mistake.told


def test_case_between_equals_that_fails_tells_so() -> None:
    [mistake] = fails({"days": 5}, {"days": 3}, equal=True)
    assert "expected lots to be drawn, got tier 9, 10 points" in mistake.told


def test_case_with_a_fact_that_nobody_knows_is_told() -> None:
    [mistake] = fails({"holds": ["residnet"]}, {})
    assert (mistake.path, mistake.right) == (("cases", 0, "first"), "did you mean resident?")
