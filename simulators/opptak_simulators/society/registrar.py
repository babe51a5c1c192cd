"""The registrar of one municipality: hands out numbers, names and homes, and keeps everyone."""

import itertools
import tomllib
from datetime import date, timedelta
from functools import cache
from random import Random

import msgspec
from msgspec import Struct, structs

from opptak_simulators.society import places
from opptak_simulators.society.model import (
    Address,
    CivilState,
    Custody,
    Name,
    Parent,
    Person,
    Sex,
)
from opptak_simulators.society.numbers import NumberSeries
from opptak_simulators.society.places import DATA, Municipality

_WORD_LIMIT = 200


class _Words(Struct, frozen=True):
    female: tuple[str, ...]
    male: tuple[str, ...]
    family: tuple[str, ...]
    family_sami: tuple[str, ...]
    family_kven: tuple[str, ...]


@cache
def _words() -> _Words:
    table = tomllib.loads((DATA / "names.toml").read_text(encoding="utf-8"))
    return msgspec.convert(table, _Words)


class Registrar:
    """Same municipality, seed and intake year: the same people in the same order."""

    def __init__(self, municipality: Municipality, *, seed: int, intake_year: int) -> None:
        self.municipality = municipality
        self.intake_year = intake_year
        self.rng = Random(f"{seed}/{municipality.number}")  # noqa: S311 - reproducible on purpose
        self.people: dict[str, Person] = {}
        self._numbers = NumberSeries(self.rng, lane=municipality.lane)
        self._streets = places.streets(municipality.number)
        self._weights = [street.village.share / street.village.streets for street in self._streets]
        self._houses: set[tuple[str, int]] = set()
        self._sites = iter(places.cadastral_sites(municipality.number))

    def number(self, born: date, sex: Sex, *, d_number: bool = False) -> str:
        return self._numbers.draw(born, sex, d_number=d_number)

    def family_name(self, *, sami: bool = False) -> str:
        words = _words()
        if sami:
            return self.rng.choice(words.family_sami)
        kven = self.rng.random() < 0.1
        return self.rng.choice(words.family_kven if kven else words.family)

    def first_name(self, sex: Sex) -> str:
        words = _words()
        return self.rng.choice(words.female if sex is Sex.FEMALE else words.male)

    def long_first_name(self, sex: Sex) -> str:
        """A first name of exactly the 200 letters the register allows."""
        words = _words()
        pool = itertools.cycle(words.female if sex is Sex.FEMALE else words.male)
        text = " ".join(itertools.islice(pool, 40))
        return text[: _WORD_LIMIT - 1].rstrip().ljust(_WORD_LIMIT, "a")

    def home(self) -> Address:
        """A dwelling nobody lives in yet; the last house of a street stays empty."""
        while True:
            street = self.rng.choices(self._streets, self._weights)[0]
            number = self.rng.randrange(1, places.HOUSES_PER_STREET)
            if (street.name, number) not in self._houses:
                self._houses.add((street.name, number))
                return street.address(number)

    def cadastral_home(self) -> Address:
        return next(self._sites)

    def settled(self, *, earliest: date) -> date:
        """A day between a date and the first of November before the intake."""
        span = (date(self.intake_year - 1, 11, 1) - earliest).days
        return earliest + timedelta(days=self.rng.randrange(span)) if span > 0 else earliest

    def adult(
        self,
        sex: Sex,
        *,
        born: date,
        family_name: str,
        home: Address | None,
        d_number: bool = False,
    ) -> Person:
        """Register a grown-up; one without a home holds no residence in the country."""
        person = Person(
            pid=self.number(born, sex, d_number=d_number),
            name=Name(self.first_name(sex), family_name),
            born=born,
            sex=sex,
            residence=home,
            settled=self.settled(earliest=date(self.intake_year - 8, 1, 1)),
        )
        return self.register(person)

    def child(
        self,
        born: date,
        *,
        family_name: str,
        home: Address | None,
        parents: tuple[Parent, ...],
        custody: tuple[Custody, ...],
        numbered_as: date | None = None,
    ) -> Person:
        """Register a child; `numbered_as` gives it a number that names another birth date."""
        sex = self.rng.choice((Sex.FEMALE, Sex.MALE))
        person = Person(
            pid=self.number(numbered_as or born, sex),
            name=Name(self.first_name(sex), family_name),
            born=born,
            sex=sex,
            residence=home,
            settled=max(born, self.settled(earliest=born)),
            parents=parents,
            custody=custody,
        )
        return self.register(person)

    def register(self, person: Person) -> Person:
        self.people[person.pid] = person
        return person

    def amend(self, person: Person, **changes: object) -> Person:
        """Write changes to a registered person and return the new entry."""
        return self.register(structs.replace(self.people[person.pid], **changes))

    def marry(self, one: Person, other: Person) -> None:
        self.amend(one, civil_state=CivilState.MARRIED, spouse=other.pid)
        self.amend(other, civil_state=CivilState.MARRIED, spouse=one.pid)
