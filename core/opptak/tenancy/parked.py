"""Parked rows of the outbox: what is there, by cause, and having them wait again or go."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Text, and_, cast, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from opptak.kit import outbox
from opptak.kit.db import TenantSession
from opptak.kit.outbox import OutboxJob, OutboxState

__all__ = ("ParkedJobs", "tenants_with_parked")

_KEPT = ("tenant_id", "id", "created_at", "actor", "arguments", "dedup", "priority")
"""What a row keeps when it waits again."""

_PARKED = OutboxJob.state == OutboxState.PARKED

Wanted = Mapping[str, Collection[Any]]
"""Columns and the values wanted in them; nothing means all."""


class ParkedJobs:
    """A tenant's work that waits for a person."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def groups(self, *, failure: str = "") -> Sequence[Row[str, str, str, str, int, str, datetime]]:
        """Return a row for each cause, the largest first."""
        cause = (
            OutboxJob.actor,
            func.coalesce(OutboxJob.failure, "").label("failure"),
            func.coalesce(OutboxJob.failure_code, "").label("code"),
            func.coalesce(OutboxJob.failure_hint, "").label("hint"),
        )
        count = func.count().label("jobs")
        # The smallest id is the oldest; before PostgreSQL 18 there is no min() of ids themselves.
        key = func.min(cast(OutboxJob.id, Text)).label("key")
        found = select(*cause, count, key, func.min(OutboxJob.created_at).label("since")).where(_PARKED)
        if failure:
            found = found.where(OutboxJob.failure == failure)
        rows = await self._session.execute(found.group_by(*cause).order_by(count.desc(), *cause))
        return rows.all()

    async def failures(self) -> dict[str, int]:
        """Return how many there are by class of failure."""
        counted = select(OutboxJob.failure, func.count()).where(_PARKED).group_by(OutboxJob.failure)
        return {failure or "": count for failure, count in await self._session.execute(counted)}

    async def list(self, wanted: Wanted, *, limit: int) -> Sequence[OutboxJob]:
        """Return rows, the oldest first."""
        found = select(OutboxJob).where(_PARKED, _among(wanted)).order_by(OutboxJob.id).limit(limit)
        return (await self._session.scalars(found)).all()

    async def find(self, job: UUID) -> OutboxJob | None:
        """Return a row, or None when it is not parked."""
        found: OutboxJob | None = await self._session.scalar(
            select(OutboxJob).where(_PARKED, OutboxJob.id == job)
        )
        return found

    async def revive(self, wanted: Wanted, *, now: datetime) -> int:
        """Let rows wait again as if they were new; return how many. What waits already, or is being put by
        somebody else, is not made to wait twice.
        """
        columns = [OutboxJob.__table__.c[name] for name in _KEPT]
        gone = delete(OutboxJob).where(_PARKED, _among(wanted)).returning(*columns)
        rows = [dict(row) for row in (await self._session.execute(gone)).mappings()]
        fresh = {"state": OutboxState.WAITING, "attempts": 0, "available_at": now}
        if rows:
            # In the order of `outbox.put`, so that nobody waits in a ring.
            again = [row | fresh for row in sorted(rows, key=lambda row: str(row["dedup"]))]
            await self._session.execute(outbox.put_once(), again)
        return len(rows)

    async def drop(self, wanted: Wanted) -> int:
        """Delete rows; return how many."""
        dropped = delete(OutboxJob).where(_PARKED, _among(wanted)).returning(OutboxJob.id)
        return len((await self._session.scalars(dropped)).all())


async def tenants_with_parked(session: AsyncSession) -> Sequence[UUID]:
    """As the relay: return the tenants that have work that waits for a person."""
    found = select(OutboxJob.tenant_id).where(_PARKED).distinct()
    return (await session.scalars(found)).all()


def _among(wanted: Wanted) -> ColumnElement[bool]:
    columns = OutboxJob.__table__.c
    return and_(True, *(columns[name].in_(values) for name, values in wanted.items()))
