"""The outbox: work that must happen elsewhere is a row, written in the transaction that wants it.

The row is the job of record. The relay only tells a broker that it is there; the worker locks the row,
does the work and deletes the row in the same transaction, so a job told twice is done once and a crash
loses nothing. Rows hold ids and no personal data: the relay sees those of all tenants.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Index, SmallInteger, Text, UniqueConstraint, and_, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from opptak.kit.db import TenantSession
from opptak.kit.ids import new_id
from opptak.kit.models import TenantOwned

__all__ = (
    "CHANNEL",
    "LEASE",
    "OutboxJob",
    "OutboxState",
    "Pointer",
    "change",
    "claim",
    "count_due",
    "count_parked",
    "dedup",
    "is_waiting",
    "lock_parked",
    "parked",
    "put",
    "take",
)

CHANNEL = "opptak_outbox"
"""PostgreSQL notification channel that wakes relays."""

LEASE = timedelta(minutes=5)
"""How long a claimed row is not told again; a longer job holds the row's lock and is not done twice."""


class OutboxState(StrEnum):
    """Whether a row waits for its turn or for a person."""

    WAITING = "waiting"
    PARKED = "parked"


class OutboxJob(TenantOwned):
    """One piece of work."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("tenant_id", "dedup"),
        Index(None, "available_at", postgresql_where="state = 'waiting'"),
        {"info": {"relay": True}},
    )

    actor: Mapped[str] = mapped_column(Text)
    arguments: Mapped[dict[str, Any]]
    dedup: Mapped[str] = mapped_column(Text)
    priority: Mapped[int] = mapped_column(SmallInteger, default=5)
    available_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    claimed_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(Text, default=OutboxState.WAITING)
    failure: Mapped[str | None] = mapped_column(Text)
    failure_code: Mapped[str | None] = mapped_column(Text)
    failure_hint: Mapped[str | None] = mapped_column(Text)


class Pointer(msgspec.Struct, frozen=True):
    """What the broker carries: where the row is, and nothing else."""

    tenant: UUID
    job: UUID
    actor: str
    priority: int


def dedup(actor: str, arguments: Mapping[str, object]) -> str:
    """Return the key under which the same work waits only once."""
    return f"{actor}:{msgspec.json.encode(dict(arguments), order='sorted').decode()}"


async def put(
    session: TenantSession,
    actor: str,
    *arguments: Mapping[str, object],
    available_at: datetime,
    priority: int = 5,
) -> None:
    """Write a row for each set of arguments in the session's transaction; work that waits already is left as
    it is.
    """
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": new_id(),
            "actor": actor,
            "arguments": msgspec.to_builtins(dict(given)),
            "dedup": dedup(actor, given),
            "priority": priority,
            "available_at": available_at,
            "attempts": 0,
            "state": OutboxState.WAITING,
        }
        for given in arguments
    ]
    if rows:
        statement = insert(OutboxJob).on_conflict_do_nothing(index_elements=["tenant_id", "dedup"])
        await session.execute(statement, rows)


async def claim(session: AsyncSession, *, now: datetime, limit: int = 200) -> Sequence[Pointer]:
    """As the relay: take due rows under lease, most urgent first; other relays skip them."""
    due = (
        select(OutboxJob.tenant_id, OutboxJob.id)
        .where(
            OutboxJob.state == OutboxState.WAITING,
            OutboxJob.available_at <= now,
            or_(OutboxJob.claimed_until.is_(None), OutboxJob.claimed_until <= now),
        )
        .order_by(OutboxJob.priority, OutboxJob.available_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    rows = await session.execute(
        update(OutboxJob)
        .where(OutboxJob.tenant_id == due.c.tenant_id, OutboxJob.id == due.c.id)
        .values(claimed_until=now + LEASE)
        .returning(OutboxJob.tenant_id, OutboxJob.id, OutboxJob.actor, OutboxJob.priority)
        .execution_options(synchronize_session=False)
    )
    pointers = [Pointer(*row) for row in rows]
    return sorted(pointers, key=lambda pointer: (pointer.priority, pointer.job))


async def take(session: TenantSession, job: UUID) -> OutboxJob | None:
    """Lock a waiting row for the rest of the transaction; None when it is done, parked or being done."""
    found: OutboxJob | None = await session.scalar(
        select(OutboxJob)
        .where(OutboxJob.id == job, OutboxJob.state == OutboxState.WAITING)
        .with_for_update(skip_locked=True)
    )
    return found


async def change(session: TenantSession, job: UUID, values: Mapping[str, object]) -> None:
    """Set columns of a row: when it is tried again, or that it is parked and why."""
    await session.execute(update(OutboxJob).where(OutboxJob.id == job).values(**values))


async def count_due(session: TenantSession, *, now: datetime, retried: bool = False) -> int:
    """Return how many of the tenant's rows are due and not yet done; `retried`, also those put off after a
    failure.
    """
    due = select(func.count()).select_from(OutboxJob)
    under_way = or_(OutboxJob.available_at <= now, and_(literal(retried), OutboxJob.attempts > 0))
    return await session.scalar(due.where(OutboxJob.state == OutboxState.WAITING, under_way)) or 0


async def is_waiting(session: TenantSession, actor: str) -> bool:
    """Return whether the tenant has work of an actor that is not done yet."""
    found = select(OutboxJob.id).where(OutboxJob.actor == actor, OutboxJob.state == OutboxState.WAITING)
    return await session.scalar(found.limit(1)) is not None


async def parked(session: TenantSession, *, limit: int) -> Sequence[OutboxJob]:
    """Return the tenant's rows that wait for a person, the oldest first."""
    found = select(OutboxJob).where(OutboxJob.state == OutboxState.PARKED).order_by(OutboxJob.id).limit(limit)
    return (await session.scalars(found)).all()


async def count_parked(session: TenantSession) -> int:
    """Return how many of the tenant's rows wait for a person."""
    found = select(func.count()).select_from(OutboxJob).where(OutboxJob.state == OutboxState.PARKED)
    return await session.scalar(found) or 0


async def lock_parked(session: TenantSession, job: UUID) -> OutboxJob | None:
    """Lock a row that waits for a person for the rest of the transaction."""
    found: OutboxJob | None = await session.scalar(
        select(OutboxJob).where(OutboxJob.id == job, OutboxJob.state == OutboxState.PARKED).with_for_update()
    )
    return found
