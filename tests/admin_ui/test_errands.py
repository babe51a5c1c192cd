"""Long work that staff wait for: who may see it, how far it is, and where it leads."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from opptak.authz.actions import Role
from opptak.kit.subject import SYSTEM
from opptak.offers.service import Offers
from opptak.runtime import Runtime
from tests.admin_ui.colleague import Colleague
from tests.admin_ui.conftest import Employ
from tests.conftest import Drained, new_tenant
from tests.core.scene import Scene

Drain = Callable[[], Awaitable[Drained]]


@pytest.fixture
async def worker(scene: Scene, employ: Employ) -> Colleague:
    """A case worker after the deadline of a round with two families for one place."""
    houses = await scene.houses(a=1)
    for _ in range(2):
        await scene.apply(await scene.family(), houses["a"])
    await scene.close()
    return await employ(Role.CASE_WORKER, name="Anne Prøve")


async def ask(worker: Colleague) -> str:
    """Ask for a run; return the address of the errand."""
    await worker.get("/staff/round")
    asked = await worker.post("/staff/round/runs")
    assert asked.status_code == 303
    return asked.headers["location"]


async def test_errand_is_for_staff_who_see_the_round(
    worker: Colleague, stranger: Colleague, employ: Employ, runtime: Runtime
) -> None:
    errand = await ask(worker)
    outsider = await employ(Role.CASE_WORKER, at=await new_tenant(runtime))
    leader = await employ(Role.LEADER)

    for address in (errand, f"{errand}/events"):
        assert (await stranger.get(address)).status_code == 303
        assert (await outsider.get(address)).status_code == 404
        assert (await leader.get(address)).status_code == 403
    assert (await worker.get(errand)).status_code == 200


async def test_page_tells_where_it_stands_without_scripts(worker: Colleague, drain: Drain) -> None:
    errand = await ask(worker)

    waiting = await worker.read(errand)
    round_page = await worker.read("/staff/round")
    await drain()
    done = await worker.get(errand)

    assert "Plassene beregnes" in waiting
    assert "Venter på tur" in waiting
    assert "Vis hvordan det står nå" in waiting
    assert errand in round_page
    assert "Beregn plassene" not in round_page
    assert done.status_code == 303
    assert "Beregningen er ferdig" in (await worker.follow(done)).text


async def test_events_tell_the_end_and_close(worker: Colleague, drain: Drain) -> None:
    errand = await ask(worker)
    await drain()

    events = await worker.get(f"{errand}/events")

    assert events.headers["content-type"].startswith("text/event-stream")
    assert events.headers["x-accel-buffering"] == "no"
    assert "Ferdig" in events.text
    assert events.text.rstrip().endswith("event: ended\r\ndata:")
    [mark] = [line[4:] for line in events.text.splitlines() if line.startswith("id: ")]
    again = await worker.get(f"{errand}/events", **{"Last-Event-ID": mark})
    assert "Ferdig" not in again.text
    assert "event: ended" in again.text


async def test_pressing_twice_computes_once(worker: Colleague, drain: Drain) -> None:
    await worker.get("/staff/round")
    first, second = await asyncio.gather(*(worker.post("/staff/round/runs") for _ in range(2)))
    done = await drain()

    assert first.headers["location"] == second.headers["location"]
    assert list(done).count("errand.run") == 1
    assert "Beregning 2" not in await worker.read("/staff/round")


async def test_two_approvers_at_once_release_once(
    scene: Scene, worker: Colleague, employ: Employ, drain: Drain
) -> None:
    await ask(worker)
    await drain()
    round_page = await worker.read("/staff/round")
    run = "/staff/runs/" + round_page.partition("/staff/runs/")[2][:36]
    await worker.get(run)
    await worker.post(f"{run}/check")
    await drain()
    bjorn, cecilie = await employ(Role.APPROVER), await employ(Role.APPROVER)
    for approver in (bjorn, cecilie):
        await approver.get(f"{run}/release")

    asked = await asyncio.gather(*(one.post(f"{run}/release") for one in (bjorn, cecilie)))
    done = await drain()
    late = await cecilie.post(f"{run}/release")
    await drain()

    assert {answer.headers["location"] for answer in asked} == {asked[0].headers["location"]}
    assert list(done).count("errand.run") == 1
    assert (await cecilie.follow(late)).headers["location"] == run
    async with scene.work_as(SYSTEM) as work:
        sent = await Offers(work).answers_due((await scene.round()).id, within_days=1000)
    assert sent.soon + sent.overdue == 1


async def test_refused_errand_says_why_and_that_nothing_has_changed(
    scene: Scene, worker: Colleague, drain: Drain
) -> None:
    await ask(worker)
    await drain()
    run = "/staff/runs/" + (await worker.read("/staff/round")).partition("/staff/runs/")[2][:36]
    await scene.houses(a=2)
    await worker.get(run)
    asked = await worker.post(f"{run}/check")
    await drain()

    page = await worker.read(asked.headers["location"])

    assert "Ingenting er endret." in page
    assert "Beregn på nytt." in page
