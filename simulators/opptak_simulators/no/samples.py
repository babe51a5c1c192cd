"""Parents worth logging in as: those whose child is still without a place, odd families first."""

from datetime import date

from msgspec import Struct

from opptak_simulators.society.model import Country, Person, Persona


class SampleChild(Struct, frozen=True):
    pid: str
    name: str
    born: date
    placed: bool


class SampleParent(Struct, frozen=True):
    """`persona` says what is unusual about the family, if anything."""

    pid: str
    name: str
    persona: Persona | None
    children: tuple[SampleChild, ...]


class Samples:
    """Computed once: parents in the order they are shown."""

    def __init__(self, country: Country) -> None:
        self._country = country
        self._placed = {place.child for place in country.placements}
        self._parents = list(self._collect().values())

    def parents(self, municipality: str | None = None) -> list[SampleParent]:
        return [sample for home, sample in self._parents if municipality in (None, home)]

    def find(self, text: str) -> list[SampleParent]:
        """Parents whose number or name contains the text."""
        wanted = text.casefold().strip()
        return [
            sample
            for sample in self.parents()
            if wanted in sample.name.casefold() or sample.pid.startswith(wanted)
        ]

    def _collect(self) -> dict[str, tuple[str, SampleParent]]:
        """Municipality and sample by the parent's number, each parent once."""
        found: dict[str, tuple[str, SampleParent]] = {}
        for child in self._children():
            parent, home = self._answerable(child), child.residence
            if parent is not None and home is not None:
                found.setdefault(parent.pid, (home.municipality, self._sample(child, parent)))
        return found

    def _children(self) -> list[Person]:
        """Children with a right this August and no place, personas before the rest."""
        year = self._country.intake_year
        oldest, youngest = date(year - 5, 1, 1), date(year - 1, 11, 30)
        personas = {pid for pids in self._country.personas.values() for pid in pids}
        waiting = [
            person
            for person in self._country.people.values()
            if oldest <= person.born <= youngest and person.pid not in self._placed
        ]
        return sorted(waiting, key=lambda child: child.pid not in personas)

    def _answerable(self, child: Person) -> Person | None:
        """A living holder of responsibility who has a number of the register."""
        holders = [self._country.people[c.holder] for c in child.custody if c.holder is not None]
        return next((holder for holder in holders if holder.died is None), None)

    def _sample(self, child: Person, parent: Person) -> SampleParent:
        numbers = self._country.children.get(parent.pid, ())
        children = [self._country.people[number] for number in numbers]
        return SampleParent(
            pid=parent.pid,
            name=parent.name.full,
            persona=self._persona(child),
            children=tuple(
                SampleChild(one.pid, one.name.full, one.born, one.pid in self._placed) for one in children
            ),
        )

    def _persona(self, child: Person) -> Persona | None:
        families = self._country.personas.items()
        return next((persona for persona, pids in families if child.pid in pids), None)
