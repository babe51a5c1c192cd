"""All SQL about errands."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from opptak.errands.models import Errand
from opptak.kit.db import TenantSession
from opptak.kit.outbox import OutboxJob

__all__ = ("ErrandRepository", "Found")

Found = tuple[Errand, OutboxJob | None]
"""An errand with its job, if that is still there."""

_JOB = (OutboxJob.tenant_id == Errand.tenant_id, OutboxJob.id == Errand.id)


class ErrandRepository:
    """Errands of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def add(self, row: Mapping[str, Any]) -> UUID | None:
        """Store an errand; None when one of its kind and target is not ended."""
        added: UUID | None = await self._session.scalar(
            insert(Errand)
            .values(**row, refusal_params={})
            .on_conflict_do_nothing(
                index_elements=["tenant_id", "kind", "target_id"], index_where=Errand.ended_at.is_(None)
            )
            .returning(Errand.id)
        )
        return added

    async def get(self, errand_id: UUID) -> Found | None:
        """Return an errand with its job."""
        rows = await self._found(_with_job().where(Errand.id == errand_id))
        return rows[0] if rows else None

    async def newest(self, kind: str, target_id: UUID) -> Errand:
        """Return the last errand of a kind about a target, which is known to exist."""
        found = select(Errand).where(Errand.kind == kind, Errand.target_id == target_id)
        return (await self._session.scalars(found.order_by(Errand.id.desc()).limit(1))).one()

    async def open(self, kinds: Collection[str], targets: Collection[UUID]) -> Sequence[Found]:
        """Return the errands about some targets that are not ended, the newest first."""
        return await self._found(
            _with_job()
            .where(Errand.kind.in_(kinds), Errand.target_id.in_(targets), Errand.ended_at.is_(None))
            .order_by(Errand.id.desc())
        )

    async def close_dropped(self, kind: str, target_id: UUID, *, at: datetime, refusal: str) -> None:
        """End an errand whose job somebody has taken away."""
        await self._session.execute(
            update(Errand)
            .where(
                Errand.kind == kind,
                Errand.target_id == target_id,
                Errand.ended_at.is_(None),
                ~exists().where(*_JOB),
            )
            .values(ended_at=at, refusal=refusal)
            .execution_options(synchronize_session=False)
        )

    async def change(self, errand_id: UUID, **values: object) -> None:
        """Set columns of an errand that has not ended."""
        await self._session.execute(
            update(Errand)
            .where(Errand.id == errand_id, Errand.ended_at.is_(None))
            .values(**values)
            .execution_options(synchronize_session=False)
        )

    async def _found(self, statement: Select[Errand, OutboxJob]) -> list[Found]:
        rows = await self._session.execute(statement.execution_options(populate_existing=True))
        return [(row, job) for row, job in rows]


def _with_job() -> Select[Errand, OutboxJob]:
    return select(Errand, OutboxJob).outerjoin(OutboxJob, _JOB[0] & _JOB[1])
