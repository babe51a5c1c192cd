"""Rows of the outbox: wanted while being done, left by a killed worker, put off, parked."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from opptak.hooks.errors import Configuration, Resting, Temporary
from opptak.kit.claiming import Rotation
from opptak.kit.clock import TravelClock
from opptak.kit.db import Role
from opptak.kit.errors import Conflict
from opptak.kit.outbox import ECHO, OutboxJob
from opptak.runtime import Runtime
from opptak.settling import MOST_ATTEMPTS, perform, verdict
from opptak.tenancy.context import TenantContext, Work
from opptak.tenancy.jobs import Priority, actor, enqueue
from opptak.tenancy.problems import Problems
from opptak.tenancy.schedule import Periodic, enqueue_due, plan

seen: list[int] = []
failing: list[Exception] = []
inside = asyncio.Event()
go_on = asyncio.Event()


@actor("test.look", priority=Priority.BULK)
async def look(work: Work) -> None:
    """Note how many people there are, or fail, after a pause others may use."""
    inside.set()
    await go_on.wait()
    if failing:
        raise failing.pop(0)
    seen.append(len(seen))


@pytest.fixture(autouse=True)
def forget() -> None:
    seen.clear()
    failing.clear()
    inside.clear()
    go_on.set()


async def rows(runtime: Runtime, tenant: TenantContext) -> list[OutboxJob]:
    async with runtime.database.tenant(tenant.id) as session:
        found = select(OutboxJob).where(OutboxJob.actor == "test.look").order_by(OutboxJob.id)
        return list((await session.scalars(found)).all())


async def want(runtime: Runtime, tenant: TenantContext) -> UUID:
    async with runtime.work(tenant) as work:
        await enqueue(work, look)
    return (await rows(runtime, tenant))[-1].id


async def lease_ends(runtime: Runtime, tenant: TenantContext) -> None:
    async with runtime.database.tenant(tenant.id) as session:
        await session.execute(update(OutboxJob).values(claimed_until=func.now()))


async def told(runtime: Runtime, tenant: TenantContext) -> list[UUID]:
    async with runtime.database.unscoped(Role.RELAY) as session:
        claimed = await Rotation().claim(session, Priority.BULK, now=runtime.clock.now())
    return [pointer.job for pointer in claimed if pointer.tenant == tenant.id]


async def begun(runtime: Runtime, tenant: TenantContext, job: UUID) -> asyncio.Task[None]:
    """Have a worker stand in the middle of a job."""
    go_on.clear()
    inside.clear()
    task = asyncio.create_task(perform(runtime, tenant.id, job))
    await asyncio.wait_for(inside.wait(), 10)
    return task


async def test_work_wanted_while_it_is_being_done_is_done_again(
    runtime: Runtime, tenant: TenantContext
) -> None:
    first = await want(runtime, tenant)
    doing = await begun(runtime, tenant, first)
    again = await want(runtime, tenant)
    assert again != first
    assert await want(runtime, tenant) == again, "what waits has seen nothing yet: once is enough"

    await perform(runtime, tenant.id, again)
    assert [row.state for row in await rows(runtime, tenant)] == ["begun", "waiting"], "not both at once"

    go_on.set()
    await doing
    await perform(runtime, tenant.id, again)
    assert seen == [0, 1]
    assert await rows(runtime, tenant) == []


async def test_work_is_not_begun_before_all_who_want_it_have_committed(
    runtime: Runtime, tenant: TenantContext
) -> None:
    job = await want(runtime, tenant)
    async with runtime.work(tenant) as late:
        await enqueue(late, look)
        await perform(runtime, tenant.id, job)
        assert seen == []
    await perform(runtime, tenant.id, job)
    assert seen == [0]


async def test_work_told_twice_is_done_once(runtime: Runtime, tenant: TenantContext) -> None:
    job = await want(runtime, tenant)
    doing = await begun(runtime, tenant, job)
    await perform(runtime, tenant.id, job)
    go_on.set()
    await doing
    assert seen == [0]


async def test_work_is_not_begun_under_another_tenant_s_name(
    runtime: Runtime, tenant: TenantContext, other_tenant: TenantContext
) -> None:
    job = await want(runtime, tenant)
    await perform(runtime, other_tenant.id, job)
    [row] = await rows(runtime, tenant)
    assert (row.state, row.attempts, row.claimed_until) == ("waiting", 0, None)
    assert seen == []


async def test_job_of_a_killed_worker_is_done_by_another(runtime: Runtime, tenant: TenantContext) -> None:
    job = await want(runtime, tenant)
    doing = await begun(runtime, tenant, job)
    doing.cancel()
    await asyncio.gather(doing, return_exceptions=True)
    [row] = await rows(runtime, tenant)
    assert (row.state, row.attempts) == ("begun", 1)
    assert await told(runtime, tenant) == []

    go_on.set()
    await lease_ends(runtime, tenant)
    assert await told(runtime, tenant) == [job]
    await perform(runtime, tenant.id, job)
    assert seen == [0]
    assert await rows(runtime, tenant) == []


async def test_lost_hand_over_is_not_done_again_before_it_could_be_found(
    runtime: Runtime, tenant: TenantContext, clock: TravelClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "echoes", True)
    job = await want(runtime, tenant)
    doing = await begun(runtime, tenant, job)
    doing.cancel()
    await asyncio.gather(doing, return_exceptions=True)
    go_on.set()
    await lease_ends(runtime, tenant)

    assert await told(runtime, tenant) == []
    await perform(runtime, tenant.id, job)
    assert seen == []
    clock.travel(ECHO)
    assert await told(runtime, tenant) == [job]
    await perform(runtime, tenant.id, job)
    assert seen == [0]


async def test_job_that_ends_every_worker_is_parked(runtime: Runtime, tenant: TenantContext) -> None:
    job = await want(runtime, tenant)
    for _ in range(MOST_ATTEMPTS):
        doing = await begun(runtime, tenant, job)
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        await lease_ends(runtime, tenant)
    await perform(runtime, tenant.id, job)
    [row] = await rows(runtime, tenant)
    assert (row.state, row.failure, row.failure_code) == ("parked", "bug", "WorkerLost")
    assert seen == []


async def test_failed_work_that_is_wanted_anew_waits_once_and_knows_of_its_failure(
    runtime: Runtime, tenant: TenantContext, clock: TravelClock
) -> None:
    job = await want(runtime, tenant)
    failing.append(Temporary("busy", retry_after=100))
    doing = await begun(runtime, tenant, job)
    again = await want(runtime, tenant)
    go_on.set()
    await doing
    [row] = await rows(runtime, tenant)
    assert (row.id, row.state, row.attempts, row.failure_code) == (again, "waiting", 1, "busy")
    assert row.available_at >= clock.now() + timedelta(seconds=100)


async def test_parked_work_stands_in_nobodys_way_and_goes_when_it_has_been_done(
    runtime: Runtime, tenant: TenantContext
) -> None:
    for _ in range(2):
        failing.append(Configuration("key"))
        await perform(runtime, tenant.id, await want(runtime, tenant))
        assert [row.state for row in await rows(runtime, tenant)] == ["parked"], "one, however often"
    await want(runtime, tenant)
    waiting = next(row for row in await rows(runtime, tenant) if row.state == "waiting")
    await perform(runtime, tenant.id, waiting.id)
    assert seen == [0]
    assert await rows(runtime, tenant) == []


async def test_parked_work_tried_again_while_somebody_puts_the_same_waits_once(
    runtime: Runtime, tenant: TenantContext
) -> None:
    failing.append(Configuration("key"))
    parked = await want(runtime, tenant)
    await perform(runtime, tenant.id, parked)

    async def retry() -> int:
        async with runtime.work(tenant) as work:
            return await Problems(work).retry([parked])

    async with runtime.work(tenant) as putting:
        await enqueue(putting, look)
        retrying = asyncio.create_task(retry())
        await asyncio.wait({retrying}, timeout=0.1)
    assert await retrying == 1
    [row] = await rows(runtime, tenant)
    assert (row.state, row.attempts) == ("waiting", 0)


async def test_work_tried_again_is_the_same_piece_of_work(runtime: Runtime, tenant: TenantContext) -> None:
    failing.append(Configuration("key"))
    parked = await want(runtime, tenant)
    await perform(runtime, tenant.id, parked)
    [before] = await rows(runtime, tenant)
    async with runtime.work(tenant) as work:
        await Problems(work).retry([parked])
    [row] = await rows(runtime, tenant)
    assert (row.id, row.created_at, row.priority) == (before.id, before.created_at, before.priority)
    assert (row.state, row.attempts, row.failure) == ("waiting", 0, None)


async def test_periodic_work_goes_on_after_a_run_that_was_parked(
    runtime: Runtime, tenant: TenantContext, clock: TravelClock
) -> None:
    periodic = [Periodic("test.look", look, timedelta(minutes=5))]

    async def period() -> list[str]:
        async with runtime.database.unscoped(Role.RELAY) as session:
            await plan(session, periodic, now=clock.now())
            await enqueue_due(session, periodic, now=clock.now())
        return [row.state for row in await rows(runtime, tenant)]

    assert await period() == ["waiting"]
    failing.append(Configuration("key"))
    [row] = await rows(runtime, tenant)
    await perform(runtime, tenant.id, row.id)
    clock.travel(timedelta(minutes=6))
    assert sorted(await period()) == ["parked", "waiting"]


async def test_work_put_off_is_not_begun_before_its_time(
    runtime: Runtime, tenant: TenantContext, clock: TravelClock
) -> None:
    job = await want(runtime, tenant)
    failing.append(Temporary("busy", retry_after=100))
    for _ in range(2):
        await perform(runtime, tenant.id, job)
    assert seen == []
    clock.travel(timedelta(seconds=200))
    await perform(runtime, tenant.id, job)
    assert seen == [0]


@pytest.mark.parametrize("asked", [1.0, 30.0, 3600.0, 10.0**9])
def test_never_sooner_than_asked_nor_much_later(asked: float, clock: TravelClock) -> None:
    now = clock.now()
    for _ in range(50):
        change = verdict(Temporary("busy", retry_after=asked), attempts=1, now=now)
        pause = change["available_at"] - now  # type: ignore[operator]
        least = min(asked, timedelta(days=1).total_seconds())
        assert least <= pause.total_seconds() <= max(least * 1.25, 6.25)


def test_pauses_grow_and_differ(clock: TravelClock) -> None:
    now = clock.now()
    pauses = [
        verdict(Temporary("busy"), attempts=attempts, now=now)["available_at"] for attempts in range(1, 12)
    ]
    assert pauses[0] < pauses[5] < pauses[9]  # type: ignore[operator]
    assert len({str(verdict(Temporary("x"), attempts=9, now=now)["available_at"]) for _ in range(20)}) > 1


def test_conflicts_are_tried_again_sooner_than_services(clock: TravelClock) -> None:
    now = clock.now()
    conflict = verdict(Conflict(), attempts=1, now=now)["available_at"]
    assert conflict < verdict(Temporary("busy"), attempts=1, now=now)["available_at"]  # type: ignore[operator]


def test_a_temporary_failure_is_parked_in_the_end_but_not_while_the_service_rests(
    clock: TravelClock,
) -> None:
    last = {"attempts": MOST_ATTEMPTS, "now": clock.now()}
    assert verdict(Temporary("busy"), **last)["state"] == "parked"  # type: ignore[arg-type]
    resting = verdict(Resting("resting"), **last)  # type: ignore[arg-type]
    assert (resting["state"], resting["attempts"], resting["failure"]) == ("waiting", 11, "temporary")
