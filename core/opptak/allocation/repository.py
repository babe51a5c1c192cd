"""All SQL about runs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import undefer

from opptak.allocation.models import AllocationRun
from opptak.allocation.schemas import RunState
from opptak.kit.db import TenantSession

__all__ = ("RunRepository",)


class RunRepository:
    """Runs of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def add(self, run: AllocationRun) -> None:
        """Store a run."""
        self._session.add(run)
        await self._session.flush()

    async def next_number(self, round_id: UUID) -> int:
        """Return the number of the next run of a round; the round is locked meanwhile."""
        last = await self._session.scalar(
            select(func.max(AllocationRun.number)).where(AllocationRun.round_id == round_id)
        )
        return (last or 0) + 1

    async def get(self, run_id: UUID) -> AllocationRun | None:
        """Return a run with its files."""
        found: AllocationRun | None = await self._session.scalar(_whole().where(AllocationRun.id == run_id))
        return found

    async def lock(self, run_id: UUID) -> AllocationRun | None:
        """Lock a run for the rest of the transaction."""
        found: AllocationRun | None = await self._session.scalar(
            _whole()
            .where(AllocationRun.id == run_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def of_round(self, round_id: UUID) -> Sequence[AllocationRun]:
        """Return the runs of a round without their files, the newest first."""
        found = (
            select(AllocationRun)
            .where(AllocationRun.round_id == round_id)
            .order_by(AllocationRun.number.desc())
        )
        return (await self._session.scalars(found)).all()

    async def with_before(self, run_id: UUID) -> Sequence[AllocationRun]:
        """Return a run and the one of the same round that was computed before it, with their files."""
        wanted = select(AllocationRun.round_id, AllocationRun.number).where(AllocationRun.id == run_id).cte()
        found = (
            _whole()
            .join(wanted, AllocationRun.round_id == wanted.c.round_id)
            .where(AllocationRun.number <= wanted.c.number)
            .order_by(AllocationRun.number.desc())
            .limit(2)
        )
        return (await self._session.scalars(found)).all()

    async def released(self, round_id: UUID) -> Sequence[AllocationRun]:
        """Return the runs of a round that were ever released, with their files, the newest first."""
        found = (
            _whole()
            .where(AllocationRun.round_id == round_id, AllocationRun.released_at.is_not(None))
            .order_by(AllocationRun.released_at.desc())
        )
        return (await self._session.scalars(found)).all()

    async def supersede_others(self, run: AllocationRun) -> None:
        """Put all other runs of a run's round out of force."""
        await self._session.execute(
            update(AllocationRun)
            .where(AllocationRun.round_id == run.round_id, AllocationRun.id != run.id)
            .values(state=RunState.SUPERSEDED)
            .execution_options(synchronize_session=False)
        )


def _whole() -> Select[AllocationRun]:
    return select(AllocationRun).options(undefer(AllocationRun.instance), undefer(AllocationRun.result))
