"""Periodic work: declared beside its actor, due per tenant, enqueued by whichever scheduler leads."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import Text, column, select, update, values
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from opptak.kit import outbox
from opptak.kit.ids import new_id
from opptak.tenancy.jobs import Actor
from opptak.tenancy.models import ScheduledWork, Tenant

__all__ = ("LEADER_LOCK", "MOST_AT_ONCE", "Periodic", "enqueue_due", "plan")

LEADER_LOCK = 0x6F7074616B7364
"""Key of the advisory lock the leading scheduler holds."""


MOST_AT_ONCE = 500
"""Jobs enqueued in one transaction: after a standstill the work of thousands comes in portions."""

_MOST_PLANNED = 10 * MOST_AT_ONCE

_SOONEST = 0.8
"""Part of its period after which work may come again: spreads tenants that began in the same second."""


class Periodic(msgspec.Struct, frozen=True):
    """A piece of work that recurs for every tenant with its actor's module; `every` is the longest wait."""

    name: str
    actor: Actor[[]]
    every: timedelta


async def plan(session: AsyncSession, periodic: Sequence[Periodic], *, now: datetime) -> int:
    """As the relay: note what tenants seen for the first time have to do, due at once; return how much."""
    names = values(column("name", Text), name="work").data([(work.name,) for work in periodic])
    planned = (ScheduledWork.tenant_id == Tenant.id) & (ScheduledWork.name == names.c.name)
    missing = (
        select(Tenant.id, names.c.name)
        .join_from(Tenant, names, onclause=names.c.name.is_not(None))
        .outerjoin(ScheduledWork, planned)
        .where(ScheduledWork.id.is_(None))
        .limit(_MOST_PLANNED)
    )
    rows = [
        {"tenant_id": tenant, "id": new_id(), "name": name, "due_at": now}
        for tenant, name in await session.execute(missing)
    ]
    if rows:
        await session.execute(insert(ScheduledWork).on_conflict_do_nothing(), rows)
    return len(rows)


async def enqueue_due(session: AsyncSession, periodic: Sequence[Periodic], *, now: datetime) -> int:
    """As the relay: write an outbox row for each tenant and work that is due; return how many were due.

    At most `MOST_AT_ONCE` are looked at, those due for longest first. A run missed while nobody led is made
    up once, not often; work of a module that is off is passed over.
    """
    known = {work.name: work for work in periodic}
    found = await session.execute(
        select(ScheduledWork.tenant_id, ScheduledWork.id, ScheduledWork.name, Tenant.modules)
        .join(Tenant, Tenant.id == ScheduledWork.tenant_id)
        .where(ScheduledWork.due_at <= now, ScheduledWork.name.in_(known))
        .order_by(ScheduledWork.due_at)
        .limit(MOST_AT_ONCE)
    )
    due = [(tenant, entry, known[name], modules) for tenant, entry, name, modules in found]
    jobs = [_job(tenant, work, now) for tenant, _, work, modules in due if _wanted(work, modules)]
    if jobs:
        await session.execute(outbox.put_once(), jobs)
    if due:
        await session.execute(
            update(ScheduledWork),
            [
                {"tenant_id": tenant, "id": entry, "due_at": now + _pause(work)}
                for tenant, entry, work, _ in due
            ],
        )
    return len(due)


def _wanted(work: Periodic, modules: Sequence[str] | None) -> bool:
    return work.actor.module is None or modules is None or work.actor.module in modules


def _job(tenant: UUID, work: Periodic, now: datetime) -> dict[str, object]:
    return outbox.row(tenant, work.actor.name, {}, available_at=now, priority=work.actor.priority)


def _pause(work: Periodic) -> timedelta:
    return work.every * random.uniform(_SOONEST, 1)  # noqa: S311 -- spreads work, guards nothing
