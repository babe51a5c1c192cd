"""All SQL about runs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import undefer

from opptak.allocation.models import AllocationRun, Ruling, SigningKey
from opptak.allocation.schemas import RunState
from opptak.kit.db import TenantSession

__all__ = ("RulingRepository", "RunRepository", "SigningKeyRepository")


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

    async def certified(self) -> Sequence[AllocationRun]:
        """Return the runs that have a certificate, with it alone, the newest first."""
        found = (
            select(AllocationRun)
            .options(undefer(AllocationRun.certificate))
            .where(AllocationRun.certificate.is_not(None))
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


class SigningKeyRepository:
    """The signing key of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def get(self) -> SigningKey | None:
        """Return the key, if one was ever made."""
        found: SigningKey | None = await self._session.scalar(select(SigningKey))
        return found

    async def add(self, key_id: UUID, *, public: bytes, sealed: bytes) -> SigningKey:
        """Store a key, unless somebody else was first; return the one that is kept."""
        await self._session.execute(
            insert(SigningKey).values(id=key_id, public=public, sealed=sealed).on_conflict_do_nothing()
        )
        return (await self._session.scalars(select(SigningKey))).one()


class RulingRepository:
    """What case workers of one tenant have decided by hand."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def add(self, ruling: Ruling) -> None:
        """Store a decision."""
        self._session.add(ruling)
        await self._session.flush()

    async def in_force(self, round_id: UUID | None = None) -> Sequence[Ruling]:
        """Return the decisions that have not been lifted, of a round or all, in the order they were made."""
        found = select(Ruling).where(Ruling.lifted_at.is_(None)).order_by(Ruling.id)
        if round_id is not None:
            found = found.where(Ruling.round_id == round_id)
        return (await self._session.scalars(found)).all()

    async def lock(self, ruling_id: UUID) -> Ruling | None:
        """Lock a decision for the rest of the transaction."""
        found: Ruling | None = await self._session.scalar(
            select(Ruling).where(Ruling.id == ruling_id).with_for_update()
        )
        return found


def _whole() -> Select[AllocationRun]:
    return select(AllocationRun).options(
        undefer(AllocationRun.instance), undefer(AllocationRun.result), undefer(AllocationRun.certificate)
    )
