from datetime import date
from random import Random

import pytest

from opptak_simulators.society.model import Sex
from opptak_simulators.society.numbers import NumberSeries, completed, is_synthetic, is_valid


def series_of(lane: int) -> NumberSeries:
    return NumberSeries(Random(7), lane=lane)  # noqa: S311 -- reproducible on purpose


@pytest.mark.parametrize(
    "number",
    ["31882490052", "01892490100", "30912490021", "15832290065", "17859010067", "50869110008"],
)
def test_number_of_known_vector_is_valid_and_synthetic(number: str) -> None:
    assert (is_valid(number), is_synthetic(number)) == (True, True)


@pytest.mark.parametrize("number", ["", "3188249005", "31882490053", "3188249005x", "１1882490052"])
def test_number_with_a_fault_is_refused(number: str) -> None:
    assert is_valid(number) is False


def test_number_outside_the_synthetic_months_is_not_synthetic() -> None:
    number = completed("020132999") or ""

    assert (is_valid(number), is_synthetic(number)) == (True, False)


def test_series_draws_birth_date_sex_and_no_number_twice() -> None:
    series = series_of(0)

    drawn = [series.draw(date(2026, 3, 9), Sex.FEMALE) for _ in range(25)]

    assert len(set(drawn)) == 25
    assert {number[:6] for number in drawn} == {"098326"}
    assert {int(number[8]) % 2 for number in drawn} == {0}


def test_series_marks_a_d_number_in_the_day() -> None:
    number = series_of(0).draw(date(1991, 6, 10), Sex.MALE, d_number=True)

    assert (number[:6], is_synthetic(number)) == ("508691", True)


def test_series_of_two_lanes_never_meet() -> None:
    one, other = (series_of(lane) for lane in (0, 1))
    born = date(2025, 1, 1)

    assert not {one.draw(born, Sex.MALE) for _ in range(20)} & {other.draw(born, Sex.MALE) for _ in range(20)}
