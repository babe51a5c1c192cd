"""Periodic work: declared beside its actor, due per tenant, enqueued by whichever scheduler leads."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from opptak.kit import outbox
from opptak.kit.ids import new_id
from opptak.kit.outbox import OutboxJob, OutboxState
from opptak.tenancy.jobs import Actor
from opptak.tenancy.models import ScheduledWork, Tenant

__all__ = ("LEADER_LOCK", "Periodic", "enqueue_due")

LEADER_LOCK = 0x6F7074616B7364
"""Key of the advisory lock the leading scheduler holds."""


class Periodic(msgspec.Struct, frozen=True):
    """A piece of work that recurs for every tenant."""

    name: str
    actor: Actor[[]]
    every: timedelta


async def enqueue_due(session: AsyncSession, periodic: Sequence[Periodic], *, now: datetime) -> int:
    """As the relay: write an outbox row for each tenant and work that is due; return how many.

    A tenant seen for the first time is due at once. A run missed while nobody led is made up once, not often.
    """
    tenants = (await session.scalars(select(Tenant.id))).all()
    due_at = {
        (row.tenant_id, row.name): row.due_at for row in (await session.scalars(select(ScheduledWork))).all()
    }
    due = [
        (tenant, work)
        for tenant in tenants
        for work in periodic
        if due_at.get((tenant, work.name), now) <= now
    ]
    if due:
        await session.execute(_jobs(due, now))
        await session.execute(_next(due, now))
    return len(due)


def _jobs(due: Sequence[tuple[UUID, Periodic]], now: datetime) -> Insert:
    rows = [
        {
            "tenant_id": tenant,
            "id": new_id(),
            "actor": work.actor.name,
            "arguments": {},
            "dedup": outbox.dedup(work.actor.name, {}),
            "priority": work.actor.priority,
            "available_at": now,
            "attempts": 0,
            "state": OutboxState.WAITING,
        }
        for tenant, work in due
    ]
    return insert(OutboxJob).values(rows).on_conflict_do_nothing(index_elements=["tenant_id", "dedup"])


def _next(due: Sequence[tuple[UUID, Periodic]], now: datetime) -> Insert:
    rows = [
        {"tenant_id": tenant, "id": new_id(), "name": work.name, "due_at": now + work.every}
        for tenant, work in due
    ]
    statement = insert(ScheduledWork).values(rows)
    return statement.on_conflict_do_update(
        index_elements=["tenant_id", "name"], set_={"due_at": statement.excluded.due_at}
    )
