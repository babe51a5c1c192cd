"""How many places a facility may have: a proposal from its floor area, for staff to confirm.

A play area of A m² holds x children of every age year the facility takes when `x · Σ norm(year) = A`, the
norm being the area a child of that age needs. A band of n years then has `floor(n · x)` places. Where fewer
come out than children are registered already (or no area is known), the registered children are spread over
the years instead, and fractions are rounded up: a proposal never turns out a child who is there.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from math import ceil, floor

from opptak.hooks.providers import RuleSet
from opptak.hooks.types import AreaNorm

__all__ = ("propose_seats", "years_by_band")

YOUNGEST, OLDEST = 1, 5
"""Age years of a facility whose register does not say."""


def years_by_band(
    rules: RuleSet, *, age_from: int | None, age_to: int | None, starts_on: date
) -> dict[int, str]:
    """Return the age band of every age year a facility takes, as it is on the first day of a year of care."""
    youngest = YOUNGEST if age_from is None else max(age_from, 1)
    oldest = OLDEST if age_to is None else min(age_to, OLDEST)
    return {
        age: rules.age_band(born_on=date(starts_on.year - age, 1, 1), starts_on=starts_on)
        for age in range(youngest, oldest + 1)
    }


def propose_seats(
    bands: Mapping[int, str],
    *,
    norms: tuple[AreaNorm, ...],
    area_m2: float | None,
    children: int | None,
) -> dict[str, int]:
    """Return places by band; `bands` maps age years to bands."""
    years = Counter(bands.values())
    registered = children or 0
    needed = sum(_norm(norms, age) for age in bands)
    each = (area_m2 or 0.0) / needed if needed else 0.0
    seats = {band: floor(each * number) for band, number in years.items()}
    if sum(seats.values()) >= registered:
        return seats
    return {band: ceil(registered * number / len(bands)) for band, number in years.items()}


def _norm(norms: tuple[AreaNorm, ...], age: int) -> float:
    return next((norm.square_metres for norm in norms if norm.age_from <= age < norm.age_to), 0.0)
