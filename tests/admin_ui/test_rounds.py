"""The round: opened, told of to families, computed, and released by a second person."""

import json
from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

import pytest

from opptak.admission.schemas import RoundState
from opptak.allocation.service import Runs
from opptak.authz.actions import Role
from opptak.kit.subject import SYSTEM
from opptak.outreach.service import Outreach
from opptak_verifier import verify
from tests.admin_ui.colleague import Colleague
from tests.admin_ui.conftest import Employ
from tests.conftest import Drained
from tests.core.scene import AFTER_DEADLINE, Scene

Drain = Callable[[], Awaitable[Drained]]


async def state(scene: Scene) -> RoundState:
    return (await scene.round()).state


async def test_round_is_opened_from_the_municipalitys_settings(scene: Scene, employ: Employ) -> None:
    worker = await employ(Role.CASE_WORKER)
    assert "Åpne opptaket 2027" in (await worker.get("/staff/round")).text

    shown = await worker.follow(await worker.post("/staff/round/open", intake="2027"))

    assert "Søknadsfristen går ut" in shown.text
    assert (await worker.post("/staff/round/open", intake="1999")).status_code == 404


async def test_first_page_says_that_the_round_is_to_be_opened(scene: Scene, employ: Employ) -> None:
    worker, leader = await employ(Role.CASE_WORKER), await employ(Role.LEADER)

    asked, told = [(await one.get("/staff/")).text for one in (worker, leader)]

    assert "Opptaket er ikke åpnet" in asked
    assert "Du har ingenting å gjøre før opptaket er åpnet." in told
    for page in (asked, told):
        assert "Opptaket 2027 begynner" in page
        assert "Ingenting haster" not in page
    await scene.round()
    assert "Opptaket er ikke åpnet" not in (await worker.get("/staff/")).text


async def test_families_are_written_to_after_a_second_thought(
    scene: Scene, employ: Employ, drain: Drain
) -> None:
    await scene.houses(a=1)
    round_ = await scene.round()
    await scene.family()
    worker = await employ(Role.CASE_WORKER)

    assert "Det kan ikke angres" in (await worker.get("/staff/round/outreach")).text
    begun = await worker.follow(await worker.post("/staff/round/outreach"))
    assert "Finner barna" in begun.text
    assert 'data-events="/staff/round/outreach/events"' in begun.text

    await drain()
    async with scene.work_as(SYSTEM) as work:
        campaign = await Outreach(work).of_round(round_.id)
    assert campaign.found == 1
    assert "Alle er invitert" in (await worker.get("/staff/round")).text
    events = await worker.get("/staff/round/outreach/events")
    assert "event: ended" in events.text


async def test_events_of_the_letters_are_for_staff_who_see_the_round(
    scene: Scene, employ: Employ, stranger: Colleague
) -> None:
    await scene.round()
    events = "/staff/round/outreach/events"

    assert (await stranger.get(events)).status_code == 303
    assert (await (await employ(Role.LEADER)).get(events)).status_code == 403


async def test_nobody_is_written_to_after_the_deadline(scene: Scene, employ: Employ, drain: Drain) -> None:
    await scene.round()
    await scene.close()
    worker = await employ(Role.CASE_WORKER)

    page = (await worker.get("/staff/round")).text
    refused = await worker.post("/staff/round/outreach")

    assert "Fristen er ute, og ingen ble skrevet til." in page
    assert refused.status_code == 409
    assert "outreach.find" not in await drain()


async def test_round_is_closed_by_its_deadline_and_never_before(
    scene: Scene, employ: Employ, drain: Drain
) -> None:
    await scene.round()
    early = await employ(Role.CASE_WORKER)
    assert "Lukk opptaket nå" not in (await early.get("/staff/round")).text
    await early.post("/staff/round/close")
    await drain()
    assert await state(scene) is RoundState.OPEN

    scene.clock.travel_to(AFTER_DEADLINE)
    worker = await employ(Role.CASE_WORKER)
    assert "Lukk opptaket nå" in (await worker.get("/staff/round")).text
    await worker.post("/staff/round/close")
    await drain()
    assert await state(scene) is RoundState.CLOSED


async def test_run_before_the_deadline_is_a_rehearsal(scene: Scene, employ: Employ, drain: Drain) -> None:
    houses = await scene.houses(a=1)
    await scene.apply(await scene.family(), houses["a"])
    worker = await employ(Role.CASE_WORKER, Role.APPROVER)
    assert "dette er en prøve" in (await worker.get("/staff/round")).text

    run = await worker.get(await Office(worker, worker, houses["a"].unit_id, drain).compute())

    assert "Søknadsfristen er ikke ute." in run.text
    assert "Frigi …" not in run.text


class Office:
    """Three families for two places after the deadline, with a case worker and an approver at work."""

    def __init__(self, worker: Colleague, approver: Colleague, unit: UUID, drain: Drain) -> None:
        self.worker, self.approver, self.unit, self.drain = worker, approver, unit, drain

    async def compute(self) -> str:
        """Compute a run; return its page."""
        await self.worker.get("/staff/round")
        asked = await self.worker.post("/staff/round/runs")
        await self.drain()
        return (await self.worker.follow(asked)).headers["location"]

    async def check(self, run: str) -> None:
        """Make the checks."""
        await self.worker.get(run)
        await self.worker.follow(await self.worker.post(f"{run}/check"))
        await self.drain()


@pytest.fixture
async def office(scene: Scene, employ: Employ, drain: Drain) -> Office:
    houses = await scene.houses(a=1, b=1)
    for _ in range(3):
        await scene.apply(await scene.family(), houses["a"], houses["b"])
    await scene.close()
    worker = await employ(Role.CASE_WORKER, Role.APPROVER, name="Anne Prøve")
    approver = await employ(Role.APPROVER, name="Bjørn Prøve")
    return Office(worker, approver, houses["a"].unit_id, drain)


async def test_run_is_released_by_a_second_person(scene: Scene, office: Office, drain: Drain) -> None:
    run = await office.compute()
    await office.check(run)

    await office.approver.get(f"{run}/release")
    asked = await office.approver.post(f"{run}/release")
    done = await drain()
    shown = await office.approver.follow(await office.approver.follow(asked))

    assert "Resultatet er frigitt, og brevene er på vei" in shown.text
    assert "Bjørn Prøve" in shown.text
    assert await state(scene) is RoundState.RELEASED
    assert "run.announce" in done


async def test_who_computed_sees_why_somebody_else_must_release(office: Office) -> None:
    run = await office.compute()
    await office.check(run)

    page = (await office.worker.get(run)).text
    refused = await office.worker.post(f"{run}/release")

    assert "Du beregnet den selv." in page
    assert f'href="{run}/release"' not in page
    assert refused.status_code == 403


async def test_unchecked_run_is_not_released(scene: Scene, office: Office) -> None:
    run = await office.compute()

    page = (await office.approver.get(run)).text
    refused = await office.approver.post(f"{run}/release")

    assert "Sjekkene må kjøres først." in page
    assert refused.status_code == 409
    assert await state(scene) is RoundState.CLOSED


async def test_case_worker_alone_may_not_release(office: Office, employ: Employ) -> None:
    run = await office.compute()
    await office.check(run)
    other = await employ(Role.CASE_WORKER)

    assert "Du har ikke rollen som kan frigi." in (await other.get(run)).text
    assert (await other.get(f"{run}/release")).status_code == 403
    assert (await other.post(f"{run}/release")).status_code == 403


async def test_open_claim_that_decides_a_place_blocks_and_is_named(
    scene: Scene, employ: Employ, drain: Drain
) -> None:
    houses = await scene.houses(a=1)
    await scene.apply(await scene.family(date(2025, 1, 1)), houses["a"])
    [stated] = await scene.apply(await scene.family(date(2025, 6, 1)), houses["a"], priority=True)
    await scene.close()
    worker = await employ(Role.CASE_WORKER, Role.APPROVER)
    office = Office(worker, worker, houses["a"].unit_id, drain)
    run = await office.compute()
    await office.check(run)

    page = (await worker.get(run)).text
    named = (await worker.get(f"{run}/checks/open_claims")).text

    assert "1 sjekk stopper frigivelsen." in page
    assert stated.case_number in named
    assert (await worker.get(f"{run}/checks/nonsense")).status_code == 404


async def test_run_shows_what_changed_since_the_one_before(scene: Scene, office: Office) -> None:
    await office.compute()
    houses = await scene.by_name()
    page = f"/staff/kindergartens/{houses['a'].facility_id}/units/{houses['a'].unit_id}"
    await office.worker.get(page)
    await office.worker.post(
        page, seats="2", valid_from_day="11", valid_from_month="1", valid_from_year="2027"
    )

    second = (await office.worker.get(await office.compute())).text

    changes = "1 barn som ikke hadde plass, har fått en. 0 har mistet plassen. 1 har fått en annen plass."
    assert changes in second


async def test_run_lists_who_is_where(office: Office) -> None:
    run = await office.compute()

    unit = (await office.worker.get(f"{run}/units/{office.unit}")).text
    unplaced = (await office.worker.get(f"{run}/unplaced")).text

    assert "1 barn får plass" in unit
    assert "2 barn på venteliste" in unit
    assert "1 barn" in unplaced
    assert (await office.worker.get(f"{run}/units/{UUID(int=1)}")).status_code == 404


async def test_files_of_a_run_can_be_verified(scene: Scene, office: Office) -> None:
    run = await office.compute()

    instance = await office.worker.get(f"{run}/instance.json")
    result = await office.worker.get(f"{run}/result.json")

    assert instance.headers["content-disposition"] == 'attachment; filename="instance.json"'
    assert json.loads(instance.content)["format"] == "opptak-allocation/1"
    assert [check.code for check in verify(instance.content, result.content) if not check.passed] == []
    async with scene.work_as(SYSTEM) as work:
        stored = await Runs(work).files(UUID(run.rpartition("/")[2]))
    assert (instance.content, result.content) == stored
