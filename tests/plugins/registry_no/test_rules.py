"""Norwegian law: who has a right to a place, from when, and what counts how."""

from datetime import date

import msgspec
import pytest

from opptak.hooks.types import AreaNorm
from opptak_registry_no.rules import NorwegianRules, read_rules

RULES = NorwegianRules()


@pytest.mark.parametrize(
    ("born_on", "reason", "latest_start"),
    [
        (date(2022, 1, 1), "older", date(2027, 8, 1)),
        (date(2025, 12, 31), "older", date(2027, 8, 1)),
        (date(2026, 1, 1), "one_by_august", date(2027, 8, 1)),
        (date(2026, 8, 31), "one_by_august", date(2027, 8, 1)),
        (date(2026, 9, 1), "one_by_november", date(2027, 9, 30)),
        (date(2026, 10, 31), "one_by_november", date(2027, 10, 31)),
        (date(2026, 11, 30), "one_by_november", date(2027, 11, 30)),
    ],
)
def test_right_to_a_place_and_its_date(born_on: date, reason: str, latest_start: date) -> None:
    right = RULES.right(born_on=born_on, intake_year=2027, applied_in_time=True)
    assert right.entitled
    assert (right.reason, right.latest_start) == (f"registry_no.right.{reason}", latest_start)


@pytest.mark.parametrize(
    ("born_on", "in_time", "reason"),
    [
        (date(2026, 12, 1), True, "too_young"),
        (date(2021, 12, 31), True, "school_age"),
        (date(2024, 5, 1), False, "late"),
    ],
)
def test_no_right_and_why(born_on: date, in_time: bool, reason: str) -> None:
    right = RULES.right(born_on=born_on, intake_year=2027, applied_in_time=in_time)
    assert not right.entitled
    assert (right.reason, right.latest_start) == (f"registry_no.no_right.{reason}", None)


def test_birth_window_of_an_intake() -> None:
    assert RULES.birth_window(2027) == (date(2022, 1, 1), date(2026, 11, 30))


def test_school_starts_in_the_year_of_the_sixth_birthday() -> None:
    assert RULES.school_start(date(2021, 12, 31)) == date(2027, 8, 1)
    assert RULES.school_start(date(2022, 1, 1)) == date(2028, 8, 1)


@pytest.mark.parametrize(
    ("born_on", "starts_on", "band"),
    [
        (date(2024, 12, 31), date(2027, 8, 1), "large"),
        (date(2025, 1, 1), date(2027, 8, 1), "small"),
        (date(2024, 1, 1), date(2027, 7, 31), "small"),
        (date(2026, 11, 30), date(2027, 11, 30), "small"),
    ],
)
def test_age_band_changes_in_august_of_the_third_year(born_on: date, starts_on: date, band: str) -> None:
    assert RULES.age_band(born_on=born_on, starts_on=starts_on) == band


def test_area_norms_are_the_guideline_s() -> None:
    assert RULES.area_norms() == (
        AreaNorm(age_from=0, age_to=3, square_metres=5.3),
        AreaNorm(age_from=3, age_to=6, square_metres=4.0),
    )


@pytest.mark.parametrize("channel", ["digital", "paper"])
def test_three_weeks_to_complain(channel: str) -> None:
    assert RULES.notice(channel).complaint_days == 21
    assert (RULES.notice(channel).received_after_days == 0) == (channel == "digital")


def test_every_rule_names_its_source() -> None:
    for field in msgspec.structs.fields(read_rules()):
        assert all(rule.source for rule in getattr(read_rules(), field.name))


def test_later_version_applies_from_its_date() -> None:
    (right,) = read_rules().right
    later = msgspec.structs.replace(right, valid_from=date(2028, 1, 1), turns_one_by="12-31")
    rules = NorwegianRules(msgspec.structs.replace(read_rules(), right=(right, later)))
    assert rules.birth_window(2027)[1] == date(2026, 11, 30)
    assert rules.birth_window(2028)[1] == date(2027, 12, 31)
