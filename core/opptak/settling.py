"""Doing one job, and what becomes of it when it fails: tried again after a while, or parked for somebody."""

import logging
import random
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from opptak.audit.service import record
from opptak.hooks.errors import Outcome, Resting, Temporary
from opptak.kit import outbox
from opptak.kit.db import Role
from opptak.kit.errors import Conflict, OpptakError, Unavailable
from opptak.kit.outbox import OutboxJob, OutboxState
from opptak.runtime import Runtime
from opptak.tenancy import jobs
from opptak.tenancy.context import TenantContext, Work
from opptak.tenancy.jobs import ModuleOff
from opptak.tenancy.opening import TenantClosed

__all__ = ("MOST_ATTEMPTS", "perform", "verdict")

MOST_ATTEMPTS = 12
_FIRST_RETRY = timedelta(seconds=5)
_FIRST_RETRY_OF_CONFLICT = timedelta(seconds=1)
_LONGEST_RETRY = timedelta(hours=1)
_CLOSED = timedelta(minutes=1)
"""How long all work of a tenant rests that can't be opened."""

_log = logging.getLogger(__name__)


class _WorkerLost(Exception):
    """Whoever did the job never came back, time and again: the job may be what ends them."""


async def perform(runtime: Runtime, tenant_id: UUID, job: UUID) -> None:
    """Do one job; whatever goes wrong is settled on its row."""
    try:
        tenant = await runtime.tenants.by_id(tenant_id)
    except TenantClosed:
        async with runtime.database.tenant(tenant_id) as session:
            await outbox.postpone(session, until=runtime.clock.now() + _CLOSED)
        return
    if tenant is None:
        return
    async with runtime.database.at_once(Role.RELAY) as relay:
        echoing = [name for name, one in jobs.actors().items() if one.echoes]
        begun = await outbox.begin(relay, tenant.id, job, now=runtime.clock.now(), echoing=echoing)
    if begun is None:
        return
    try:
        if begun > MOST_ATTEMPTS:
            raise _WorkerLost
        async with runtime.work(tenant, trace=job.hex) as work:
            done = await jobs.run(work, job)
            if done is not None:
                _note(work, done)
    except Exception as error:  # noqa: BLE001 -- every failure has a class, this one is `bug`
        await _settle(runtime, tenant, job, error)


def _note(work: Work, done: OutboxJob) -> None:
    """Note what a job was about: whoever is named in its arguments was read, or changed, or written to."""
    about = list(_ids(done.arguments))
    if about:
        record(work, done.actor, "job", done.id, shown=about)


def _ids(value: object) -> Iterator[UUID]:
    """Yield the ids in a job's arguments."""
    match value:
        case dict():
            for part in value.values():
                yield from _ids(part)
        case list():
            for part in value:
                yield from _ids(part)
        case str():
            with suppress(ValueError):
                yield UUID(value)


async def _settle(runtime: Runtime, tenant: TenantContext, job: UUID, error: Exception) -> None:
    async with runtime.database.tenant(tenant.id) as session:
        row = await outbox.lock_begun(session, job)
        if row is None:
            return
        change = verdict(error, attempts=row.attempts, now=runtime.clock.now())
        await outbox.settle(session, row, change)
    _tell(tenant, row, change, error)


def _tell(tenant: TenantContext, row: OutboxJob, change: Mapping[str, object], error: Exception) -> None:
    # The error's text may quote a person; its type and place may not.
    _log.log(
        logging.INFO if isinstance(error, Temporary | ModuleOff) else logging.ERROR,
        "job failed",
        extra={
            "tenant": tenant.slug,
            "actor": row.actor,
            "failure": change["failure"],
            "code": change["failure_code"],
            "kind": type(error).__name__,
        },
    )
    if change["failure"] == "bug":
        _log.error("%s", _place(error))


def verdict(error: Exception, *, attempts: int, now: datetime) -> dict[str, object]:
    """Return what becomes of a row that was begun so many times: it waits, or is parked for somebody.

    Work of a service that rests, or of a module that is off, was not tried, and no attempt is counted.
    """
    counted = attempts - isinstance(error, Resting | ModuleOff)
    known: dict[str, object] = {
        "attempts": counted,
        "failure": _failure(error),
        "failure_code": getattr(error, "code", type(error).__name__.strip("_")),
        "failure_hint": getattr(error, "hint", ""),
    }
    expected = isinstance(error, Outcome | OpptakError)
    again = isinstance(error, Temporary | Conflict | Unavailable) or not expected
    if not again or counted >= MOST_ATTEMPTS:
        return known | {"state": OutboxState.PARKED}
    return known | {"state": OutboxState.WAITING, "available_at": now + _pause(error, attempts)}


def _failure(error: Exception) -> str:
    match error:
        case Temporary() | Unavailable():
            return "temporary"
        case Outcome():
            return type(error).__name__.lower()
        case OpptakError():
            return "rule"
    return "bug"


def _pause(error: Exception, attempts: int) -> timedelta:
    """Return the time to the next attempt: never earlier than asked, and spread, so that a thousand jobs put
    off together don't come back together.
    """
    asked = jobs.asked_pause(error)
    first = _FIRST_RETRY_OF_CONFLICT if isinstance(error, Conflict) else _FIRST_RETRY
    backoff = min(first * 2 ** (attempts - 1), _LONGEST_RETRY)
    spread = random.random()  # noqa: S311 -- guards nothing
    pause: timedelta = max(asked * (1 + spread / 4), backoff * (0.75 + spread / 2))
    return pause


def _place(error: Exception) -> str:
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    where = f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}" if at else "?"
    return f"{type(error).__name__} at {where}"
