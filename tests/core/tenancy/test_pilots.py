"""Modules in the domains: work that waits while one is off, and pilots in a few houses."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select
from tests.conftest import run_due
from tests.core.scene import Scene, WorkAs, staff
from tests.fakes import FakeTown

from opptak.admission.service import Applications
from opptak.authz.actions import Role
from opptak.facilities.service import Facilities
from opptak.kit.clock import TravelClock
from opptak.kit.outbox import OutboxJob
from opptak.kit.subject import SYSTEM
from opptak.offers.service import Offers
from opptak.offers.tasks import expire_due
from opptak.runtime import Runtime
from opptak.tenancy.config import Module, Modules, Reach
from opptak.tenancy.context import TenantContext
from opptak.tenancy.jobs import enqueue

SceneWith = Callable[[Modules], Scene]
EVERYTHING = Modules(outreach=True, portal=True, allocation=True, offers=True)


def _with(**changed: bool | Reach) -> Modules:
    return msgspec.structs.replace(EVERYTHING, **changed)


def _switched(tenant: TenantContext, modules: Modules) -> TenantContext:
    document = msgspec.structs.replace(tenant.document, modules=modules)
    return msgspec.structs.replace(tenant, document=document)


@pytest.fixture
def scene_with(runtime: Runtime, tenant: TenantContext, town: FakeTown, clock: TravelClock) -> SceneWith:
    """The municipality with other modules on."""

    def make(modules: Modules) -> Scene:
        def work_as(subject):  # type: ignore[no-untyped-def]
            return runtime.work(_switched(tenant, modules), subject)

        return Scene(work_as, town, clock)

    return make


async def test_work_of_a_module_that_is_off_waits_and_is_done_when_it_is_on_again(
    runtime: Runtime, tenant: TenantContext, work_as: WorkAs, clock: TravelClock
) -> None:
    async with work_as(SYSTEM) as work:
        await enqueue(work, expire_due)
    without = msgspec.structs.replace(tenant.document, modules=_with(offers=False))
    await runtime.catalogue.apply(without, author="test")
    for _ in range(20):
        await run_due(runtime, tenant)
        clock.travel(timedelta(hours=2))
    async with runtime.database.tenant(tenant.id) as session:
        [row] = (await session.scalars(select(OutboxJob))).all()
    assert (row.state, row.attempts, row.failure_code) == ("waiting", 0, "module_off")
    await run_due(runtime, tenant)
    await runtime.catalogue.apply(tenant.document, author="test")
    done = await run_due(runtime, tenant)
    assert list(done) == ["offer.expire_due"]
    assert done.failures == []


async def test_parents_may_wish_for_houses_of_the_pilot_only(scene_with: SceneWith) -> None:
    scene = scene_with(_with(portal=Reach(facilities=("a",))))
    await scene.houses(a=2, b=2)
    family = await scene.family()
    [application] = await scene.draft(family)
    async with scene.work_as(family.parent) as work:
        _, choices = await Applications(work).choices(application.id)
        shown = await Facilities(work).offerable(Module.PORTAL)
    async with scene.work_as(staff(Role.CASE_WORKER)) as work:
        _, all_choices = await Applications(work).choices(application.id)
    assert {wish.facility_name for wish in application.wishes} == {view.name for view in shown}
    assert (len(shown), len(choices), len(all_choices)) == (1, 1, 2)


async def test_run_gives_out_places_of_the_pilot_only(scene_with: SceneWith) -> None:
    plain = scene_with(EVERYTHING)
    homes = await plain.houses(a=1, b=1)
    first, second = await plain.family(), await plain.family()
    [in_a] = await plain.apply(first, homes["a"])
    [in_b] = await plain.apply(second, homes["b"])
    scene = scene_with(_with(allocation=Reach(facilities=("a",))))
    await scene.close()
    await scene.release()
    assert [offer.facility_id for offer in await scene.offers(in_a)] == [homes["a"].facility_id]
    assert await scene.offers(in_b) == []


async def test_offers_go_out_for_houses_of_the_pilot_only(scene_with: SceneWith) -> None:
    plain = scene_with(EVERYTHING)
    homes = await plain.houses(a=1, b=1)
    first, second = await plain.family(), await plain.family()
    [in_a] = await plain.apply(first, homes["a"])
    [in_b] = await plain.apply(second, homes["b"])
    scene = scene_with(_with(offers=Reach(facilities=("a",))))
    await scene.close()
    run = await scene.release()
    assert run.summary.placed == 2
    assert len(await scene.offers(in_a)) == 1
    assert await scene.offers(in_b) == []


async def test_parents_do_without_offers_while_staff_have_them(scene_with: SceneWith) -> None:
    plain = scene_with(EVERYTHING)
    homes = await plain.houses(a=1)
    family = await plain.family()
    [application] = await plain.apply(family, homes["a"])
    await plain.close()
    await plain.release()
    staff_first = scene_with(_with(offers=Reach(parents=False)))
    for scene, seen in ((plain, 1), (staff_first, 0)):
        async with scene.work_as(family.parent) as work:
            assert len((await Offers(work).of_application([application.id]))[application.id]) == seen
        async with scene.work_as(staff(Role.CASE_WORKER)) as work:
            assert len((await Offers(work).of_application([application.id]))[application.id]) == 1
