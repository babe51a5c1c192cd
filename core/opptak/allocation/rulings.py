"""Decisions by hand: a case worker places a child in a unit or keeps it out, and every run keeps to it."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import msgspec

from opptak.admission.schemas import ApplicationView
from opptak.admission.service import Applications, Rounds
from opptak.allocation.building import Snapshot, build
from opptak.allocation.differing import differences
from opptak.allocation.errors import RulingContradicts
from opptak.allocation.models import Ruling
from opptak.allocation.repository import RulingRepository
from opptak.allocation.schemas import Fate, Ruled, RulingView
from opptak.allocation.snapshots import take_snapshot
from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.engine.certificate import Kind
from opptak.engine.running import allocate
from opptak.facilities.errors import UnitNotFound
from opptak.facilities.schemas import ProgramView
from opptak.facilities.service import Facilities
from opptak.hooks.providers import RuleSet
from opptak.kit.errors import Invalid, NotFound
from opptak.kit.ids import new_id
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work

__all__ = ("Rulings", "checked_reason")

LONGEST_REASON = 500


class Rulings:
    """The decisions by hand of one tenant."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rulings = RulingRepository(work.session)

    async def of_round(self, round_id: UUID) -> list[RulingView]:
        """Return the decisions that runs of a round keep to, in the order they were made."""
        return [self._view(one) for one in await self._rulings.in_force(round_id)]

    async def in_force(self) -> list[RulingView]:
        """Return the decisions of all rounds that have not been taken back, in the order they were made."""
        return [self._view(one) for one in await self._rulings.in_force()]

    async def units(self, case: ApplicationView) -> list[ProgramView]:
        """Return the units for children of the age that the child has when the round's places begin."""
        round_ = await Rounds(self._work).get(case.round_id)
        rules = self._work.tenant.plugins.require(RuleSet)
        band = rules.age_band(born_on=case.child_born_on, starts_on=round_.starts_on)
        programs = await Facilities(self._work).programs(round_.starts_on, Module.ALLOCATION)
        return [program for program in programs if program.band == band]

    async def effect(self, ruled: Ruled) -> list[Fate]:
        """Return which children would get another place than without the decision; nothing is stored.

        Raises NotFound, UnitNotFound, RulingContradicts.
        """
        snapshot = await self._snapshot(ruled)
        return await asyncio.to_thread(_effect, snapshot, ruled)

    async def make(self, ruled: Ruled, *, reason: str) -> RulingView:
        """Store a decision; the next run keeps to it, and one computed before can't be released any more.

        Raises Invalid without a reason, and what `effect` does.
        """
        written = checked_reason(reason)
        snapshot = await self._snapshot(ruled)
        ruling_id = new_id()
        row = Ruling(
            id=ruling_id,
            round_id=snapshot.round.id,
            application_id=ruled.application_id,
            unit_id=ruled.unit_id,
            kind=ruled.kind,
            reason=self._work.tenant.keys.seal(written, _reason_place(ruling_id)),
            made_by=self._work.subject.id,
            created_at=self._work.now,
        )
        await self._rulings.add(row)
        self._note(row, lifted=False)
        return self._view(row)

    async def lift(self, ruling_id: UUID) -> RulingView:
        """Take a decision back; again changes nothing. Raises NotFound."""
        row = await self._rulings.lock(ruling_id)
        if row is None:
            raise NotFound
        if row.lifted_at is None:
            row.lifted_at, row.lifted_by = self._work.now, self._work.subject.id
            self._note(row, lifted=True)
        return self._view(row)

    async def _snapshot(self, ruled: Ruled) -> Snapshot:
        """Return what a run would look at, if the decision suits it."""
        round_id = await Applications(self._work).round_of(ruled.application_id)
        snapshot = await take_snapshot(self._work, await Rounds(self._work).get(round_id, lock=True))
        if ruled.application_id not in snapshot.bands:
            raise NotFound
        if not any(program.unit_id == ruled.unit_id for program in snapshot.programs):
            raise UnitNotFound
        _must_not_contradict(ruled, snapshot.rulings)
        return snapshot

    def _note(self, row: Ruling, *, lifted: bool) -> None:
        record(self._work, Action.RUN_RULE, "application", row.application_id, kind=row.kind, lifted=lifted)

    def _view(self, row: Ruling) -> RulingView:
        return RulingView(
            id=row.id,
            round_id=row.round_id,
            application_id=row.application_id,
            unit_id=row.unit_id,
            kind=Kind(row.kind),
            reason=self._work.tenant.keys.open_text(row.reason, _reason_place(row.id)),
            made_at=row.created_at,
            made_by=row.made_by,
        )


def checked_reason(reason: str) -> str:
    """Return a reason as it is stored; raises Invalid for none, or one that is too long."""
    written = reason.strip()
    if not written or len(written) > LONGEST_REASON:
        raise Invalid(
            {"reason": "allocation.reason.long" if written else "allocation.reason.missing"},
            most=LONGEST_REASON,
        )
    return written


def _effect(snapshot: Snapshot, ruled: Ruled) -> list[Fate]:
    changed = msgspec.structs.replace(snapshot, rulings=[*snapshot.rulings, ruled])
    return list(differences(allocate(build(snapshot)), allocate(build(changed))))


def _must_not_contradict(ruled: Ruled, others: Sequence[Ruled]) -> None:
    """Raise RulingContradicts for a child placed in two units, or placed where it is kept out."""
    for other in others:
        same_unit = other.unit_id == ruled.unit_id
        both_place = other.kind is ruled.kind is Kind.PINNED
        if other.application_id == ruled.application_id and (both_place or same_unit):
            raise RulingContradicts


def _reason_place(ruling_id: UUID) -> str:
    return f"allocation_ruling.reason|{ruling_id}"
