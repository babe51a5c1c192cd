"""Place-units from Monday to Friday as one integer: a whole week is compared and taken in one step."""

from functools import lru_cache

from opptak.engine.instance import Need

__all__ = ("DAYS", "WHOLE", "days_of", "fits", "pack", "present", "unpack")

DAYS = 5
_BITS = 40
_DAY = (1 << _BITS) - 1
_ONES = sum(1 << _BITS * day for day in range(DAYS))
_GUARD = _ONES << _BITS - 1
"""The top bit of each day: a number of the format never reaches it, a difference below zero clears it."""
WHOLE = _ONES
"""The need of a child where seats are whole."""


def days_of(need: Need) -> tuple[int, ...]:
    """Return the units of each day; one number is the same every day."""
    return (need,) * DAYS if isinstance(need, int) else need


@lru_cache(maxsize=4096)
def pack(need: Need) -> int:
    """Return the week as one integer; sums and differences of such integers are those of each day."""
    return sum(units << _BITS * day for day, units in enumerate(days_of(need)))


def unpack(week: int) -> tuple[int, ...]:
    """Return the units of each day of a week in which no day is below zero."""
    return tuple(week >> _BITS * day & _DAY for day in range(DAYS))


def fits(room: int, need: int) -> bool:
    """Return whether there is room for the need on every day."""
    return room + _GUARD - need & _GUARD == _GUARD


@lru_cache(maxsize=4096)
def present(need: int) -> int:
    """Return one unit on each day that the need names."""
    return pack(tuple(min(units, 1) for units in unpack(need)))
