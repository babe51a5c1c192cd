"""Applications as an allocation sees them: facts instead of stories, families instead of names. Pure."""

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

import msgspec

from opptak.admission.criteria import proven
from opptak.admission.register_facts import Family, language_tags
from opptak.admission.repository import Whole
from opptak.admission.schemas import Applicant, ClaimState, ClaimView, Fact, Facts, OpenClaim, WishView
from opptak.tenancy.config import Criteria

__all__ = ("PROTECTED", "FamilyPlace", "applicant", "facts", "family_groups")

PROTECTED = "protected"
"""Tag of a child whose address is protected."""

_VALUES: Mapping[ClaimState, bool] = {ClaimState.VERIFIED: True, ClaimState.REFUSED: False}


class FamilyPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Which family a child belongs to, and where it stands among those of it who apply, eldest first."""

    family: str
    ordinal: int


def family_groups(
    families: Collection[Family], *, called: Callable[[UUID], str] = str
) -> dict[UUID, FamilyPlace]:
    """Return each applying child's family: siblings, and siblings of siblings.

    The family is named for the first of its members by what they are `called`: with their ids, for the one
    known the longest, so that it keeps its name over the rounds.
    """
    groups: list[set[UUID]] = []
    for family in families:
        merged = {family.child.id, *family.siblings}
        apart = [group for group in groups if group.isdisjoint(merged)]
        for group in groups:
            merged |= set() if group.isdisjoint(merged) else group
        groups = [*apart, merged]
    children = {family.child.id: family.child for family in families}
    places = {}
    for group in groups:
        name = min(map(called, group))
        applying = sorted(group & children.keys(), key=lambda one: (children[one].born_on, called(one)))
        for ordinal, child in enumerate(applying):
            places[child] = FamilyPlace(family=name, ordinal=ordinal)
    return places


def applicant(
    whole: Whole,
    family: Family,
    *,
    wishes: tuple[WishView, ...],
    place: FamilyPlace,
    criteria: Criteria,
) -> Applicant:
    """Return an application as an allocation sees it."""
    row, child = whole.row, family.child
    held = family.placed.get(child.id)
    tags = language_tags(child, family.guardians)
    needs_proof = proven(criteria)
    return Applicant(
        application_id=row.id,
        child_id=child.id,
        born_on=child.born_on,
        family=place.family,
        ordinal=place.ordinal,
        right=row.entitled and not row.late,
        late=row.late,
        accepts_elsewhere=row.accepts_elsewhere,
        protected=child.protected,
        point=child.point,
        wishes=wishes,
        tags=(*tags, PROTECTED) if child.protected else tags,
        facts=facts(whole, family, wishes=wishes),
        open_claims=tuple(
            OpenClaim(id=claim.id, fact=claim.fact, facility_id=claim.facility_id)
            for claim in whole.claims
            if claim.state not in _VALUES and claim.fact in needs_proof
        ),
        days_per_week=row.days_per_week,
        held_unit=None if held is None else held.unit_id,
        held_weekdays=None if held is None else held.weekdays,
        held_facility=None if held is None else held.facility_id,
    )


def facts(whole: Whole, family: Family, *, wishes: tuple[WishView, ...]) -> Facts:
    """Return what criteria may look at."""
    at: dict[UUID, dict[Fact, bool | None]] = {}
    known: dict[Fact, bool | None] = {Fact.RIGHT: whole.row.entitled and not whole.row.late}
    for claim in whole.claims:
        target = known if claim.facility_id is None else at.setdefault(claim.facility_id, {})
        target[claim.fact] = _value(claim)
    return Facts(
        known=known,
        at=at,
        distances={wish.facility_id: wish.distance_m for wish in wishes},
        born_on=family.child.born_on,
        submitted_at=whole.row.submitted_at,
        days=whole.row.days_per_week,
        postcode="" if family.child.protected else family.child.postcode,
    )


def _value(claim: ClaimView) -> bool | None:
    return _VALUES.get(claim.state)
