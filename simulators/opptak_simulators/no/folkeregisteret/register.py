"""The register as it stands at one moment: nobody who is not born yet, everyone where they live."""

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from opptak_simulators.no.tokens import Clock
from opptak_simulators.society.model import Country, Person, Status


class Filter(Struct, frozen=True):
    """Who an extract asks for; birth years are inclusive."""

    statuses: frozenset[str]
    municipality: str | None
    born_from: int
    born_to: int


class Register:
    """Read access to the country through the clock."""

    def __init__(self, country: Country, *, clock: Clock) -> None:
        self.country = country
        self._clock = clock

    @property
    def today(self) -> date:
        return self._clock().date()

    def person(self, number: str) -> Person | None:
        """The person behind a present or replaced number, once born."""
        person = self.country.person(number)
        return person if person is not None and person.born <= self.today else None

    def children(self, adult: Person) -> list[Person]:
        """Children the person is a parent of or answers for."""
        numbers = self.country.children.get(adult.pid, ())
        return [child for child in map(self.person, numbers) if child is not None]

    def status(self, person: Person) -> Status:
        return person.status_on(self.today)

    def matching(self, wanted: Filter) -> Iterator[str]:
        """Numbers of the people a filter finds, in the order they were registered."""
        for person in self.country.people.values():
            if self._matches(person, wanted):
                yield person.pid

    def _matches(self, person: Person, wanted: Filter) -> bool:
        day = self.today
        if person.born > day or not wanted.born_from <= person.born.year <= wanted.born_to:
            return False
        home = person.residence_on(day)
        lives = home.municipality if home is not None else None
        here = wanted.municipality is None or lives == wanted.municipality
        return here and self.status(person) in wanted.statuses
