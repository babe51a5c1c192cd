"""Which rows of the outbox go to the broker next: in turn by tenant, and only a few at a time.

What the broker holds it works off first come, first served. So it is given little, and the rest waits in the
outbox, where a row may still overtake another: a tenant with one job waits for a few jobs of the others, not
for the five thousand one of them has.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Executable,
    Row,
    Select,
    SmallInteger,
    Uuid,
    and_,
    bindparam,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import CTE, Subquery

from opptak.kit.outbox import LEASE, OutboxJob, OutboxState

__all__ = ("IN_FLIGHT", "TENANT_IN_FLIGHT", "Pointer", "Rotation")

IN_FLIGHT = 64
"""Rows of one priority that are told and not done, over all tenants and relays."""

TENANT_IN_FLIGHT = 16
"""Those of one tenant among them."""


class Pointer(msgspec.Struct, frozen=True):
    """What the broker carries: where the row is, and nothing else."""

    tenant: UUID
    job: UUID
    actor: str
    priority: int


class Rotation:
    """A relay's place in the round of tenants, one for each priority; begins anywhere."""

    def __init__(self) -> None:
        self._last: dict[int, UUID] = {}

    async def claim(self, session: AsyncSession, priority: int, *, now: datetime) -> Sequence[Pointer]:
        """As the relay: take due rows of a priority under lease, going on after the tenant that was last, and
        nobody's second before everybody's first. Other relays skip them.
        """
        last = self._last.get(priority) or uuid4()
        values = {"of_priority": priority, "due_by": now, "last": last}
        # On the connection: the session would take the values for those of rows to update.
        rows = (await (await session.connection()).execute(_claim(), values)).all()
        if rows:
            self._last[priority] = max(rows, key=lambda row: row.place).tenant_id
        return [Pointer(row.tenant_id, row.id, row.actor, row.priority) for row in sorted(rows, key=_order)]


_PRIORITY = bindparam("of_priority", type_=SmallInteger())
_NOW = bindparam("due_by", type_=DateTime(timezone=True))
_LAST = bindparam("last", type_=Uuid())


def _order(row: Row[Any]) -> tuple[int, int]:
    return row.turn, row.place


@cache
def _claim() -> Executable:
    """Return the statement; putting it together takes longer than running it."""
    picked = _picked(_round(), _busy())
    locked = (
        select(OutboxJob.tenant_id, OutboxJob.id, picked.c.turn, picked.c.place)
        .join(picked, and_(OutboxJob.tenant_id == picked.c.tenant_id, OutboxJob.id == picked.c.id))
        .where(_free(OutboxJob))
        .with_for_update(of=OutboxJob, skip_locked=True, key_share=True)
        .cte("locked")
    )
    row = (OutboxJob.tenant_id, OutboxJob.id, OutboxJob.actor, OutboxJob.priority)
    return (
        update(OutboxJob)
        .where(OutboxJob.tenant_id == locked.c.tenant_id, OutboxJob.id == locked.c.id)
        .values(claimed_until=func.now() + LEASE)
        .returning(*row, locked.c.turn, locked.c.place)
    )


def _busy() -> CTE:
    """Select how many rows each tenant has in flight."""
    return (
        select(OutboxJob.tenant_id, func.count().label("jobs"))
        .where(_open(OutboxJob), OutboxJob.claimed_until > func.now())
        .group_by(OutboxJob.tenant_id)
        .cte("busy")
    )


def _round() -> CTE:
    """Select the tenants that have rows, by id from the last one on and once around.

    Each step is one look into the index, and whoever reads this stops when it has enough: the cost follows
    the tenants served, not the rows that wait.
    """
    seed = select(_LAST.label("tenant_id"), literal(0).label("place"), literal(False).label("over"))
    at = seed.cte("round", recursive=True)
    after = aliased(OutboxJob)
    following = _first_tenant(after, after.tenant_id > at.c.tenant_id).lateral("following")
    start = aliased(OutboxJob)
    ended = and_(following.c.tenant_id.is_(None), not_(at.c.over))
    again = _first_tenant(start, ended).lateral("again")
    step = (
        select(
            func.coalesce(following.c.tenant_id, again.c.tenant_id),
            at.c.place + 1,
            or_(at.c.over, following.c.tenant_id.is_(None)),
        )
        .select_from(at.outerjoin(following, true()).outerjoin(again, true()))
        .where(at.c.tenant_id.is_not(None), not_(and_(at.c.over, at.c.tenant_id >= _LAST)))
    )
    return at.union_all(step)


def _first_tenant(job: type[OutboxJob], condition: ColumnElement[bool]) -> Select[UUID]:
    return select(job.tenant_id).where(_open(job), condition).order_by(job.tenant_id).limit(1)


def _picked(tenants: CTE, busy: CTE) -> Subquery:
    """Select as many due rows as there is room for: first those that are a tenant's first in flight, and so
    on.
    """
    room = func.greatest(IN_FLIGHT - select(func.coalesce(func.sum(busy.c.jobs), 0)).scalar_subquery(), 0)
    head, job = aliased(OutboxJob), aliased(OutboxJob)
    # Looked up one by one: joined, all tenants would be walked through before the first is served.
    own_jobs = select(busy.c.jobs).where(busy.c.tenant_id == tenants.c.tenant_id).scalar_subquery()
    has = func.coalesce(own_jobs, 0)
    first = _due(head, tenants.c.tenant_id).limit(1).lateral("first")
    turn = (
        select(tenants.c.tenant_id, tenants.c.place, has.label("has"))
        .select_from(tenants.join(first, true()))
        .where(tenants.c.place > 0, has < TENANT_IN_FLIGHT)
        .limit(room)
        .subquery("turn")
    )
    own = _due(job, turn.c.tenant_id).limit(TENANT_IN_FLIGHT).lateral("own")
    nth = func.row_number().over(partition_by=turn.c.tenant_id, order_by=(own.c.available_at, own.c.id))
    rows = (
        select(turn.c.tenant_id, own.c.id, turn.c.place, (turn.c.has + nth).label("turn"))
        .join_from(turn, own, true())
        .subquery("rows")
    )
    return (
        select(rows)
        .where(rows.c.turn <= TENANT_IN_FLIGHT)
        .order_by(rows.c.turn, rows.c.place)
        .limit(room)
        .subquery("picked")
    )


def _due(job: type[OutboxJob], tenant: ColumnElement[UUID]) -> Select[UUID, datetime]:
    return (
        select(job.id, job.available_at)
        .where(job.tenant_id == tenant, _open(job), job.available_at <= _NOW, _free(job))
        .order_by(job.available_at, job.id)
    )


def _open(job: type[OutboxJob]) -> ColumnElement[bool]:
    # Spelt out, not sent as a value: the planner must see that the partial index holds these rows.
    return and_(job.priority == _PRIORITY, job.state != literal(OutboxState.PARKED, literal_execute=True))


def _free(job: type[OutboxJob]) -> ColumnElement[bool]:
    return or_(job.claimed_until.is_(None), job.claimed_until <= func.now())
