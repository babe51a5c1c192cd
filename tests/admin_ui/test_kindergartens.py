"""Places of units, and the register of kindergartens."""

from collections.abc import Awaitable, Callable

import pytest

from opptak.authz.actions import Role
from opptak.facilities.schemas import ProgramView
from tests.admin_ui.colleague import Colleague
from tests.admin_ui.conftest import Employ
from tests.conftest import Drained
from tests.core.scene import Scene
from tests.fakes import FakeTown, kindergarten

Drain = Callable[[], Awaitable[Drained]]

AUGUST = {"valid_from_day": "1", "valid_from_month": "8", "valid_from_year": "2027"}


async def test_register_is_read_elsewhere_and_then_shown(
    town: FakeTown, employ: Employ, drain: Drain
) -> None:
    worker = await employ(Role.CASE_WORKER)
    town.facilities = {"1": kindergarten("1")}
    assert "Ikke hentet ennå." in (await worker.get("/staff/kindergartens")).text

    begun = await worker.follow(await worker.post("/staff/kindergartens/import"))
    assert "Hentes nå" in begun.text
    assert town.calls == []

    await drain()
    page = (await worker.get("/staff/kindergartens")).text
    assert "Sist hentet 11.\u00a0januar 2027, 10:00" in page
    assert "Barnehage 1" in page
    assert page.count("Forslag") == 2


async def test_places_taken_are_counted_by_unit(scene: Scene, employ: Employ) -> None:
    await scene.houses(a=3)
    await scene.placed((await scene.family()).child, "a")
    worker = await employ(Role.CASE_WORKER)

    page = (await worker.get("/staff/kindergartens")).text

    assert "1 av 3 plasser er opptatt." in page


async def test_closed_house_is_listed_apart(scene: Scene, employ: Employ) -> None:
    scene.town.facilities["z"] = kindergarten("z", active=False, name="Gamlehuset")
    await scene.houses(a=1)
    worker = await employ(Role.CASE_WORKER)

    page = (await worker.get("/staff/kindergartens")).text

    assert "Barnehager uten opptak" in page
    assert "Gamlehuset" in page


async def test_page_says_where_the_point_comes_from(scene: Scene, employ: Employ) -> None:
    houses = await scene.houses(a=1)
    worker = await employ(Role.CASE_WORKER)

    page = (await worker.get(f"/staff/kindergartens/{houses['a'].facility_id}")).text

    assert "69.7690, 21.0340 (fra registeret)" in page


class Unit:
    """A unit with its form open."""

    def __init__(self, worker: Colleague, program: ProgramView) -> None:
        self.worker = worker
        self.page = f"/staff/kindergartens/{program.facility_id}/units/{program.unit_id}"


@pytest.fixture
async def unit(scene: Scene, employ: Employ) -> Unit:
    houses = await scene.houses(a=2)
    made = Unit(await employ(Role.CASE_WORKER), houses["a"])
    await made.worker.get(made.page)
    return made


async def test_confirmed_places_are_shown(unit: Unit) -> None:
    shown = await unit.worker.follow(await unit.worker.post(unit.page, seats="12", **AUGUST))

    assert "Antall plasser er bekreftet" in shown.text
    assert "0 av 12 plasser er opptatt" in shown.text


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"seats": "many"}, "seats"),
        ({"seats": "-1"}, "seats"),
        ({"seats": "501"}, "seats"),
        ({"seats": "5", "valid_from_day": "31", "valid_from_month": "2"}, "valid_from"),
    ],
)
async def test_places_that_make_no_sense_are_refused(unit: Unit, fields: dict[str, str], wrong: str) -> None:
    refused = await unit.worker.post(unit.page, **{**AUGUST, **fields})

    assert refused.status_code == 422
    assert f'href="#{wrong}"' in refused.text
    assert f'value="{fields["seats"]}"' in refused.text
