"""What everybody may read."""

from datetime import UTC, datetime

import msgspec
import pytest

from opptak.facilities.service import Facilities
from opptak.hooks.types import FacilityKind
from opptak.kit.ids import new_id
from opptak.kit.subject import SYSTEM
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from tests.core.scene import Scene
from tests.counting import counted
from tests.fakes import FakeTown, kindergarten
from tests.portal.visitor import Visitor


@pytest.mark.parametrize("path", ["/", "/contact", "/privacy", "/accessibility"])
async def test_page_for_everybody_needs_no_query(stranger: Visitor, runtime: Runtime, path: str) -> None:
    await stranger.get(path)
    with counted(runtime) as statements:
        page = await stranger.get(path)

    assert page.status_code == 200
    assert statements == []


async def test_front_page_tells_the_deadline(stranger: Visitor) -> None:
    page = await stranger.read("/")

    assert "Svar senest mandag 1.\u00a0mars 2027." in page
    assert "49 dager igjen" in page
    assert 'href="/children"' in page
    assert "Søknaden er allerede fylt ut for deg." in page


async def test_front_page_says_that_one_may_use_an_equal_language(
    stranger: Visitor, runtime: Runtime, tenant: TenantContext
) -> None:
    equal = msgspec.structs.replace(tenant.document, equal_languages=("se",))
    await runtime.catalogue.apply(equal, author="test")

    assert "Du har rett til å bruke samisk hos oss" in await stranger.read("/")


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2027, 1, 10, 12, tzinfo=UTC), "Søknaden åpner mandag 11.\u00a0januar 2027."),
        (datetime(2027, 3, 1, 22, 59, tzinfo=UTC), "Siste dag i dag"),
        (datetime(2027, 3, 1, 23, 1, tzinfo=UTC), "Søknadsfristen var 1.\u00a0mars 2027."),
    ],
)
async def test_front_page_keeps_to_the_municipalitys_own_clock(
    stranger: Visitor, scene: Scene, moment: datetime, said: str
) -> None:
    scene.clock.travel_to(moment)

    assert said in await stranger.read("/")


async def test_kindergartens_tell_what_parents_compare(
    stranger: Visitor, scene: Scene, town: FakeTown
) -> None:
    houses = await scene.houses(a=1, s=1)
    town.facilities["s"] = kindergarten(
        "s", name="Sørkjosen barnehage", opens_at="07:00", closes_at="16:30", meals_minor=25_000
    )
    async with scene.work_as(SYSTEM) as work:
        await Facilities(work).import_register()

    listed = await stranger.read("/kindergartens")
    page = await stranger.read(f"/kindergartens/{houses['s'].facility_id}")

    assert listed.index("Barnehage a") < listed.index("Sørkjosen barnehage")
    assert "Åpent 07:00–16:30" in listed
    assert "250" in listed
    assert "Kommunal barnehage" in page


async def test_open_kindergarten_is_not_one_to_apply_to(
    stranger: Visitor, scene: Scene, town: FakeTown
) -> None:
    town.facilities["o"] = kindergarten("o", name="Åpen barnehage", kind=FacilityKind.OPEN)
    await scene.houses(a=1)

    assert "Åpen barnehage" not in await stranger.read("/kindergartens")


async def test_unknown_kindergarten_is_not_found(stranger: Visitor) -> None:
    assert (await stranger.get(f"/kindergartens/{new_id()}")).status_code == 404
    assert (await stranger.get("/kindergartens/nonsense")).status_code == 404


async def test_page_is_in_the_language_that_was_chosen(stranger: Visitor) -> None:
    await stranger.get("/?language=se")

    page = await stranger.read("/")

    assert '<html lang="se"' in page
    assert "Čálihastte sisa ja vástit" in page
    assert "Ráissa suohkan" in page
