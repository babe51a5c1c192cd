"""Who already has a place: children of the older cohorts, in real units, never above their numbers."""

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from random import Random

from opptak_simulators.society import places
from opptak_simulators.society.model import Address, AddressKind, Person, Placement
from opptak_simulators.society.places import Kindergarten, Municipality

_FULL_WEEK = (1, 2, 3, 4, 5)
_FULL_HOURS = 45.0
_PART_TIME_SHARE = 0.06
_PART_TIME = ((27.0, (1, 2, 3)), (36.0, (1, 2, 3, 4)), (18.0, (2, 4)))
_SMALL_CHILD_YEARS = 3


def placements(
    children: Iterable[Person],
    *,
    municipality: Municipality,
    intake_year: int,
    waiting: frozenset[str],
    rng: Random,
) -> tuple[Placement, ...]:
    """Places as they stand on 1 January of the intake year.

    `waiting` children (the personas) are left without one. Everybody born after September two
    years before the intake is too young to have got one; of the others a share stays at home.
    """
    due = [child for child in children if child.born < date(intake_year - 2, 10, 1)]
    at_home = _at_home(due, share=municipality.at_home_share, waiting=waiting, rng=rng)
    rooms = _Rooms(municipality, rng=rng)
    found = []
    for child in sorted(due, key=lambda child: child.born):
        unit = None if child.pid in at_home else rooms.take(child, on=date(intake_year, 1, 1))
        if unit is not None:
            found.append(_placement(child, unit, intake_year=intake_year, rng=rng))
    return tuple(found)


def _at_home(due: list[Person], *, share: float, waiting: frozenset[str], rng: Random) -> set[str]:
    chosen = {child.pid for child in due if child.pid in waiting}
    others = [child.pid for child in due if child.pid not in waiting]
    missing = max(0, round(share * len(due)) - len(chosen))
    return chosen | set(rng.sample(others, missing))


class _Rooms:
    """Free rooms of a municipality's units; siblings stay together, others go near by."""

    def __init__(self, municipality: Municipality, *, rng: Random) -> None:
        units = places.kindergartens_of(municipality.number)
        self._units = [unit for unit in units if unit.active and unit.children]
        self._free = Counter({unit.orgnr: unit.children or 0 for unit in self._units})
        self._of_home: dict[int, Kindergarten] = {}
        self._rng = rng

    def take(self, child: Person, *, on: date) -> Kindergarten | None:
        home = child.residence
        if home is None:
            return None
        age = (on - child.born).days // 365
        open_units = [unit for unit in self._units if self._fits(unit, age)]
        if not open_units:
            return None
        with_sibling = [unit for unit in open_units if unit == self._of_home.get(home.id)]
        unit = with_sibling[0] if with_sibling else self._near(home, open_units)
        self._free[unit.orgnr] -= 1
        self._of_home[home.id] = unit
        return unit

    def _fits(self, unit: Kindergarten, age: int) -> bool:
        youngest, oldest = unit.age_from or 0, unit.age_to or 6
        return self._free[unit.orgnr] > 0 and youngest <= age <= oldest

    def _near(self, home: Address, units: list[Kindergarten]) -> Kindergarten:
        if home.kind is AddressKind.UNKNOWN:
            return self._rng.choice(units)
        ranked = sorted(
            units, key=lambda unit: places.metres_between(home.lat, home.lon, to=places.position(unit))
        )
        return self._rng.choices(ranked[:3], (6, 3, 1)[: len(ranked)])[0]


def _placement(child: Person, unit: Kindergarten, *, intake_year: int, rng: Random) -> Placement:
    part_time = rng.random() < _PART_TIME_SHARE
    hours, days = rng.choice(_PART_TIME) if part_time else (_FULL_HOURS, _FULL_WEEK)
    leaves = date(intake_year, 7, 31) if child.born.year == intake_year - 6 else None
    return Placement(
        id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        municipality=unit.municipality,
        kindergarten=unit.orgnr,
        department=_department(child, unit, intake_year=intake_year),
        child=child.pid,
        hours_week=hours,
        days=days,
        since=_first_day(child.born),
        until=leaves,
    )


def _department(child: Person, unit: Kindergarten, *, intake_year: int) -> str:
    if child.north_sami and "samisk" in (unit.profile or "").lower():
        return "Samisk avdeling"
    small = intake_year - child.born.year <= _SMALL_CHILD_YEARS
    return "Småbarnsavdeling" if small else "Storbarnsavdeling"


def _first_day(born: date) -> date:
    """August of the year a child turns one, or the month it does so in autumn (barnehageloven § 16)."""
    turns_one = date(born.year + 1, born.month, 1)
    if born.month <= 8:
        return date(born.year + 1, 8, 15)
    if born.month <= 11:
        return turns_one + timedelta(days=14)
    return date(born.year + 2, 8, 15)
