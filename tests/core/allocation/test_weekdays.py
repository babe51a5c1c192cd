"""Places given out by weekday: from a unit's week to offers, placements and what is passed on."""

from datetime import date

import msgspec
import pytest
from sqlalchemy import select
from tests.core.scene import Drain, Household, Scene, answers, staff
from tests.documents import nordreisa

from opptak.admission.schemas import ApplicationView
from opptak.admission.service import Applications
from opptak.authz.actions import Role
from opptak.documents.models import Letter
from opptak.documents.schemas import LetterKind
from opptak.facilities.schemas import ProgramView
from opptak.facilities.service import Facilities
from opptak.kit.clock import TravelClock
from opptak.kit.errors import Invalid
from opptak.kit.ids import new_id
from opptak.kit.subject import SYSTEM
from opptak.offers.service import Offers
from opptak.placements.service import Placements
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext

ELDER, MIDDLE, YOUNGER = date(2025, 1, 1), date(2025, 3, 1), date(2025, 6, 1)
WORKER = staff(Role.CASE_WORKER)


@pytest.fixture
async def tenant(runtime: Runtime, clock: TravelClock) -> TenantContext:
    """A municipality that gives places out by weekday."""
    document = nordreisa(slug=f"t{new_id().hex[-12:]}")
    criteria = tuple(msgspec.structs.replace(one, algorithm="fit") for one in document.criteria)
    await runtime.catalogue.apply(msgspec.structs.replace(document, criteria=criteria), author="test")
    made = await runtime.tenants.by_slug(document.slug)
    assert made is not None
    return made


async def apply(
    scene: Scene, born_on: date, unit: ProgramView, days: int
) -> tuple[Household, ApplicationView]:
    """Let a new family ask for a number of days."""
    household = await scene.family(born_on)
    [drafted] = await scene.draft(household)
    asked = msgspec.structs.replace(answers(unit), days_per_week=days)
    async with scene.work_as(household.parent) as work:
        return household, await Applications(work).submit(drafted.id, asked, version=drafted.version)


async def test_unit_has_places_by_weekday(scene: Scene) -> None:
    unit = (await scene.houses(a=1))["a"]
    async with scene.work_as(WORKER) as work:
        week, today = (2, 2, 3, 1, 1), work.tenant.today()
        await Facilities(work).confirm_capacity(unit.unit_id, seats=0, valid_from=today, by_weekday=week)
    found = (await scene.by_name())["a"]
    assert (found.seats, found.by_weekday, found.week) == (3, week, week)
    async with scene.work_as(WORKER) as work:
        with pytest.raises(Invalid):
            await Facilities(work).confirm_capacity(
                unit.unit_id, seats=0, valid_from=today, by_weekday=(501, 1, 1, 1, 1)
            )


async def test_two_share_a_place_over_the_week_and_its_days_are_passed_on(scene: Scene, drain: Drain) -> None:
    unit = (await scene.houses(a=1))["a"]
    first, one = await apply(scene, ELDER, unit, 2)
    _, two = await apply(scene, MIDDLE, unit, 3)
    _, three = await apply(scene, YOUNGER, unit, 2)
    await scene.close()
    await scene.release()
    assert [(await scene.offer(given)).weekdays for given in (one, two)] == [(0, 1), (2, 3, 4)]
    assert await scene.offers(three) == []
    async with scene.work_as(first.parent) as work:
        await Offers(work).decline((await scene.offer(one)).id)
    assert (await drain()).failures == []
    async with scene.work_as(SYSTEM) as work:
        wanted = select(Letter.content).where(
            Letter.application_id == two.id, Letter.kind == LetterKind.OFFER
        )
        letters = (await work.session.scalars(wanted)).all()
    assert [letter["weekdays"] for letter in letters] == [[2, 3, 4]]
    passed_on = await scene.offer(three)
    assert (passed_on.weekdays, passed_on.days_per_week) == ((0, 1), 2)


async def test_accepted_days_are_those_of_the_placement(scene: Scene) -> None:
    unit = (await scene.houses(a=1))["a"]
    family, sent = await apply(scene, ELDER, unit, 3)
    await scene.close()
    await scene.release()
    async with scene.work_as(family.parent) as work:
        await Offers(work).accept((await scene.offer(sent)).id)
    async with scene.work_as(SYSTEM) as work:
        [held] = (await Placements(work).held_by([family.child], date(2027, 9, 1))).values()
        taken = await Placements(work).occupied(date(2027, 9, 1))
    assert held.weekdays == (0, 1, 2)
    assert taken == {unit.unit_id: (1, 1, 1, 0, 0)}
