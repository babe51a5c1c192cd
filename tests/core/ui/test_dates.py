from datetime import UTC, date, datetime

import pytest

from opptak.kit.errors import Invalid
from opptak.kit.money import Money
from opptak.ui.dates import format_date, format_moment, format_money, format_weekdays, read_date, write_date

SUNDAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("language", "full", "long", "short"),
    [
        ("nb", "søndag 1.\u00a0mars 2026", "1.\u00a0mars 2026", "01.03.2026"),
        ("nn", "søndag 1.\u00a0mars 2026", "1.\u00a0mars 2026", "01.03.2026"),
        ("se", "sotnabeaivi njukčamánu 1.\u00a0b. 2026", "njukčamánu 1.\u00a0b. 2026", "01.03.2026"),
        ("en", "Sunday, 1\u00a0March 2026", "1\u00a0March 2026", "1 Mar 2026"),
        ("de", "Sonntag, 1.\u00a0März 2026", "1.\u00a0März 2026", "01.03.2026"),
        ("da", "søndag den 1.\u00a0marts 2026", "1.\u00a0marts 2026", "01.03.2026"),
        ("fkv", "søndag 1.\u00a0mars 2026", "1.\u00a0mars 2026", "01.03.2026"),
    ],
)
def test_day_is_written_as_the_language_does(language: str, full: str, long: str, short: str) -> None:
    styles = [format_date(SUNDAY, language=language, style=style) for style in ("full", "long", "short")]

    assert styles == [full, long, short]


def test_sami_months_are_in_the_genitive() -> None:
    months = [format_date(date(2026, month, 9), language="se").split()[0] for month in range(1, 13)]

    assert len(set(months)) == 12
    assert [month for month in months if not month.endswith("mánu")] == []


def test_unknown_style_is_refused() -> None:
    with pytest.raises(ValueError, match="longest"):
        format_date(SUNDAY, language="nb", style="longest")


def test_moment_is_told_in_the_zone() -> None:
    instant = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)

    assert format_moment(instant, language="nb", zone="Europe/Oslo") == "1.\u00a0juli 2026, 00:30"


@pytest.mark.parametrize(
    ("minor", "language", "written"),
    [
        (120_000, "nb", "1\u00a0200\u00a0kr"),
        (120_050, "nn", "1\u00a0200,50\u00a0kr"),
        (120_050, "se", "1\u00a0200,50\u00a0kr"),
        (120_000, "en", "NOK\u00a01,200"),
        (5, "en", "NOK\u00a00.05"),
    ],
)
def test_amount_is_written_as_the_language_does(minor: int, language: str, written: str) -> None:
    assert format_money(Money(minor), language=language) == written


def test_date_is_read_from_what_prefilled_it() -> None:
    assert read_date(write_date("start", SUNDAY), "start") == SUNDAY


def test_date_is_read_in_spite_of_spaces_and_zeros() -> None:
    assert read_date({"start-day": " 01", "start-month": "03 ", "start-year": "2026"}, "start") == SUNDAY


def test_empty_date_is_none() -> None:
    assert read_date({"start-day": "", "start-month": " "}, "start") is None


@pytest.mark.parametrize(
    ("day", "month", "year", "error"),
    [
        ("31", "2", "2026", "ui.error.date"),
        ("1", "", "2026", "ui.error.date"),
        ("1", "mars", "2026", "ui.error.date"),
        ("²", "3", "2026", "ui.error.date"),
        ("1", "3", "99999", "ui.error.date"),
        ("1", "3", "26", "ui.error.year"),
    ],
)
def test_date_that_is_none_is_refused(day: str, month: str, year: str, error: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_date({"start-day": day, "start-month": month, "start-year": year}, "start")

    assert refused.value.fields == {"start": error}


@pytest.mark.parametrize(
    ("language", "written"),
    [("nb", "mandag, fredag"), ("se", "vuossárga, bearjadat"), ("en", "Monday, Friday")],
)
def test_days_of_the_week_are_named(language: str, written: str) -> None:
    assert format_weekdays((0, 4), language=language) == written
