"""Decisions by hand on the pages: what one changes, its reason, and runs that are locked."""

import html
import re

import pytest

from opptak.admission.schemas import ApplicationView
from opptak.allocation.service import Runs
from opptak.authz.actions import Role
from opptak.facilities.service import Facilities
from tests.admin_ui.colleague import Colleague
from tests.admin_ui.conftest import Employ
from tests.core.scene import SMALL, Scene, staff

Two = tuple[ApplicationView, ApplicationView]


@pytest.fixture
async def rivals(scene: Scene) -> Two:
    """Two families who apply for one place, the one who gets it first, after the deadline."""
    houses = await scene.houses(a=1)
    [elder] = await scene.apply(await scene.family(SMALL.replace(month=1)), houses["a"])
    [younger] = await scene.apply(await scene.family(), houses["a"])
    await scene.close()
    return elder, younger


@pytest.fixture
async def worker(rivals: Two, employ: Employ) -> Colleague:
    return await employ(Role.CASE_WORKER)


async def unit_of(scene: Scene) -> str:
    return str((await scene.by_name())["a"].unit_id)


async def test_only_case_workers_decide_by_hand(rivals: Two, employ: Employ, stranger: Colleague) -> None:
    page = f"/staff/applications/{rivals[1].id}/ruling"
    assert (await stranger.get(page)).status_code in (302, 303, 401, 403)
    for role in (Role.APPROVER, Role.LEADER, Role.AUDITOR):
        assert (await (await employ(role)).get(page)).status_code == 403


async def test_effect_on_others_is_shown_before_the_reason_is_asked(
    scene: Scene, rivals: Two, worker: Colleague
) -> None:
    page, unit = f"/staff/applications/{rivals[1].id}/ruling", await unit_of(scene)
    assert f'value="{unit}"' in (await worker.get(page)).text
    shown = (await worker.get(f"{page}?unit={unit}&kind=pinned")).text
    assert "2 barn får en annen plass" in shown
    assert all(each.case_number in shown for each in rivals)
    assert "Ingenting er avgjort" in (await worker.get("/staff/rulings")).text

    await worker.get(page)
    refused = await worker.post(page, unit=unit, kind="pinned", reason="")
    assert refused.status_code == 422
    assert "Skriv en begrunnelse" in refused.text
    stored = await worker.follow(await worker.post(page, unit=unit, kind="pinned", reason="Særlig avtale"))
    assert "Særlig avtale" in stored.text
    assert rivals[1].case_number in stored.text


async def test_decision_is_taken_back(scene: Scene, rivals: Two, worker: Colleague) -> None:
    page, unit = f"/staff/applications/{rivals[1].id}/ruling", await unit_of(scene)
    await worker.get(page)
    stored = await worker.follow(await worker.post(page, unit=unit, kind="blocked", reason="Avtale"))
    [lift] = re.findall(r"/staff/rulings/(\S+/lift)", html.unescape(stored.text))
    gone = await worker.follow(await worker.post(f"/staff/rulings/{lift}"))
    assert "Ingenting er avgjort" in gone.text


async def test_released_run_is_locked_for_a_reason_and_unlocked(
    scene: Scene, rivals: Two, worker: Colleague
) -> None:
    run = await scene.release()
    page = f"/staff/runs/{run.id}"
    assert f"{page}/freeze" in html.unescape((await worker.get(page)).text)
    await worker.get(f"{page}/freeze")
    assert (await worker.post(f"{page}/freeze", reason="")).status_code == 422
    locked = await worker.follow(await worker.post(f"{page}/freeze", reason="Klage 12/27"))
    assert "Klage 12/27" in html.unescape(locked.text)
    thawed = await worker.follow(await worker.post(f"{page}/thaw"))
    assert "Klage 12/27" not in html.unescape(thawed.text)


async def test_what_differs_from_the_run_before_is_shown_child_by_child(
    scene: Scene, rivals: Two, worker: Colleague
) -> None:
    await scene.release()
    unit, round_ = (await scene.by_name())["a"].unit_id, await scene.round()
    async with scene.work_as(staff(Role.CASE_WORKER)) as work:
        await Facilities(work).confirm_capacity(unit, seats=2, valid_from=work.tenant.today())
        run = await Runs(work).compute(round_.id)
    changed = (await worker.get(f"/staff/runs/{run.id}/changes")).text
    assert rivals[1].case_number in changed


async def test_what_is_published_can_be_fetched_once_it_is_released(
    scene: Scene, rivals: Two, worker: Colleague
) -> None:
    run = await scene.release()
    found = await worker.get(f"/staff/runs/{run.id}/published.zip")
    assert (found.status_code, found.content[:2]) == (200, b"PK")
