"""The worker: a relay tells the broker which outbox rows are due, dramatiq runs them, failures are
settled by class.

The message is only a pointer; whether there is work left to do is decided by the row (see
`opptak.kit.outbox`), so a broker may deliver twice, or lose everything, without harm.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import dramatiq
import psycopg
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.broker import Broker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AsyncIO, CurrentMessage, Middleware

from opptak.domains import load_tasks
from opptak.hooks.errors import Outcome, Temporary
from opptak.kit import outbox
from opptak.kit.db import Role
from opptak.kit.errors import Conflict, OpptakError, Unavailable
from opptak.kit.outbox import OutboxJob, OutboxState, Pointer
from opptak.runtime import Runtime
from opptak.settings import SettingsInvalid
from opptak.tenancy import jobs
from opptak.tenancy.context import TenantContext
from opptak.tenancy.jobs import Priority

__all__ = ("WorkerProcess", "make_broker", "perform", "relay_once")

QUEUES = {Priority.PARENT_WAITS: "urgent", Priority.NORMAL: "default", Priority.BULK: "bulk"}
MOST_ATTEMPTS = 12
_POLL_SECONDS = 1.0
_FIRST_RETRY = timedelta(seconds=5)
_LONGEST_RETRY = timedelta(hours=1)

Background = Callable[[Runtime], Coroutine[Any, Any, None]]
"""A loop that runs until it is cancelled."""

_log = logging.getLogger(__name__)


def make_broker(url: str) -> Broker:
    """Return the broker of a URL: `embedded:`, `amqp://…` or `redis://…`; raises SettingsInvalid."""
    middleware: list[Middleware] = [AsyncIO(), CurrentMessage()]
    if url.startswith("embedded:"):
        return StubBroker(middleware=middleware)
    if url.startswith("amqp"):
        from dramatiq.brokers.rabbitmq import RabbitmqBroker  # noqa: PLC0415 -- an extra

        return RabbitmqBroker(url=url, middleware=middleware)
    if url.startswith("redis"):
        from dramatiq.brokers.redis import RedisBroker  # noqa: PLC0415 -- an extra

        made: Broker = RedisBroker(url=url, middleware=middleware)  # type: ignore[no-untyped-call]
        return made
    raise SettingsInvalid(f"OPPTAK_BROKER_URL: no broker for {url.split(':', 1)[0]}")


async def perform(runtime: Runtime, tenant_id: UUID, job: UUID) -> None:
    """Do one job; whatever goes wrong is settled on its row."""
    tenant = await runtime.tenants.by_id(tenant_id)
    if tenant is None:
        return
    try:
        async with runtime.work(tenant, trace=job.hex) as work:
            await jobs.run(work, job)
    except Exception as error:  # noqa: BLE001 -- every failure has a class, this one is `bug`
        await _settle(runtime, tenant, job, error)


async def relay_once(runtime: Runtime, broker: Broker) -> int:
    """Tell the broker of all rows that are due; return how many."""
    async with runtime.database.unscoped(Role.RELAY) as session:
        pointers = await outbox.claim(session, now=runtime.clock.now())
    for pointer in pointers:
        broker.enqueue(_message(pointer))
    return len(pointers)


async def _settle(runtime: Runtime, tenant: TenantContext, job: UUID, error: Exception) -> None:
    async with runtime.database.tenant(tenant.id) as session:
        row = await session.get(OutboxJob, (tenant.id, job))
        if row is None:
            return
        change = _verdict(error, attempts=row.attempts + 1, now=runtime.clock.now())
        await outbox.change(session, job, change)
    level = logging.INFO if isinstance(error, Temporary) else logging.ERROR
    # The error's text may quote a person; its type and place may not.
    _log.log(
        level,
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


def _verdict(error: Exception, *, attempts: int, now: datetime) -> dict[str, object]:
    """Return what becomes of the row: tried again after a while, or parked for somebody."""
    failure = type(error).__name__.lower() if isinstance(error, Outcome | OpptakError) else "bug"
    known: dict[str, object] = {
        "attempts": attempts,
        "claimed_until": None,
        "failure": failure,
        "failure_code": getattr(error, "code", type(error).__name__),
        "failure_hint": getattr(error, "hint", ""),
    }
    again = isinstance(error, Temporary | Conflict | Unavailable) or failure == "bug"
    if not again or attempts >= MOST_ATTEMPTS:
        return known | {"state": OutboxState.PARKED}
    return known | {"available_at": now + _pause(error, attempts)}


def _pause(error: Exception, attempts: int) -> timedelta:
    asked = timedelta(seconds=getattr(error, "retry_after", None) or 0)
    backoff = min(_FIRST_RETRY * 2 ** (attempts - 1), _LONGEST_RETRY)
    jitter = random.uniform(0.8, 1.2)  # noqa: S311 -- spreads retries, guards nothing
    pause: timedelta = max(asked, backoff) * jitter
    return pause


def _place(error: Exception) -> str:
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    where = f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}" if at else "?"
    return f"{type(error).__name__} at {where}"


def _message(pointer: Pointer) -> dramatiq.Message[None]:
    queue = QUEUES.get(pointer.priority, "default")
    return dramatiq.Message(
        queue_name=queue,
        actor_name=f"opptak.{queue}",
        args=(str(pointer.tenant), str(pointer.job)),
        kwargs={},
        options={},
    )


class _CloseLast(Middleware):
    """Closes connections once no job runs, while the event loop they belong to still does.

    dramatiq asks the middleware added last first, so this comes before `AsyncIO` ends the loop.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def after_worker_shutdown(self, broker: Broker, worker: dramatiq.Worker) -> None:
        loop = get_event_loop_thread()
        if loop is not None:
            asyncio.run_coroutine_threadsafe(self._runtime.close(), loop.loop).result(timeout=10)


class WorkerProcess:
    """Broker, dramatiq workers and relay in threads of this process; `beside` runs in the same event loop."""

    def __init__(self, runtime: Runtime, *, beside: Sequence[Background] = ()) -> None:
        self._runtime = runtime
        self._background: tuple[Callable[[], Coroutine[Any, Any, None]], ...] = (
            self._relay,
            *(partial(run, runtime) for run in beside),
        )
        self._tasks: list[Future[None]] = []
        list(load_tasks())
        self.broker = make_broker(runtime.settings.broker_url)
        self.broker.add_middleware(_CloseLast(runtime))
        dramatiq.set_broker(self.broker)
        for queue in QUEUES.values():
            dramatiq.actor(actor_name=f"opptak.{queue}", queue_name=queue, broker=self.broker)(self._run)
        self._worker = dramatiq.Worker(
            self.broker, worker_threads=runtime.settings.worker_threads, worker_timeout=100
        )

    def start(self) -> None:
        """Start the threads."""
        self._worker.start()
        loop = get_event_loop_thread()
        if loop is None:
            raise RuntimeError("the AsyncIO middleware has no event loop")
        self._tasks = [asyncio.run_coroutine_threadsafe(run(), loop.loop) for run in self._background]

    def stop(self) -> None:
        """Let running jobs end, then stop."""
        for task in self._tasks:
            task.cancel()
        self._worker.stop(timeout=10_000)
        self.broker.close()

    async def _run(self, tenant: str, job: str) -> None:
        await perform(self._runtime, UUID(tenant), UUID(job))

    async def _relay(self) -> None:
        while True:
            try:
                await self._relay_until_broken()
            except Exception as error:  # noqa: BLE001 -- database or broker away: nothing runs without a relay
                _log.warning("the relay was interrupted, trying again", extra={"kind": type(error).__name__})
                await asyncio.sleep(_POLL_SECONDS)

    async def _relay_until_broken(self) -> None:
        url = self._runtime.database.urls.url(Role.RELAY, direct=True).set(drivername="postgresql")
        address = url.render_as_string(hide_password=False)
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            await connection.execute(f"listen {outbox.CHANNEL}")
            while True:
                while await relay_once(self._runtime, self.broker):
                    pass
                async for _ in connection.notifies(timeout=_POLL_SECONDS, stop_after=1):
                    pass
