"""The training country: the same presets, seed and day always give the same people."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from random import Random

from msgspec import Struct

from opptak_simulators.society import places
from opptak_simulators.society.contacts import contacts
from opptak_simulators.society.households import Family, ordinary_family, sibships
from opptak_simulators.society.model import (
    Contact,
    Country,
    Person,
    Persona,
    Placement,
)
from opptak_simulators.society.personas import UNCOUNTED, raise_family
from opptak_simulators.society.placed import placements
from opptak_simulators.society.places import Municipality
from opptak_simulators.society.registrar import Registrar

_NEXT_INTAKE_FROM_MONTH = 8
_CHILDREN_PER_PERSONA = 10
_MOST_PERSONAS = 150
"""In a town the rare families stay rare: enough of each to meet them, not one child in ten."""


class _Society(Struct, frozen=True):
    """One municipality's share of the country."""

    people: dict[str, Person]
    contacts: dict[str, Contact]
    placements: tuple[Placement, ...]
    personas: dict[Persona, tuple[str, ...]]


def intake_year(today: date) -> int:
    """Year of the August admission that is prepared on a day."""
    return today.year + (today.month >= _NEXT_INTAKE_FROM_MONTH)


def country(presets: Sequence[str], *, seed: int, today: date) -> Country:
    """People of the municipalities named by `presets` (the `slug`s of the data); KeyError for others.

    The single ages on 1 January of the intake year equal the newest statistics. Each municipality
    is independent of the others asked for. `today` picks the intake and dates the contact data.
    """
    year = intake_year(today)
    chosen = [places.municipality(name) for name in presets]
    parts = [_society(part, seed=seed, year=year, today=today) for part in chosen]
    people = {pid: person for part in parts for pid, person in part.people.items()}
    return Country(
        seed=seed,
        intake_year=year,
        municipalities=tuple(part.number for part in chosen),
        people=people,
        contacts={pid: entry for part in parts for pid, entry in part.contacts.items()},
        placements=tuple(itertools.chain.from_iterable(part.placements for part in parts)),
        personas={
            persona: tuple(pid for part in parts for pid in part.personas.get(persona, ()))
            for persona in Persona
        },
        renumbered={old: pid for pid, person in people.items() for old in person.former_numbers},
        children=_children(people.values()),
    )


def _society(municipality: Municipality, *, seed: int, year: int, today: date) -> _Society:
    registrar = Registrar(municipality, seed=seed, intake_year=year)
    births = _births(municipality, rng=registrar.rng, year=year)
    personas = _personas(registrar, births, year=year)
    for sibship in sibships(births, registrar.rng):
        ordinary_family(registrar, sibship)
    waiting = frozenset(itertools.chain.from_iterable(personas.values()))
    small = [person for person in registrar.people.values() if person.born.year >= year - 6]
    return _Society(
        people=registrar.people,
        contacts=contacts(registrar.people.values(), rng=registrar.rng, today=today),
        placements=placements(
            small, municipality=municipality, intake_year=year, waiting=waiting, rng=registrar.rng
        ),
        personas=personas,
    )


def _births(municipality: Municipality, *, rng: Random, year: int) -> list[date]:
    """One birth date for every resident child under six, in no order."""
    births = [
        date(year - 1 - age, 1, 1) + timedelta(days=rng.randrange(365))
        for age, count in enumerate(places.age_counts(municipality.number))
        for _ in range(count)
    ]
    rng.shuffle(births)
    return births


def _personas(registrar: Registrar, births: list[date], *, year: int) -> dict[Persona, tuple[str, ...]]:
    """Deal the personas out to one child in ten, up to a limit, and take their birth dates from `births`."""
    found: defaultdict[Persona, tuple[str, ...]] = defaultdict(tuple)
    dealt = itertools.islice(
        itertools.cycle(Persona), min(len(births) // _CHILDREN_PER_PERSONA, _MOST_PERSONAS)
    )
    for turn, persona in enumerate(dealt):
        family = _persona_family(registrar, persona, births, young=turn % 2 == 0, year=year)
        found[persona] += tuple(child.pid for child in family.children)
    return dict(found)


def _persona_family(
    registrar: Registrar, persona: Persona, births: list[date], *, young: bool, year: int
) -> Family:
    if persona in UNCOUNTED:
        return raise_family(registrar, persona, (date(year - 1, 3, 1 + registrar.rng.randrange(28)),))
    born = _claim(births, young=young, year=year)
    if persona is not Persona.TWINS:
        return raise_family(registrar, persona, (born,))
    births.remove(next(other for other in births if other.year == born.year))
    return raise_family(registrar, persona, (born, born))


def _claim(births: list[date], *, young: bool, year: int) -> date:
    """Take a birth date with a right to a place: an infant's, or one of an older cohort."""
    youngest, oldest = date(year - 1, 10, 31), date(year - 2, 10, 1)
    if not young:
        youngest, oldest = oldest, date(year - 5, 1, 1)
    born = next(day for day in births if oldest <= day <= youngest)
    births.remove(born)
    return born


def _children(people: Iterable[Person]) -> dict[str, tuple[str, ...]]:
    """Children by the number of everybody who is their parent or answers for them."""
    index: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for child in people:
        for adult in (*(p.pid for p in child.parents), *(c.holder for c in child.custody)):
            if adult is not None:
                index[adult][child.pid] = None
    return {adult: tuple(children) for adult, children in index.items()}
