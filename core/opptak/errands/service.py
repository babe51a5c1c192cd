"""Errands: asked for once, followed by those who wait."""

from collections.abc import Collection
from uuid import UUID

from opptak.errands.errors import ErrandDropped
from opptak.errands.kinds import Kind
from opptak.errands.models import Errand
from opptak.errands.policy import may_see
from opptak.errands.repository import ErrandRepository
from opptak.errands.running import run_errand
from opptak.errands.schemas import ErrandState, ErrandView
from opptak.kit.errors import NotFound
from opptak.kit.ids import new_id
from opptak.kit.outbox import OutboxJob, OutboxState
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import enqueue_as

__all__ = ("Errands",)


class Errands:
    """The errands of one tenant."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._errands = ErrandRepository(work.session)

    async def ask(self, kind: Kind, target_id: UUID) -> UUID:
        """Have long work done; while it is not ended, asking again returns the same errand."""
        now = self._work.now
        await self._errands.close_dropped(kind.name, target_id, at=now, refusal=ErrandDropped.code)
        row = {
            "id": new_id(),
            "kind": kind.name,
            "target_id": target_id,
            "asked_by": self._work.subject.id,
            "created_at": now,
        }
        added = await self._errands.add(row)
        if added is None:
            return (await self._errands.newest(kind.name, target_id)).id
        await enqueue_as(self._work, added, run_errand, errand=added)
        return added

    async def get(self, errand_id: UUID) -> ErrandView:
        """Return an errand; raises NotFound for one the subject may not see."""
        found = await self._errands.get(errand_id)
        if found is None or not may_see(self._work.subject, found[0].kind):
            raise NotFound
        return _view(*found, work=self._work)

    async def open(self, kinds: Collection[Kind], *targets: UUID) -> list[ErrandView]:
        """Return the errands about some targets that are not ended, the newest first."""
        found = await self._errands.open([kind.name for kind in kinds], targets)
        views = [_view(*one, work=self._work) for one in found if may_see(self._work.subject, one[0].kind)]
        return [view for view in views if not view.ended]


def _view(row: Errand, job: OutboxJob | None, *, work: Work) -> ErrandView:
    state = _state(row, job, work)
    return ErrandView(
        id=row.id,
        kind=row.kind,
        target_id=row.target_id,
        state=state,
        phase=row.phase,
        done=row.done,
        total=row.total,
        asked_by=row.asked_by,
        asked_at=row.created_at,
        started_at=row.started_at,
        heard_at=row.heard_at,
        ended_at=row.ended_at,
        again_at=job.available_at if job is not None and state is ErrandState.PUT_OFF else None,
        outcome_id=row.outcome_id,
        refusal=row.refusal,
        refusal_params=row.refusal_params,
    )


def _state(row: Errand, job: OutboxJob | None, work: Work) -> ErrandState:
    if row.ended_at is not None:
        ends = {"": ErrandState.DONE, ErrandDropped.code: ErrandState.DROPPED}
        return ends.get(row.refusal, ErrandState.REFUSED)
    if job is None:
        return ErrandState.DROPPED
    if job.state == OutboxState.PARKED:
        return ErrandState.STOPPED
    if job.attempts and job.available_at > work.now:
        return ErrandState.PUT_OFF
    return ErrandState.WAITING if row.started_at is None else ErrandState.RUNNING
