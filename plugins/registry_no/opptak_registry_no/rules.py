"""The Norwegian rule set: the figures are in `rules.toml`, with their dates and sources."""

import tomllib
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TypeVar

import msgspec

from opptak.hooks.providers import RuleSet
from opptak.hooks.types import AreaNorm, NoticeRule, Right

__all__ = ("NorwegianRules", "Rules", "read_rules")


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all rules: in force from a day, with its source."""

    valid_from: date
    source: str


class RightRule(Rule, frozen=True, kw_only=True):
    """Statutory right to a place; days of the year are `MM-DD`."""

    turns_one_by: str
    from_start_by: str
    year_starts: str


class SchoolRule(Rule, frozen=True, kw_only=True):
    """Start of school, by calendar year of age."""

    age: int
    starts: str


class AgeBandRule(Rule, frozen=True, kw_only=True):
    """From when a child counts as a large one."""

    large_from_age: int
    counts_from: str


class AreaRule(Rule, frozen=True, kw_only=True):
    """Play area a child, m², by age; the upper bound is exclusive."""

    age_from: int
    age_to: int
    square_metres: float


class NoticePeriods(Rule, frozen=True, kw_only=True):
    """Days until something sent counts as received, by the way it went, and days to complain after that."""

    received_after_days: Mapping[str, int]
    complaint_days: int


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All rules, each in its versions."""

    right: tuple[RightRule, ...]
    school: tuple[SchoolRule, ...]
    age_band: tuple[AgeBandRule, ...]
    area_norm: tuple[AreaRule, ...]
    notice: tuple[NoticePeriods, ...]


R = TypeVar("R", bound=Rule)


class NorwegianRules(RuleSet):
    """Barnehageloven and what belongs to it."""

    name = "norway"

    def __init__(self, rules: Rules | None = None) -> None:
        self._rules = rules or read_rules()

    def right(self, *, born_on: date, intake_year: int, applied_in_time: bool) -> Right:
        """Return the right to a place (barnehageloven § 16); it takes an application within the deadline."""
        rule = _in_force(self._rules.right, date(intake_year, 8, 1))
        first, last = self.birth_window(intake_year)
        if born_on < first:
            return _no_right("school_age")
        if born_on > last:
            return _no_right("too_young")
        if not applied_in_time:
            return _no_right("late")
        start = _day(intake_year, rule.year_starts)
        if born_on.year < intake_year - 1:
            return Right(entitled=True, latest_start=start, reason="registry_no.right.older")
        if born_on <= _day(intake_year - 1, rule.from_start_by):
            return Right(entitled=True, latest_start=start, reason="registry_no.right.one_by_august")
        month_end = monthrange(intake_year, born_on.month)[1]
        return Right(
            entitled=True,
            latest_start=date(intake_year, born_on.month, month_end),
            reason="registry_no.right.one_by_november",
        )

    def birth_window(self, intake_year: int) -> tuple[date, date]:
        """Return births from those who start school a year later to those who turn one in time."""
        start = date(intake_year, 8, 1)
        right, school = _in_force(self._rules.right, start), _in_force(self._rules.school, start)
        return date(intake_year - school.age + 1, 1, 1), _day(intake_year - 1, right.turns_one_by)

    def school_start(self, born_on: date) -> date:
        """Return the first day of the school year in which the child turns six."""
        rule = _newest(self._rules.school)
        return _day(born_on.year + rule.age, rule.starts)

    def area_norms(self) -> tuple[AreaNorm, ...]:
        """Return the guideline's play area a child."""
        newest = _newest(self._rules.area_norm).valid_from
        return tuple(
            AreaNorm(age_from=rule.age_from, age_to=rule.age_to, square_metres=rule.square_metres)
            for rule in self._rules.area_norm
            if rule.valid_from == newest
        )

    def notice(self, channel: str) -> NoticeRule:
        """Return the periods; whatever is not `digital` goes on paper."""
        rule = _newest(self._rules.notice)
        received = rule.received_after_days
        return NoticeRule(
            received_after_days=received.get(channel, received["paper"]), complaint_days=rule.complaint_days
        )

    def age_band(self, *, born_on: date, starts_on: date) -> str:
        """Return `large` from August of the year the child turns three, else `small`."""
        rule = _in_force(self._rules.age_band, starts_on)
        large_from = _day(born_on.year + rule.large_from_age, rule.counts_from)
        return "large" if starts_on >= large_from else "small"


@cache
def read_rules() -> Rules:
    """Read the rules that come with the package."""
    text = (files("opptak_registry_no") / "rules.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Rules)


def _in_force(versions: Sequence[R], day: date) -> R:
    """Return the newest version in force on a day; the oldest one for a day before all of them."""
    valid = [version for version in versions if version.valid_from <= day] or list(versions)[:1]
    return _newest(valid)


def _newest(versions: Sequence[R]) -> R:
    return max(versions, key=lambda version: version.valid_from)


def _day(year: int, month_day: str) -> date:
    month, day = month_day.split("-")
    return date(year, int(month), int(day))


def _no_right(why: str) -> Right:
    return Right(entitled=False, latest_start=None, reason=f"registry_no.no_right.{why}")
