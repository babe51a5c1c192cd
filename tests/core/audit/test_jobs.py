"""Jobs leave a trace of whom they were about."""

from uuid import UUID

import pytest
from sqlalchemy import select
from tests.core.scene import Drain, Scene, WorkAs, staff

from opptak.audit.models import AuditEntry
from opptak.authz.actions import Role
from opptak.hooks.errors import Permanent
from opptak.kit.ids import new_id
from opptak.kit.subject import SYSTEM
from opptak.offers.service import Offers
from opptak.placements.service import Placements
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import Actor, actor, enqueue


@actor("trail.follow")
async def follow(work: Work, people: list[UUID], fails: bool) -> None:
    """Do something about people."""
    if fails:
        raise Permanent("refused")


@actor("trail.tidy")
async def tidy(work: Work) -> None:
    """Do something about nobody."""


async def noted(work_as: WorkAs, job: Actor[...]) -> list[tuple[str, list[UUID]]]:
    async with work_as(SYSTEM) as work:
        found = select(AuditEntry).where(AuditEntry.action == job.name)
        return [(entry.space, entry.shown) for entry in await work.session.scalars(found)]


async def test_job_notes_whom_it_was_about(work_as: WorkAs, drain: Drain) -> None:
    people = [new_id(), new_id()]
    async with work_as(SYSTEM) as work:
        await enqueue(work, follow, people=people, fails=False)
        await enqueue(work, tidy)
    await drain()
    assert await noted(work_as, follow) == [("system", people)]
    assert await noted(work_as, tidy) == []


async def test_failed_job_has_done_nothing_to_note(work_as: WorkAs, drain: Drain) -> None:
    async with work_as(SYSTEM) as work:
        await enqueue(work, follow, people=[new_id()], fails=True)
    assert (await drain()).failures
    assert await noted(work_as, follow) == []


@pytest.mark.parametrize("parents", [1, 2])
async def test_people_kept_from_a_register_are_noted(scene: Scene, parents: int) -> None:
    family = await scene.family(parents=parents)
    async with scene.work_as(SYSTEM) as work:
        found = select(AuditEntry.shown).where(AuditEntry.action == "person.store")
        [shown] = await work.session.scalars(found)
    assert set(shown) == {*family.children, *(parent.id for parent in family.parents)}


async def test_hand_over_notes_the_places(scene: Scene, drain: Drain) -> None:
    houses = await scene.houses(a=1)
    family = await scene.family()
    [sent] = await scene.apply(family, houses["a"])
    await scene.close()
    await scene.release()
    await drain()
    async with scene.work_as(family.parent) as work:
        offer = await Offers(work).accept((await scene.offer(sent)).id)
    async with scene.work_as(SYSTEM) as work:
        place = (await Placements(work).of_offers([offer.id]))[offer.id]
    async with scene.work_as(staff(Role.CASE_WORKER)) as work:
        await Placements(work).export()
    await drain()
    async with scene.work_as(SYSTEM) as work:
        found = select(AuditEntry.shown).where(
            AuditEntry.space == "system", AuditEntry.target_kind == "export_run"
        )
        assert list(await work.session.scalars(found)) == [[place.id]]
