"""A kindergarten as parents compare it with others."""

from uuid import UUID

import msgspec

from opptak.facilities.schemas import FacilityView
from opptak.kit.money import Money
from opptak_portal.views.words import Words

__all__ = ("House", "house")


class House(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a facility; a text is empty where the register does not tell."""

    id: UUID
    name: str
    kind: str
    owner: str
    run_by: str
    address: str
    ages: str
    hours: str
    meals: Money | None
    children: str
    profiles: tuple[str, ...]


def house(found: FacilityView, words: Words, *, currency: str) -> House:
    """Return what is shown of a facility."""
    return House(
        id=found.id,
        name=found.name,
        kind=words(f"facility.kind.{found.kind}"),
        owner=found.owner,
        run_by=words("portal.kindergarten.public" if found.public else "portal.kindergarten.private"),
        address=found.address,
        ages=_ages(found, words),
        hours=_hours(found, words),
        meals=None if found.meals_minor is None else Money(found.meals_minor, currency),
        children=""
        if found.children is None
        else words.plural("portal.kindergarten.children", found.children),
        profiles=found.profiles,
    )


def _ages(found: FacilityView, words: Words) -> str:
    if found.age_from is None or found.age_to is None:
        return ""
    return words("portal.kindergarten.ages", youngest=found.age_from, eldest=found.age_to)


def _hours(found: FacilityView, words: Words) -> str:
    if not found.opens_at or not found.closes_at:
        return ""
    return words("portal.kindergarten.hours", opens=found.opens_at, closes=found.closes_at)
