"""Drafts: applications filled in from the register, for the parents to confirm."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from opptak.admission.base import Desk
from opptak.admission.errors import RoundNotOpen
from opptak.admission.families import gather
from opptak.admission.prefill import wishes
from opptak.admission.register_facts import Family, facts_of
from opptak.admission.schemas import (
    Answer,
    ApplicationStatus,
    ApplicationView,
    ClaimSource,
    ClaimState,
    DraftRequest,
    Origin,
    RoundView,
)
from opptak.authz.actions import Action
from opptak.kit.errors import NotFound

__all__ = ("NEAR", "Drafting", "register_claims")

NEAR = 3
"""How many of the nearest houses a draft wishes for where the tenant has no proactive lane."""


class Drafting(Desk):
    """Makes drafts."""

    async def draft(self, children: Sequence[DraftRequest]) -> dict[UUID, UUID]:
        """Draft applications and return their ids by child; a child that has one in the round keeps it.

        Children nobody has stored are left out. The number of queries does not depend on how many there are.
        """
        drafted: dict[UUID, UUID] = {}
        for round_id in sorted({request.round_id for request in children}):
            origins = {one.child_id: one.origin for one in children if one.round_id == round_id}
            drafted |= await self._draft(await self._rounds.get(round_id), origins)
        return drafted

    async def mark_unreachable(self, applications: Collection[UUID]) -> None:
        """Note that nobody responsible could be written to about applications."""
        if applications:
            await self._applications.mark_unreachable(applications)

    async def start_by_parent(self, child_id: UUID) -> ApplicationView:
        """Start the application of a child nobody has written about; one that exists is returned.

        Raises NotFound for somebody else's child, RoundNotOpen while nobody can apply.
        """
        if child_id not in await self._own_children():
            raise NotFound
        round_ = await self._rounds.current()
        if round_ is None:
            raise RoundNotOpen
        self._rounds.must_accept(round_)
        drafted = await self._draft(round_, {child_id: Origin.PARENT})
        return await self._open(drafted[child_id])

    async def _draft(self, round_: RoundView, origins: Mapping[UUID, Origin]) -> dict[UUID, UUID]:
        there = await self._applications.of_children(round_.id, origins)
        families = await gather(self._work, origins.keys() - there.keys(), on=round_.starts_on)
        if not families:
            return there
        rows = await self._rows(round_, families, origins)
        added = await self._applications.add(rows)
        await self._applications.add_wishes(await self._wishes(round_, families, added))
        await self._applications.add_claims(
            [
                claim
                for child, application in added.items()
                for claim in register_claims(application, families[child])
            ]
        )
        for child, application in added.items():
            self._note(Action.APPLICATION_WRITE, application, status="drafted", origin=origins[child])
        overtaken = families.keys() - added.keys()
        others = await self._applications.of_children(round_.id, overtaken) if overtaken else {}
        return {**there, **added, **others}

    async def _rows(
        self, round_: RoundView, families: Mapping[UUID, Family], origins: Mapping[UUID, Origin]
    ) -> list[dict[str, Any]]:
        in_time = self._work.tenant.today() <= round_.deadline
        last = await self._rounds.draw_cases(round_.id, number=len(families))
        rows = []
        for number, (child_id, family) in enumerate(families.items(), start=last + 1):
            right = self._rules.right(
                born_on=family.child.born_on, intake_year=round_.year, applied_in_time=in_time
            )
            rows.append(
                {
                    "round_id": round_.id,
                    "child_id": child_id,
                    "case_number": f"{round_.intake}-{number:04}",
                    "status": ApplicationStatus.DRAFTED,
                    "origin": origins[child_id],
                    "answer": Answer.NONE,
                    "entitled": right.entitled,
                    "entitled_reason": right.reason,
                    "latest_start": right.latest_start,
                }
            )
        return rows

    async def _wishes(
        self, round_: RoundView, families: Mapping[UUID, Family], added: Mapping[UUID, UUID]
    ) -> list[dict[str, Any]]:
        houses = await self._houses(round_.starts_on)
        outreach = self._work.tenant.document.round(round_.intake).outreach
        rows = []
        for child_id, application in added.items():
            family = families[child_id]
            prefilled = wishes(
                houses,
                band=self._rules.age_band(born_on=family.child.born_on, starts_on=round_.starts_on),
                home=family.child.point,
                siblings_at=family.siblings_at,
                near=outreach.nearest_wishes if outreach else NEAR,
                most=round_.max_wishes,
            )
            rows += [{"application_id": application, **msgspec.structs.asdict(wish)} for wish in prefilled]
        return rows


def register_claims(application: UUID, family: Family) -> list[dict[str, Any]]:
    """Return what the register vouches for as rows of claims."""
    return [
        {
            "application_id": application,
            "fact": known.fact,
            "facility_id": known.facility_id,
            "source": ClaimSource.REGISTER,
            "state": ClaimState.VERIFIED,
            "details": {},
        }
        for known in facts_of(family)
    ]
