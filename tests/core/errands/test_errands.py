"""Errands: asked for once, done by who asked, seen while they are done, and ending in words."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete
from tests.core.scene import Drain

from opptak.authz.actions import Action, Role
from opptak.errands import kinds as registered
from opptak.errands.kinds import Call, Kind
from opptak.errands.pulse import watched
from opptak.errands.schemas import ErrandState, ErrandView, Report
from opptak.errands.service import Errands
from opptak.hooks.errors import Permanent, Temporary
from opptak.identity.staff import Staff
from opptak.kit.clock import TravelClock
from opptak.kit.errors import Conflict, NotFound
from opptak.kit.ids import new_id
from opptak.kit.outbox import OutboxJob
from opptak.kit.subject import SYSTEM, Space, Subject
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext, Work

WorkAs = Callable[[Subject], AbstractAsyncContextManager[Work]]
Register = Callable[[Call], Kind]


class Stopped(Conflict):
    """What an errand of these tests may not do."""

    code = "tests.stopped"


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    """Register a kind for one test."""

    def made(call: Call) -> Kind:
        kind = Kind(name="test.errand", starts=Action.RUN_COMPUTE, reads=Action.ROUND_READ, call=call)
        monkeypatch.setitem(registered._registry, kind.name, kind)
        return kind

    return made


@pytest.fixture
async def worker(work_as: WorkAs) -> Subject:
    """A case worker with an account."""
    async with work_as(SYSTEM) as work:
        account = await Staff(work).add(
            email=f"{new_id().hex}@kommune.example", name="Anne Prøve", roles=[Role.CASE_WORKER]
        )
    return Subject(space=Space.STAFF, id=account, roles=frozenset({Role.CASE_WORKER}))


async def nothing(work: Work, target: UUID, report: Report) -> UUID:
    """Do nothing, about anything."""
    del work, report
    return target


async def ask(work_as: WorkAs, who: Subject, kind: Kind, target: UUID) -> UUID:
    """Ask for an errand."""
    async with work_as(who) as work:
        return await Errands(work).ask(kind, target)


async def seen(work_as: WorkAs, errand: UUID, who: Subject = SYSTEM) -> ErrandView:
    """Look at an errand."""
    async with work_as(who) as work:
        return await Errands(work).get(errand)


async def test_errand_is_for_those_who_may_read_what_it_is_about(
    work_as: WorkAs, worker: Subject, register: Register, runtime: Runtime, other_tenant: TenantContext
) -> None:
    errand = await ask(work_as, worker, register(nothing), new_id())
    nobody = Subject(space=Space.STAFF)
    leader = Subject(space=Space.STAFF, id=new_id(), roles=frozenset({Role.LEADER}))
    parent = Subject(space=Space.PARENTS, id=new_id(), roles=frozenset({Role.GUARDIAN}))

    for somebody in (nobody, leader, parent):
        with pytest.raises(NotFound):
            await seen(work_as, errand, somebody)
    async with runtime.work(other_tenant, worker) as work:
        with pytest.raises(NotFound):
            await Errands(work).get(errand)
    assert (await seen(work_as, errand, worker)).state is ErrandState.WAITING


async def test_asked_twice_at_once_is_one_errand(
    work_as: WorkAs, worker: Subject, register: Register, drain: Drain
) -> None:
    calls: list[UUID] = []

    async def counted(work: Work, target: UUID, report: Report) -> UUID:
        calls.append(target)
        return target

    kind, target = register(counted), new_id()
    first, second = await asyncio.gather(*(ask(work_as, worker, kind, target) for _ in range(2)))
    await drain()
    again = await ask(work_as, worker, kind, target)

    assert first == second
    assert calls == [target]
    assert again != first


async def test_errand_is_done_by_who_asked_for_it(
    work_as: WorkAs, worker: Subject, register: Register, drain: Drain
) -> None:
    who: list[Subject] = []

    async def noted(work: Work, target: UUID, report: Report) -> UUID:
        who.append(work.subject)
        return target

    target = new_id()
    errand = await ask(work_as, worker, register(noted), target)
    await drain()

    [subject] = who
    assert (subject.space, subject.id, subject.roles) == (worker.space, worker.id, worker.roles)
    found = await seen(work_as, errand)
    assert (found.state, found.outcome_id, found.ended) == (ErrandState.DONE, target, True)


async def test_who_may_not_any_more_when_the_turn_comes_is_refused(
    work_as: WorkAs, register: Register, drain: Drain
) -> None:
    async with work_as(SYSTEM) as work:
        account = await Staff(work).add(email="leader@kommune.example", name="Anne", roles=[Role.LEADER])
    then = Subject(space=Space.STAFF, id=account, roles=frozenset({Role.CASE_WORKER}))
    errand = await ask(work_as, then, register(nothing), new_id())
    await drain()

    found = await seen(work_as, errand)
    assert (found.state, found.refusal) == (ErrandState.REFUSED, "not_allowed")


async def test_how_far_it_is_is_seen_before_it_is_done(
    work_as: WorkAs, worker: Subject, register: Register, drain: Drain
) -> None:
    told: list[ErrandView] = []

    async def telling(work: Work, target: UUID, report: Report) -> UUID:
        await report("weighing", 3, 7)
        told.append(await seen(work_as, errand))
        return target

    kind = register(telling)
    errand = await ask(work_as, worker, kind, new_id())
    await drain()

    [half] = told
    assert (half.state, half.phase, half.done, half.total) == (ErrandState.RUNNING, "weighing", 3, 7)


async def test_refused_errand_changes_nothing_and_says_why(
    work_as: WorkAs, worker: Subject, register: Register, drain: Drain
) -> None:
    async def refused(work: Work, target: UUID, report: Report) -> UUID:
        await Staff(work).add(email="half@kommune.example", name="Halv", roles=[])
        raise Stopped(count=2)

    errand = await ask(work_as, worker, register(refused), new_id())
    assert (await drain()).failures == []

    found = await seen(work_as, errand)
    assert (found.state, found.refusal, found.refusal_params) == (
        ErrandState.REFUSED,
        "tests.stopped",
        {"count": 2},
    )
    async with work_as(SYSTEM) as work:
        assert "Halv" not in (await Staff(work).names()).values()


async def test_errand_whose_service_is_away_is_put_off_and_done_later(
    work_as: WorkAs, worker: Subject, register: Register, drain: Drain, clock: TravelClock
) -> None:
    answers = iter([Temporary("away"), None])

    async def trying(work: Work, target: UUID, report: Report) -> UUID:
        if (wrong := next(answers)) is not None:
            raise wrong
        return target

    errand = await ask(work_as, worker, register(trying), new_id())
    await drain()
    off = await seen(work_as, errand)
    clock.travel_to(clock.now() + timedelta(minutes=10))
    await drain()

    assert off.state is ErrandState.PUT_OFF
    assert off.again_at is not None
    assert (await seen(work_as, errand)).state is ErrandState.DONE


async def test_errand_that_needs_somebody_says_it_has_stopped(
    work_as: WorkAs, worker: Subject, register: Register, drain: Drain
) -> None:
    async def broken(work: Work, target: UUID, report: Report) -> UUID:
        raise Permanent("tests.broken")

    kind, target = register(broken), new_id()
    errand = await ask(work_as, worker, kind, target)
    await drain()

    assert (await seen(work_as, errand)).state is ErrandState.STOPPED
    assert await ask(work_as, worker, kind, target) == errand


async def test_errand_taken_away_can_be_asked_for_again(
    work_as: WorkAs, worker: Subject, register: Register, drain: Drain
) -> None:
    kind, target = register(nothing), new_id()
    errand = await ask(work_as, worker, kind, target)
    async with work_as(SYSTEM) as work:
        await work.session.execute(delete(OutboxJob).where(OutboxJob.id == errand))
    assert (await seen(work_as, errand)).state is ErrandState.DROPPED

    again = await ask(work_as, worker, kind, target)
    await drain()

    assert (await seen(work_as, again)).state is ErrandState.DONE
    assert (await seen(work_as, errand)).state is ErrandState.DROPPED


async def test_open_errands_are_listed_until_they_end(
    work_as: WorkAs, worker: Subject, register: Register, drain: Drain
) -> None:
    kind, target = register(nothing), new_id()
    errand = await ask(work_as, worker, kind, target)
    async with work_as(worker) as work:
        waiting = await Errands(work).open([kind], target)
    await drain()
    async with work_as(worker) as work:
        left = await Errands(work).open([kind], target)

    assert [one.id for one in waiting] == [errand]
    assert left == []


async def test_busy_work_is_watched_from_outside() -> None:
    told: list[tuple[str, int, int]] = []

    async def report(phase: str, done: int = 0, total: int = 0) -> None:
        told.append((phase, done, total))

    def busy(step: Callable[[], None]) -> str:
        step()
        return "done"

    waiting: Awaitable[str] = watched(report, "weighing", busy, total=1)
    assert await waiting == "done"
    assert told[0] == ("weighing", 0, 1)
