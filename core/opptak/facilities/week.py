"""Places by weekday, Monday first, and the days a child comes who says only how many. Pure."""

from collections.abc import Collection, Iterable
from typing import Final

__all__ = (
    "EVERY_DAY",
    "NO_DAY",
    "Week",
    "attendance",
    "days_in",
    "every_day",
    "fits",
    "less",
    "patterns",
    "plus",
)

Week = tuple[int, ...]
"""Five numbers of places, Monday to Friday."""

_DAYS: Final = 5


def every_day(places: int) -> Week:
    """Return the same number of places on each day."""
    return (places,) * _DAYS


EVERY_DAY: Final = every_day(1)
"""What a child takes whose days nobody has named: it may come on any of them."""


NO_DAY: Final = every_day(0)


def attendance(weekdays: Collection[int] | None) -> Week:
    """Return the places a child takes that comes on these days, 0 to 4; on days nobody has named, all."""
    return EVERY_DAY if weekdays is None else tuple(int(day in weekdays) for day in range(_DAYS))


def days_in(week: Week) -> list[int]:
    """Return the days, 0 to 4, on which something is taken."""
    return [day for day, places in enumerate(week) if places]


def patterns(days: int) -> tuple[Week, ...]:
    """Return the weeks a child may be given that asks for so many days: the first of the week, then the last.

    Two groups of children can then share a place over the week, and families know which days to expect.
    """
    first = tuple(int(day < days) for day in range(_DAYS))
    return tuple(dict.fromkeys((first, first[::-1])))


def plus(weeks: Iterable[Week]) -> Week:
    """Return the sum, day by day; of nothing, no places."""
    return tuple(map(sum, zip(NO_DAY, *weeks, strict=True)))


def less(week: Week, *others: Week) -> Week:
    """Return what is left of a week, day by day; negative where there is too little."""
    return tuple(places - sum(taken) for places, *taken in zip(week, *others, strict=True))


def fits(room: Week, need: Week) -> bool:
    """Return whether there is room on every day of a need; days it leaves out may be overfull."""
    return all(places >= needed or not needed for places, needed in zip(room, need, strict=True))
