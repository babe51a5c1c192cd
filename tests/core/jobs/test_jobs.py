"""Outbox, relay and worker: done once, after the commit, with a class for every failure."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import column, func, select, table, text, update
from sqlalchemy.exc import ProgrammingError

from opptak.brokers import make_broker
from opptak.hooks.errors import Configuration, Outcome, Permanent, Temporary
from opptak.kit import outbox
from opptak.kit.clock import TravelClock
from opptak.kit.db import Role
from opptak.kit.errors import Conflict, OpptakError, Unavailable
from opptak.kit.ids import new_id
from opptak.kit.outbox import OutboxJob
from opptak.people.models import Person
from opptak.relay import Relay
from opptak.runtime import Runtime
from opptak.settling import perform
from opptak.tenancy.context import TenantContext, Work
from opptak.tenancy.jobs import Priority, actor, enqueue, enqueue_all, enqueue_at
from opptak.worker import WorkerProcess

ran: list[UUID] = []
failing: list[Exception] = []
slow: list[Runtime] = []
begun = threading.Event()
go_on = threading.Event()


@actor("test.note")
async def note(work: Work, *, thing: UUID) -> None:
    """Remember the id, or fail as told; a slow one does not notice a stop."""
    if failing:
        raise failing.pop(0)
    for inside in slow:
        begun.set()
        await asyncio.sleep(0.2)
        assert not inside.http.is_closed
    ran.append(thing)


@actor("test.patient", priority=Priority.BULK)
async def patient(work: Work, *, thing: UUID) -> None:
    """Work at length that nobody waits for."""
    begun.set()
    await asyncio.to_thread(go_on.wait, 20)
    ran.append(thing)


@actor("test.urgent", priority=Priority.PARENT_WAITS)
async def urgent(work: Work, *, thing: UUID) -> None:
    """Work a parent waits for."""
    ran.append(thing)


@pytest.fixture(autouse=True)
async def forget(runtime: Runtime) -> None:
    ran.clear()
    failing.clear()
    slow.clear()
    begun.clear()
    go_on.clear()
    # Relays and workers serve all tenants: what other tests have left would have its turn too.
    async with runtime.database.unscoped(Role.OWNER) as session:
        await session.execute(text("truncate outbox"))


async def rows(runtime: Runtime, tenant: TenantContext) -> list[OutboxJob]:
    async with runtime.database.tenant(tenant.id) as session:
        return list((await session.scalars(select(OutboxJob))).all())


async def lease_ends(runtime: Runtime, tenant: TenantContext) -> None:
    """Let the time pass for which told rows are not told again; it is the database's."""
    async with runtime.database.tenant(tenant.id) as session:
        await session.execute(update(OutboxJob).values(claimed_until=func.now() - outbox.LEASE))


async def enqueue_one(runtime: Runtime, tenant: TenantContext) -> UUID:
    thing = new_id()
    async with runtime.work(tenant) as work:
        await enqueue(work, note, thing=thing)
    return thing


async def test_job_runs_once_and_leaves_no_row(runtime: Runtime, tenant: TenantContext) -> None:
    thing = await enqueue_one(runtime, tenant)
    [row] = await rows(runtime, tenant)
    await perform(runtime, tenant.id, row.id)
    await perform(runtime, tenant.id, row.id)
    assert ran == [thing]
    assert await rows(runtime, tenant) == []


async def test_job_of_a_rolled_back_transaction_never_exists(runtime: Runtime, tenant: TenantContext) -> None:
    async def enqueue_and_fail() -> None:
        async with runtime.work(tenant) as work:
            await enqueue(work, note, thing=new_id())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await enqueue_and_fail()
    assert await rows(runtime, tenant) == []


async def test_same_work_waits_only_once(runtime: Runtime, tenant: TenantContext) -> None:
    thing = new_id()
    for _ in range(2):
        async with runtime.work(tenant) as work:
            await enqueue(work, note, thing=thing)
    assert len(await rows(runtime, tenant)) == 1


async def test_temporary_failure_is_put_off_as_asked(
    runtime: Runtime, tenant: TenantContext, clock: TravelClock
) -> None:
    await enqueue_one(runtime, tenant)
    failing.append(Temporary("busy", retry_after=600))
    [row] = await rows(runtime, tenant)
    await perform(runtime, tenant.id, row.id)
    [row] = await rows(runtime, tenant)
    assert (row.state, row.attempts, row.failure, row.failure_code) == ("waiting", 1, "temporary", "busy")
    assert row.available_at >= clock.now() + timedelta(seconds=600)


@pytest.mark.parametrize(
    ("error", "failure"),
    [(Configuration("MP-100", hint="h"), "configuration"), (Permanent("AVVIST"), "permanent")],
)
async def test_other_failures_are_parked(
    runtime: Runtime, tenant: TenantContext, error: Outcome, failure: str
) -> None:
    await enqueue_one(runtime, tenant)
    failing.append(error)
    [row] = await rows(runtime, tenant)
    await perform(runtime, tenant.id, row.id)
    [row] = await rows(runtime, tenant)
    assert (row.state, row.failure, row.failure_code) == ("parked", failure, error.code)


@pytest.mark.parametrize("error", [Conflict(), Unavailable()])
async def test_work_that_met_somebody_else_s_is_tried_again(
    runtime: Runtime, tenant: TenantContext, error: OpptakError
) -> None:
    await enqueue_one(runtime, tenant)
    failing.append(error)
    [row] = await rows(runtime, tenant)
    await perform(runtime, tenant.id, row.id)
    [row] = await rows(runtime, tenant)
    assert (row.state, row.attempts, row.failure_code) == ("waiting", 1, error.code)


async def test_bug_is_tried_again_and_then_parked(
    runtime: Runtime, tenant: TenantContext, clock: TravelClock
) -> None:
    await enqueue_one(runtime, tenant)
    failing.extend(KeyError("x") for _ in range(12))
    for _ in range(12):
        [row] = await rows(runtime, tenant)
        await perform(runtime, tenant.id, row.id)
        clock.travel(timedelta(hours=2))
    [row] = await rows(runtime, tenant)
    assert (row.state, row.attempts, row.failure, row.failure_code) == ("parked", 12, "bug", "KeyError")


async def test_relay_tells_of_due_rows_only_once_under_lease(
    runtime: Runtime, tenant: TenantContext, clock: TravelClock
) -> None:
    broker = make_broker("embedded:")
    assert isinstance(broker, StubBroker)
    for queue in ("urgent", "default", "bulk"):
        broker.declare_queue(queue)
    await enqueue_one(runtime, tenant)
    async with runtime.work(tenant) as work:
        await enqueue_at(work, note, work.now + 2 * outbox.LEASE, thing=new_id())

    relay = Relay(runtime, broker)

    async def told() -> int:
        await relay.tell()
        messages = [broker.queues["default"].get_nowait() for _ in range(broker.queues["default"].qsize())]
        return sum(str(tenant.id).encode() in message for message in messages)

    assert await told() == 1
    assert await told() == 0
    clock.travel(2 * outbox.LEASE)
    assert await told() == 1, "the row whose time has come"
    await lease_ends(runtime, tenant)
    assert await told() == 2


async def test_relay_may_read_no_table_but_its_own(runtime: Runtime) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with runtime.database.unscoped(Role.RELAY) as session:
            await session.execute(select(Person.id))


@pytest.fixture
async def process(runtime: Runtime) -> AsyncIterator[WorkerProcess]:
    inside = Runtime(runtime.settings, clock=runtime.clock, manager=runtime.manager)
    made = WorkerProcess(inside)
    made.start()
    yield made
    made.stop()


async def test_worker_process_does_what_is_enqueued(
    runtime: Runtime, tenant: TenantContext, process: WorkerProcess
) -> None:
    thing = await enqueue_one(runtime, tenant)
    await _done(runtime, tenant)
    assert ran == [thing]


async def test_relay_goes_on_after_the_database_was_away(
    runtime: Runtime, tenant: TenantContext, process: WorkerProcess
) -> None:
    await enqueue_one(runtime, tenant)
    await _done(runtime, tenant)
    async with runtime.database.unscoped(Role.RELAY) as session:
        mine = func.pg_backend_pid()
        everybody = select(func.pg_terminate_backend(column("pid"))).select_from(table("pg_stat_activity"))
        await session.execute(everybody.where(column("usename") == Role.RELAY, column("pid") != mine))
    await runtime.database.engine(Role.RELAY).dispose()
    await enqueue_one(runtime, tenant)
    await _done(runtime, tenant)
    assert len(ran) == 2


async def test_stopping_lets_a_running_job_end_on_open_connections(
    runtime: Runtime, tenant: TenantContext
) -> None:
    inside = Runtime(runtime.settings, clock=runtime.clock, manager=runtime.manager)
    slow.append(inside)
    made = WorkerProcess(inside)
    made.start()
    await enqueue_one(runtime, tenant)
    assert await asyncio.to_thread(begun.wait, 20)
    await asyncio.to_thread(made.stop)
    assert len(ran) == 1
    assert inside.http.is_closed
    assert await rows(runtime, tenant) == []


async def test_bulk_leaves_a_thread_to_what_a_parent_waits_for(
    runtime: Runtime, tenant: TenantContext
) -> None:
    settings = msgspec.structs.replace(runtime.settings, worker_threads=1)
    made = WorkerProcess(Runtime(settings, clock=runtime.clock, manager=runtime.manager))
    made.start()
    long = [new_id() for _ in range(3)]
    async with runtime.work(tenant) as work:
        await enqueue_all(work, patient, [{"thing": thing} for thing in long])
    assert await asyncio.to_thread(begun.wait, 20)
    waited_for = new_id()
    async with runtime.work(tenant) as work:
        await enqueue(work, urgent, thing=waited_for)
    async with asyncio.timeout(20):
        while not ran:  # noqa: ASYNC110 -- the worker is other threads
            await asyncio.sleep(0.02)
    assert ran == [waited_for]
    go_on.set()
    await _done(runtime, tenant)
    await asyncio.to_thread(made.stop)
    assert sorted(ran[1:]) == sorted(long)


async def _done(runtime: Runtime, tenant: TenantContext) -> None:
    async with asyncio.timeout(20):
        while await rows(runtime, tenant):  # noqa: ASYNC110 -- the worker is other threads
            await asyncio.sleep(0.02)
