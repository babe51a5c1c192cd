"""Days, times and amounts as people write them, by language; and days read from a form.

Babel knows most languages. For Northern Sami it gives the month in the nominative and the year
first, which no authority writes; the patterns here follow the Sami Parliament's usage
("njukčamánu 1. b. 2026").
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_time as babel_time
from babel.dates import get_day_names
from babel.numbers import format_currency

from opptak.kit.errors import Invalid
from opptak.kit.money import Money

__all__ = (
    "DateStyle",
    "day_typed",
    "format_date",
    "format_moment",
    "format_money",
    "format_weekdays",
    "read_date",
    "write_date",
)

LOCALES: Mapping[str, str] = {"en": "en_GB", "fkv": "nb", "sma": "nb", "smj": "nb"}
"""Whose formats a language uses where they are not its own."""

SAMI_MONTHS = (
    "ođđajagimánu",
    "guovvamánu",
    "njukčamánu",
    "cuoŋománu",
    "miessemánu",
    "geassemánu",
    "suoidnemánu",
    "borgemánu",
    "čakčamánu",
    "golggotmánu",
    "skábmamánu",
    "juovlamánu",
)
"""Northern Sami months in the genitive, January first."""

SAMI_WEEKDAYS = (
    "vuossárga",
    "maŋŋebárga",
    "gaskavahkku",
    "duorastat",
    "bearjadat",
    "lávvardat",
    "sotnabeaivi",
)
"""Northern Sami weekdays, Monday first."""


_TYPED = re.compile(
    r"(?P<day>\d{1,2})[./ -]\s*(?P<month>\d{1,2})[./ -]\s*(?P<year>\d{4})"
    r"|(?P<iso_year>\d{4})-(?P<iso_month>\d{2})-(?P<iso_day>\d{2})"
)


_DAY = re.compile(r"(\b\d{1,2}\.?) ")
"""The number of the day, as the first number of a date that is spelt out."""


class DateStyle(StrEnum):
    """How much of a day is spelt out."""

    FULL = "full"
    """With the weekday: *søndag 1. mars 2026*."""
    LONG = "long"
    """In running text: *1. mars 2026*."""
    SHORT = "short"
    """In tables: *01.03.2026*; *1 Mar 2026* where the order of numbers is in doubt."""


@lru_cache(maxsize=8192)
def format_date(day: date, *, language: str, style: str = DateStyle.LONG) -> str:
    """Return the day in the language; `style` is a `DateStyle`."""
    kind = DateStyle(style)
    if kind is DateStyle.SHORT:
        return babel_date(day, "d MMM y" if language == "en" else "dd.MM.y", _locale(language))
    written = _sami(day, kind) if language == "se" else babel_date(day, kind.value, _locale(language))
    return _together(written)


def format_moment(instant: datetime, *, language: str, zone: str, style: str = DateStyle.LONG) -> str:
    """Return day and time at `zone` (an IANA name), to the minute; `style` is that of the day."""
    local = instant.astimezone(ZoneInfo(zone))
    time = babel_time(local.time(), "short", locale=_locale(language))
    return f"{format_date(local.date(), language=language, style=style)}, {time}"


def format_weekdays(days: Iterable[int], *, language: str) -> str:
    """Return days of the week, 0 for Monday, by name: *mandag, tirsdag*."""
    if language == "se":
        return ", ".join(SAMI_WEEKDAYS[day] for day in days)
    names = get_day_names("wide", context="stand-alone", locale=_locale(language))
    return ", ".join(names[day] for day in days)


def format_money(amount: Money, *, language: str) -> str:
    """Return the amount with its currency; whole amounts without decimals."""
    digits = "#,##0" if amount.minor % 100 == 0 else "#,##0.00"
    pattern = f"¤¤\u00a0{digits}" if language == "en" else f"{digits}\u00a0¤"
    return format_currency(amount.major, amount.currency, pattern, _locale(language), currency_digits=False)


def read_date(form: Mapping[str, str], name: str) -> date | None:
    """Return the day typed into the three inputs of `field_date`, None when all are empty.

    Raises Invalid when they do not name a day.
    """
    parts = [form.get(f"{name}-{part}", "").strip() for part in ("year", "month", "day")]
    if not any(parts):
        return None
    try:
        year, month, day = map(int, parts)
        read = date(year, month, day)
    except ValueError:
        raise Invalid({name: "ui.error.date"}) from None
    if read.year < 1900:
        raise Invalid({name: "ui.error.year"})
    return read


def day_typed(text: str) -> date | None:
    """Return the day somebody typed in one go, day first or as ISO has it; None when it is none."""
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        return None
    parts = found.groupdict()
    try:
        return date(*(int(parts[name] or parts[f"iso_{name}"]) for name in ("year", "month", "day")))
    except ValueError:
        return None


def write_date(name: str, day: date) -> dict[str, str]:
    """Return the form values that prefill `field_date`."""
    return {
        f"{name}-day": str(day.day),
        f"{name}-month": str(day.month),
        f"{name}-year": str(day.year),
    }


def _together(written: str) -> str:
    """Keep the number of the day and what follows it on one line."""
    return _DAY.sub("\\1\u00a0", written, count=1)


def _sami(day: date, style: DateStyle) -> str:
    plain = f"{SAMI_MONTHS[day.month - 1]} {day.day}. b. {day.year}"
    return f"{SAMI_WEEKDAYS[day.weekday()]} {plain}" if style is DateStyle.FULL else plain


@lru_cache
def _locale(language: str) -> Locale:
    return Locale.parse(LOCALES.get(language, language))
