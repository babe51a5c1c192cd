"""The outbox: work that must happen elsewhere is a row, written in the transaction that wants it.

The row is the job of record. The relay only tells a broker that it is there; the worker begins the row, locks
it, does the work and deletes it in the same transaction, so a job told twice is done once and a crash loses
nothing. Rows hold ids and no personal data: the relay sees those of all tenants.

waiting ──▶ begun ──▶ (deleted)
   ▲          ├─────▶ waiting   failed, and is tried again
   └─ parked ◀┘                 failed, and waits for a person

The same work is there at most once in each state. What waits has seen nothing yet, so wanting it twice is
wanting it once; what has begun may have looked too early, so new work of its kind waits behind it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Executable,
    Index,
    Row,
    Select,
    SmallInteger,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from opptak.kit.db import TenantSession
from opptak.kit.ids import new_id
from opptak.kit.models import TenantOwned

__all__ = (
    "CHANNEL",
    "ECHO",
    "LEASE",
    "OutboxJob",
    "OutboxState",
    "begin",
    "count_due",
    "dedup",
    "finish",
    "is_waiting",
    "lock_begun",
    "postpone",
    "put",
    "put_once",
    "row",
    "settle",
    "take",
    "tally",
    "wake",
)

CHANNEL = "opptak_outbox"
"""PostgreSQL notification channel that wakes relays."""

LEASE = timedelta(seconds=20)
"""How long a row that was told, or has begun, is not told again; a longer job holds the row's lock and is not
done twice. By the database's clock: the injected one may stand still.
"""

ECHO = timedelta(minutes=3)
"""How long what a lost worker had sent out may still arrive somewhere."""

_HOLD = timedelta(seconds=1)


class OutboxState(StrEnum):
    """How far a row has come."""

    WAITING = "waiting"
    BEGUN = "begun"
    PARKED = "parked"


class OutboxJob(TenantOwned):
    """One piece of work."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("tenant_id", "dedup", "state"),
        Index(None, "priority", "tenant_id", "available_at", "id", postgresql_where="state <> 'parked'"),
        Index(None, "priority", "claimed_until", postgresql_where="claimed_until is not null"),
        Index(None, "tenant_id", "failure", postgresql_where="state = 'parked'"),
        {"info": {"relay": True}},
    )

    actor: Mapped[str] = mapped_column(Text)
    arguments: Mapped[dict[str, Any]]
    dedup: Mapped[str] = mapped_column(Text)
    priority: Mapped[int] = mapped_column(SmallInteger, default=5)
    available_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    """How often it was begun."""
    claimed_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(Text, default=OutboxState.WAITING)
    failure: Mapped[str | None] = mapped_column(Text)
    failure_code: Mapped[str | None] = mapped_column(Text)
    failure_hint: Mapped[str | None] = mapped_column(Text)


def dedup(actor: str, arguments: Mapping[str, object]) -> str:
    """Return the key under which the same work waits only once."""
    return f"{actor}:{msgspec.json.encode(dict(arguments), order='sorted').decode()}"


def row(
    tenant_id: UUID,
    actor: str,
    arguments: Mapping[str, object],
    *,
    available_at: datetime,
    priority: int,
    job: UUID | None = None,
) -> dict[str, object]:
    """Return the values of a new row."""
    return {
        "tenant_id": tenant_id,
        "id": job or new_id(),
        "actor": actor,
        "arguments": msgspec.to_builtins(dict(arguments)),
        "dedup": dedup(actor, arguments),
        "priority": priority,
        "available_at": available_at,
        "attempts": 0,
        "state": OutboxState.WAITING,
    }


def put_once() -> Insert:
    """Return the statement that writes rows and leaves out those whose work waits already."""
    return insert(OutboxJob).on_conflict_do_nothing(index_elements=["tenant_id", "dedup", "state"])


async def put(
    session: TenantSession,
    actor: str,
    *arguments: Mapping[str, object],
    available_at: datetime,
    priority: int = 5,
    job: UUID | None = None,
) -> None:
    """Write a row for each set of arguments in the session's transaction; work that waits already is left as
    it is, and not begun before this transaction has ended. A single row may get an id known beforehand.
    """
    rows = (
        row(session.tenant_id, actor, given, available_at=available_at, priority=priority, job=job)
        for given in arguments
    )
    # In one order for everybody, so that two who want the same work wait for each other and not in a ring.
    wanted = {
        str(values["dedup"]): values for values in sorted(rows, key=lambda values: str(values["dedup"]))
    }
    while wanted:
        written = await session.scalars(put_once().returning(OutboxJob.dedup), list(wanted.values()))
        left = wanted.keys() - set(written)
        held = await _hold_back(session, left)
        # Neither written nor held: it began in between, and the next round writes it anew.
        wanted = {key: wanted[key] for key in sorted(left - held)}


async def _hold_back(session: TenantSession, keys: Collection[str]) -> set[str]:
    """Keep waiting rows from being begun until the transaction ends; return the keys of those found."""
    if not keys:
        return set()
    found = select(OutboxJob.dedup).where(OutboxJob.dedup.in_(keys), OutboxJob.state == OutboxState.WAITING)
    return set(await session.scalars(found.with_for_update(read=True, key_share=True)))


async def begin(
    connection: AsyncConnection, tenant: UUID, job: UUID, *, now: datetime, echoing: Collection[str] = ()
) -> int | None:
    """As the relay, on a connection that commits each statement: mark a row as begun before `take`; return
    how often it was, None when there is nothing to do, or not yet.

    A row that had begun already and that nobody holds is begun again: whoever did it is gone, or will find it
    taken. It comes here under the lease of being told once more, so the lease says nothing. Rows of `echoing`
    actors are begun again no sooner than after ECHO.
    """
    row = {"of_tenant": tenant, "job": job}
    asked = {"due_by": now, "echoing": list(echoing), "echo_over": now + ECHO}
    begun: int | None = await connection.scalar(_beginning(), {**row, **asked})
    if begun is None:
        await connection.execute(_not_yet(), row)
    return begun


_ROW = (OutboxJob.tenant_id == bindparam("of_tenant"), OutboxJob.id == bindparam("job"))


@cache
def _beginning() -> Executable:
    """Return the statement; putting it together takes longer than running it."""
    due = select(OutboxJob.id).where(*_ROW, OutboxJob.available_at <= bindparam("due_by"), _may_begin())
    echoes = OutboxJob.actor.in_(bindparam("echoing", expanding=True))
    return (
        update(OutboxJob)
        .where(_ROW[0], OutboxJob.id == due.with_for_update(skip_locked=True).scalar_subquery())
        .values(
            state=OutboxState.BEGUN,
            attempts=OutboxJob.attempts + 1,
            claimed_until=func.now() + LEASE,
            available_at=case((echoes, bindparam("echo_over")), else_=OutboxJob.available_at),
        )
        .returning(OutboxJob.attempts)
    )


def _may_begin() -> ColumnElement[bool]:
    twin = aliased(OutboxJob)
    alone = ~exists().where(
        twin.tenant_id == OutboxJob.tenant_id,
        twin.dedup == OutboxJob.dedup,
        twin.state == OutboxState.BEGUN,
        twin.id != OutboxJob.id,
    )
    return and_(OutboxJob.state != OutboxState.PARKED, alone)


@cache
def _not_yet() -> Executable:
    """Have a waiting row told again in a moment: its twin is being done, or somebody still wants it."""
    waiting = update(OutboxJob).where(*_ROW, OutboxJob.state == OutboxState.WAITING)
    return waiting.values(claimed_until=func.now() + _HOLD)


async def take(session: TenantSession, job: UUID) -> OutboxJob | None:
    """Lock a begun row for the rest of the transaction; None when it is done or being done."""
    found: OutboxJob | None = await session.scalar(_begun(job).with_for_update(skip_locked=True))
    return found


async def lock_begun(session: TenantSession, job: UUID) -> OutboxJob | None:
    """Lock a begun row, as soon as nobody else does."""
    found: OutboxJob | None = await session.scalar(_begun(job).with_for_update())
    return found


async def finish(session: TenantSession, job: OutboxJob) -> None:
    """Delete a row that is done, and the same work parked earlier: it has been done now."""
    done = OutboxJob.state.in_((OutboxState.BEGUN, OutboxState.PARKED))
    await session.execute(delete(OutboxJob).where(OutboxJob.dedup == job.dedup, done))


async def settle(session: TenantSession, job: OutboxJob, values: Mapping[str, object]) -> None:
    """Let a begun row wait again or park it; where the same work waits (or is parked) already, that row takes
    over what is known.
    """
    change = {**values, "claimed_until": None}
    try:
        async with session.begin_nested():
            await session.execute(update(OutboxJob).where(OutboxJob.id == job.id).values(change))
    except IntegrityError:
        twin = OutboxJob.dedup == job.dedup, OutboxJob.state == change["state"]
        await session.execute(update(OutboxJob).where(*twin).values(change))
        await session.execute(delete(OutboxJob).where(OutboxJob.id == job.id))


async def wake(session: TenantSession, code: str, *, available_at: datetime) -> None:
    """Have waiting work that was put off under a failure's code told again from a moment on."""
    put_off = OutboxJob.state == OutboxState.WAITING, OutboxJob.failure_code == code
    await session.execute(update(OutboxJob).where(*put_off).values(available_at=available_at))


async def postpone(session: TenantSession, *, until: datetime) -> None:
    """Let all work of the tenant that waits be told no earlier than a moment."""
    waiting = OutboxJob.state == OutboxState.WAITING, OutboxJob.available_at < until
    await session.execute(update(OutboxJob).where(*waiting).values(available_at=until, claimed_until=None))


async def count_due(session: TenantSession, *, now: datetime, retried: bool = False) -> int:
    """Return how many of the tenant's rows are due and not yet done; `retried`, also those put off after a
    failure.
    """
    due = select(func.count()).select_from(OutboxJob)
    put_off = and_(literal(retried), OutboxJob.failure.is_not(None))
    under_way = or_(OutboxJob.available_at <= now, OutboxJob.state == OutboxState.BEGUN, put_off)
    return await session.scalar(due.where(OutboxJob.state != OutboxState.PARKED, under_way)) or 0


async def is_waiting(session: TenantSession, actor: str) -> bool:
    """Return whether the tenant has work of an actor that is not done yet."""
    found = select(OutboxJob.id).where(OutboxJob.actor == actor, OutboxJob.state != OutboxState.PARKED)
    return await session.scalar(found.limit(1)) is not None


async def tally(session: AsyncSession) -> Sequence[Row[int, str, int, datetime]]:
    """As the relay: return how many rows of all tenants there are by priority and state, and when the first
    of them was to be done.
    """
    counted = select(OutboxJob.priority, OutboxJob.state, func.count(), func.min(OutboxJob.available_at))
    return (await session.execute(counted.group_by(OutboxJob.priority, OutboxJob.state))).all()


def _begun(job: UUID) -> Select[OutboxJob]:
    return select(OutboxJob).where(OutboxJob.id == job, OutboxJob.state == OutboxState.BEGUN)
