"""What keeps an eye on the rest: stopped work, the log, plugins, and today's queue."""

import re
from collections.abc import Awaitable, Callable
from html import unescape

from opptak.admission.schemas import ApplicationView
from opptak.authz.actions import Role
from opptak.facilities.service import Facilities
from opptak.hooks.errors import Permanent
from opptak.kit.subject import SYSTEM
from tests.admin_ui.conftest import Employ
from tests.conftest import Drained
from tests.core.scene import Scene
from tests.fakes import FakeTown, kindergarten

Drain = Callable[[], Awaitable[Drained]]


async def applied(scene: Scene, *, priority: bool = False) -> ApplicationView:
    houses = await scene.houses(a=1)
    [sent] = await scene.apply(await scene.family(), houses["a"], priority=priority)
    return sent


async def test_work_that_stopped_is_shown_and_tried_again(
    scene: Scene, town: FakeTown, employ: Employ, drain: Drain
) -> None:
    worker = await employ(Role.CASE_WORKER)
    await worker.get("/staff/")
    town.failing = [Permanent("gone")]
    await worker.post("/staff/kindergartens/import")
    await drain()

    shown = (await worker.get("/staff/problems")).text
    assert "Hente barnehageregisteret" in shown
    assert "Tjenesten avviste kallet." in shown
    assert "1 jobb har stoppet" in (await worker.get("/staff/")).text

    [job] = re.findall(r'action="(/staff/problems/[^"]+)"', unescape(shown))
    await worker.follow(await worker.post(job))
    assert await drain() == ["facility.import"]
    assert "Ingenting har stoppet." in (await worker.get("/staff/problems")).text
    assert (await worker.post(job)).status_code == 404


async def test_log_is_searched_by_what_whom_and_when(scene: Scene, employ: Employ) -> None:
    sent = await applied(scene)
    worker = await employ(Role.CASE_WORKER, name="Anne Prøve")
    await worker.get(f"/staff/applications/{sent.id}")
    auditor = await employ(Role.AUDITOR, name="Cecilie Prøve")

    async def found(query: str) -> tuple[bool, bool]:
        rows = (await auditor.get(f"/staff/audit?{query}")).text.partition("<tbody")[2]
        return "Leste søknad" in rows, "Bekreftet plasser" in rows

    assert await found("") == (True, True)
    assert await found(f"target={sent.id}") == (True, False)
    assert await found(f"account={worker.person}") == (True, False)
    assert await found("action=capacity.write") == (False, True)
    assert await found("since-day=12&since-month=1&since-year=2027") == (False, False)
    assert await found("until-day=11&until-month=1&until-year=2027") == (True, True)
    assert await found("until-day=10&until-month=1&until-year=2027") == (False, False)
    assert await found("since-day=31&since-month=2&since-year=2027") == (True, True)
    assert await found(f"target={sent.case_number}") == (True, False)
    assert await found("target=moon") == (False, False)


async def test_filter_that_makes_no_sense_is_pointed_out(employ: Employ) -> None:
    auditor = await employ(Role.AUDITOR)

    page = (await auditor.get("/staff/audit?since-day=31&since-month=2&since-year=2027")).text

    assert 'href="#since"' in page
    assert 'value="31"' in page


async def test_looking_at_the_log_is_noted(employ: Employ) -> None:
    auditor = await employ(Role.AUDITOR, name="Cecilie Prøve")
    await auditor.get("/staff/audit")

    again = (await auditor.get("/staff/audit")).text

    assert "Leste loggen" in again.partition("<tbody")[2]


async def test_plugins_are_shown_with_the_next_step(employ: Employ) -> None:
    administrator = await employ(Role.ADMINISTRATOR)

    page = (await administrator.get("/staff/plugins")).text

    assert "I orden" in page
    assert "Ingenting trenger å gjøres." in page
    assert "Folkeregister" in page


async def test_today_counts_answers_and_says_what_to_do(scene: Scene, employ: Employ) -> None:
    await applied(scene, priority=True)
    worker = await employ(Role.CASE_WORKER)

    page = (await worker.get("/staff/")).text

    assert "Familiene er ikke invitert" in page
    assert "1 søknad venter på avgjørelse om prioritet" in page
    assert "Søknadsfrist" in page


async def test_leader_is_told_of_the_own_houses_places_alone(
    scene: Scene, town: FakeTown, employ: Employ
) -> None:
    town.facilities = {"a": kindergarten("a"), "b": kindergarten("b")}
    async with scene.work_as(SYSTEM) as work:
        await Facilities(work).import_register()
    await scene.round()
    houses = await scene.by_name()
    leader = await employ(Role.LEADER, house=houses["a"].facility_id)
    worker = await employ(Role.CASE_WORKER)

    assert "2 avdelinger har ikke bekreftet" in (await leader.get("/staff/")).text
    assert "4 avdelinger har ikke bekreftet" in (await worker.get("/staff/")).text
