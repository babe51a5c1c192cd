"""What the register says about a child, as facts that criteria can test. Pure."""

from collections.abc import Collection, Iterator, Mapping
from uuid import UUID

import msgspec

from opptak.admission.schemas import Fact
from opptak.people.schemas import PersonView
from opptak.placements.schemas import PlacementView

__all__ = ("SAMI", "Family", "Known", "facts_of", "language_tags")

SAMI = frozenset({"se", "sma", "smj", "smn", "sms"})
"""Sami languages as BCP 47 tags."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A fact the register vouches for; `facility_id` where it holds at one facility only."""

    fact: Fact
    facility_id: UUID | None = None


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """A child with its family: siblings, who of them applies, and who is placed where."""

    child: PersonView
    guardians: tuple[PersonView, ...]
    siblings: tuple[UUID, ...]
    applying: Mapping[UUID, PersonView]
    """All who apply in the round, by child."""
    placed: Mapping[UUID, PlacementView]
    """Who of them has a place on the round's first day, and which."""

    @property
    def siblings_at(self) -> set[UUID]:
        """Facilities where a sibling has a place."""
        return {self.placed[sibling].facility_id for sibling in self.siblings if sibling in self.placed}


def facts_of(family: Family) -> Iterator[Known]:
    """Yield the facts, each once."""
    if family.child.resident:
        yield Known(fact=Fact.RESIDENT)
    if family.child.id in family.placed:
        yield Known(fact=Fact.TRANSFER)
    if SAMI & _languages(family.child, family.guardians):
        yield Known(fact=Fact.SAMI_LANGUAGE)
    if _has_twin(family):
        yield Known(fact=Fact.TWIN_APPLYING)
    for facility in sorted(family.siblings_at):
        yield Known(fact=Fact.SIBLING_AT_FACILITY, facility_id=facility)


def language_tags(child: PersonView, guardians: Collection[PersonView]) -> tuple[str, ...]:
    """Return the tags `language:<code>` of the languages the register knows of a child and its guardians."""
    return tuple(sorted(f"language:{code}" for code in _languages(child, guardians)))


def _languages(child: PersonView, guardians: Collection[PersonView]) -> set[str]:
    return {code for person in (child, *guardians) for code in person.languages}


def _has_twin(family: Family) -> bool:
    """Twins may be born on either side of midnight."""
    others = (family.applying[sibling] for sibling in family.siblings if sibling in family.applying)
    return any(abs((other.born_on - family.child.born_on).days) <= 1 for other in others)
