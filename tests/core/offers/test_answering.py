"""Answers to offers: who may give them, what they do, and what the next in line gets."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import pytest
from tests.core.scene import Household, Scene, staff

from opptak.admission.schemas import ApplicationStatus, ApplicationView
from opptak.authz.actions import Role
from opptak.kit.clock import TravelClock
from opptak.kit.errors import NotFound
from opptak.kit.subject import SYSTEM
from opptak.offers.errors import OfferExpired, OfferMoved
from opptak.offers.schemas import OfferStatus, OfferView
from opptak.offers.service import Offers
from opptak.placements.service import Placements
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext

START = date(2027, 8, 16)

VERBS: list[Callable[[Offers, OfferView], Awaitable[OfferView]]] = [
    lambda offers, offer: offers.accept(offer.id),
    lambda offers, offer: offers.accept_staying_listed(offer.id),
    lambda offers, offer: offers.decline(offer.id),
]


async def offered(scene: Scene) -> tuple[Household, ApplicationView, OfferView]:
    """Return a family with an offer of its second wish; the elder child of another family got the first."""
    houses = await scene.houses(a=1, b=1)
    await scene.apply(await scene.family(date(2025, 1, 1)), houses["a"])
    household = await scene.family(parents=2)
    [sent] = await scene.apply(household, houses["a"], houses["b"])
    await scene.close()
    await scene.release()
    return household, sent, await scene.offer(sent)


async def held(scene: Scene, household: Household, on: date = START) -> str | None:
    """Return the name of the house the child has a place at."""
    async with scene.work_as(SYSTEM) as work:
        place = (await Placements(work).held_by([household.child], on)).get(household.child)
    return (
        None
        if place is None
        else next(name for name, one in (await scene.by_name()).items() if one.unit_id == place.unit_id)
    )


@pytest.mark.parametrize("verb", VERBS, ids=["accept", "stay", "decline"])
async def test_offer_is_answered_by_nobody_but_the_guardians(
    scene: Scene,
    runtime: Runtime,
    other_tenant: TenantContext,
    verb: Callable[[Offers, OfferView], Awaitable[OfferView]],
) -> None:
    household, _, offer = await offered(scene)
    stranger = await scene.family()
    for subject in (stranger.parent, staff(Role.CASE_WORKER), SYSTEM):
        async with scene.work_as(subject) as work:
            with pytest.raises(NotFound):
                await verb(Offers(work), offer)
    async with runtime.work(other_tenant, household.parent) as work:
        with pytest.raises(NotFound):
            await verb(Offers(work), offer)


async def test_offer_says_what_is_offered_and_until_when(scene: Scene, clock: TravelClock) -> None:
    _, sent, offer = await offered(scene)
    assert (offer.facility_name, offer.wish_rank, offer.status) == ("Barnehage b", 2, OfferStatus.SENT)
    assert (offer.starts_on, offer.days_per_week) == (START, 5)
    assert offer.answer_by == clock.now().date() + timedelta(days=14)
    assert offer.can_stay_listed is True
    assert await scene.status(sent) is ApplicationStatus.ALLOCATED


async def test_accept_gives_the_place_and_ends_the_waiting(scene: Scene) -> None:
    household, sent, offer = await offered(scene)
    async with scene.work_as(household.parent) as work:
        accepted = await Offers(work).accept(offer.id)
        lines = await Offers(work).waiting_positions([sent.id])
    assert (accepted.status, accepted.can_stay_listed) == (OfferStatus.ACCEPTED, False)
    assert lines == {sent.id: []}
    assert await held(scene, household) == "b"
    assert await scene.status(sent) is ApplicationStatus.PLACED


async def test_accept_twice_is_once(scene: Scene) -> None:
    household, _, offer = await offered(scene)

    async def accept(parent: int) -> OfferView:
        async with scene.work_as(household.parents[parent]) as work:
            return await Offers(work).accept(offer.id)

    first, second = await asyncio.gather(accept(0), accept(1))
    assert first == second
    assert await held(scene, household) == "b"


async def test_staying_listed_keeps_the_better_wish(scene: Scene) -> None:
    household, sent, offer = await offered(scene)
    async with scene.work_as(household.parent) as work:
        accepted = await Offers(work).accept_staying_listed(offer.id)
        lines = await Offers(work).waiting_positions([sent.id])
        settled = await Offers(work).accept(offer.id)
    assert accepted.status is OfferStatus.ACCEPTED_STAYING_LISTED
    assert [(line.facility_name, line.position) for line in lines[sent.id]] == [("Barnehage a", 1)]
    assert (settled.status, settled.can_stay_listed) == (OfferStatus.ACCEPTED, False)
    assert await scene.status(sent) is ApplicationStatus.PLACED


async def test_decline_leaves_the_child_in_line_for_better(scene: Scene) -> None:
    household, sent, offer = await offered(scene)
    async with scene.work_as(household.parent) as work:
        declined = await Offers(work).decline(offer.id)
        again = await Offers(work).decline(offer.id)
    assert declined == again
    assert declined.status is OfferStatus.DECLINED
    assert await scene.status(sent) is ApplicationStatus.WAITING
    assert await held(scene, household) is None


async def test_declined_offer_cannot_be_accepted(scene: Scene) -> None:
    household, _, offer = await offered(scene)
    async with scene.work_as(household.parent) as work:
        await Offers(work).decline(offer.id)
        with pytest.raises(OfferMoved):
            await Offers(work).accept(offer.id)


async def test_answer_on_the_last_day_counts_and_not_after(scene: Scene, clock: TravelClock) -> None:
    household, _, offer = await offered(scene)
    clock.travel(timedelta(days=15))
    async with scene.work_as(household.parent) as work:
        with pytest.raises(OfferExpired):
            await Offers(work).accept(offer.id)
    clock.travel(timedelta(days=-1))
    async with scene.work_as(household.parent) as work:
        assert (await Offers(work).accept(offer.id)).status is OfferStatus.ACCEPTED


async def test_accepting_a_transfer_ends_the_old_place(scene: Scene) -> None:
    houses = await scene.houses(a=1, b=1)
    household = await scene.family()
    await scene.placed(household.child, "b")
    [sent] = await scene.apply(household, houses["a"])
    await scene.close()
    await scene.release()
    offer = await scene.offer(sent)
    assert await held(scene, household, date(2027, 8, 1)) == "b"
    async with scene.work_as(household.parent) as work:
        await Offers(work).accept(offer.id)
    assert await held(scene, household, date(2027, 8, 15)) == "b"
    assert await held(scene, household, START) == "a"
