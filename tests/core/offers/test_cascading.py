"""Vacated places: to the next in line by the same order, and nobody ends worse."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

from tests.core.scene import Drain, Household, Scene, staff

from opptak.admission.schemas import ApplicationStatus, ApplicationView
from opptak.admission.service import Applications
from opptak.authz.actions import Role
from opptak.documents.schemas import LetterKind
from opptak.documents.service import Letters
from opptak.kit.clock import TravelClock
from opptak.kit.subject import SYSTEM
from opptak.offers.schemas import OfferStatus
from opptak.offers.service import Offers
from opptak.placements.service import Placements

ELDER, MIDDLE, YOUNGER = date(2025, 1, 1), date(2025, 3, 1), date(2025, 6, 1)


async def apply(
    scene: Scene, born_on: date, wishes: str, *, languages: tuple[str, ...] = ()
) -> tuple[Household, ApplicationView]:
    """Let a new family apply for houses, named by letters, best first."""
    houses = await scene.by_name()
    household = await scene.family(born_on, languages=languages)
    [sent] = await scene.apply(household, *(houses[name] for name in wishes))
    return household, sent


async def decline(scene: Scene, household: Household, application: ApplicationView) -> None:
    """Turn the newest offer down."""
    offer = await scene.offer(application)
    async with scene.work_as(household.parent) as work:
        await Offers(work).decline(offer.id)


async def released(scene: Scene) -> None:
    """Close the round and release the result."""
    await scene.close()
    await scene.release()


async def test_declined_place_goes_to_the_next_in_line(scene: Scene, drain: Drain) -> None:
    await scene.houses(a=1)
    first, one = await apply(scene, ELDER, "a")
    _, two = await apply(scene, MIDDLE, "a")
    _, three = await apply(scene, YOUNGER, "a")
    await released(scene)
    assert (await scene.offers(two), await scene.offers(three)) == ([], [])
    await drain()
    await decline(scene, first, one)
    assert (await drain()).failures == []
    offer = await scene.offer(two)
    vacated = await scene.offer(one)
    assert (offer.status, offer.cascade_of, offer.wish_rank) == (OfferStatus.SENT, vacated.id, 1)
    assert await scene.status(two) is ApplicationStatus.ALLOCATED
    assert await scene.offers(three) == []
    async with scene.work_as(SYSTEM) as work:
        kinds = [letter.kind for letter in await Letters(work).of_application(two.id)]
        counts = await Offers(work).counts(one.round_id)
    assert kinds == [LetterKind.OFFER, LetterKind.WAITING, LetterKind.RECEIPT]
    assert (counts.sent, counts.declined, counts.reoffered, counts.waiting) == (2, 1, 1, 1)


async def test_cascade_run_twice_offers_once(scene: Scene, drain: Drain) -> None:
    await scene.houses(a=1)
    first, one = await apply(scene, ELDER, "a")
    await apply(scene, MIDDLE, "a")
    await apply(scene, YOUNGER, "a")
    await released(scene)
    await decline(scene, first, one)
    vacated = await scene.offer(one)

    async def cascade() -> list[UUID]:
        async with scene.work_as(SYSTEM) as work:
            return await Offers(work).cascade(vacated.unit_id, vacated.id)

    given = await asyncio.gather(cascade(), cascade())
    assert sorted(map(len, given)) == [0, 1]


async def test_cascade_skips_who_has_withdrawn(scene: Scene, drain: Drain) -> None:
    await scene.houses(a=1)
    first, one = await apply(scene, ELDER, "a")
    second, two = await apply(scene, MIDDLE, "a")
    _, three = await apply(scene, YOUNGER, "a")
    await released(scene)
    async with scene.work_as(second.parent) as work:
        await Applications(work).withdraw(two.id)
    await decline(scene, first, one)
    await drain()
    assert await scene.offers(two) == []
    assert (await scene.offer(three)).status is OfferStatus.SENT


async def test_line_closes_up_behind_who_has_withdrawn(scene: Scene) -> None:
    await scene.houses(a=1)
    await apply(scene, ELDER, "a")
    second, two = await apply(scene, MIDDLE, "a")
    _, three = await apply(scene, YOUNGER, "a")
    await released(scene)
    async with scene.work_as(second.parent) as work:
        await Applications(work).withdraw(two.id)
    async with scene.work_as(SYSTEM) as work:
        assert await Offers(work).strike_withdrawn() == 1
        lines = await Offers(work).waiting_positions([two.id, three.id])
    assert {key: [line.position for line in those] for key, those in lines.items()} == {
        two.id: [],
        three.id: [1],
    }


async def test_unanswered_offer_gives_way_to_a_better_one(scene: Scene, drain: Drain) -> None:
    await scene.houses(a=1, b=1)
    first, one = await apply(scene, ELDER, "a")
    _, two = await apply(scene, MIDDLE, "ab")
    _, three = await apply(scene, YOUNGER, "b")
    await released(scene)
    await decline(scene, first, one)
    await drain()
    better, less = await scene.offers(two)
    assert (better.facility_name, better.status) == ("Barnehage a", OfferStatus.SENT)
    assert (less.facility_name, less.status) == ("Barnehage b", OfferStatus.WITHDRAWN)
    passed_on = await scene.offer(three)
    assert (passed_on.facility_name, passed_on.cascade_of) == ("Barnehage b", less.id)


async def test_unanswered_offer_does_not_give_way_to_a_worse_one(scene: Scene, drain: Drain) -> None:
    await scene.houses(a=1, b=1)
    first, one = await apply(scene, ELDER, "a")
    second, two = await apply(scene, ELDER, "b")
    third, three = await apply(scene, MIDDLE, "ab")
    _, four = await apply(scene, YOUNGER, "b")
    await released(scene)
    await decline(scene, first, one)
    await drain()
    await decline(scene, second, two)
    await drain()
    [kept] = await scene.offers(three)
    assert (kept.facility_name, kept.status) == ("Barnehage a", OfferStatus.SENT)
    assert (await scene.offer(four)).facility_name == "Barnehage b"
    async with scene.work_as(third.parent) as work:
        lines = await Offers(work).waiting_positions([three.id])
    assert [line.facility_name for line in lines[three.id]] == ["Barnehage b"]


async def test_child_staying_listed_moves_up_and_frees_its_place(scene: Scene, drain: Drain) -> None:
    await scene.houses(a=1, b=1)
    first, one = await apply(scene, ELDER, "a")
    second, two = await apply(scene, MIDDLE, "ab")
    _, three = await apply(scene, YOUNGER, "b")
    await released(scene)
    less = await scene.offer(two)
    async with scene.work_as(second.parent) as work:
        await Offers(work).accept_staying_listed(less.id)
    await decline(scene, first, one)
    await drain()
    better = await scene.offer(two)
    assert await scene.offers(three) == []
    async with scene.work_as(second.parent) as work:
        await Offers(work).accept(better.id)
    await drain()
    assert [offer.status for offer in await scene.offers(two)] == [
        OfferStatus.ACCEPTED,
        OfferStatus.WITHDRAWN,
    ]
    assert (await scene.offer(three)).cascade_of == better.id
    async with scene.work_as(SYSTEM) as work:
        held = await Placements(work).held_by([second.child], date(2027, 9, 1))
    assert held[second.child].unit_id == better.unit_id


async def test_child_staying_listed_keeps_its_place_when_it_declines_more(scene: Scene, drain: Drain) -> None:
    await scene.houses(a=1, b=1)
    first, one = await apply(scene, ELDER, "a")
    second, two = await apply(scene, MIDDLE, "ab")
    await released(scene)
    less = await scene.offer(two)
    async with scene.work_as(second.parent) as work:
        await Offers(work).accept_staying_listed(less.id)
    await decline(scene, first, one)
    await drain()
    await decline(scene, second, two)
    await drain()
    assert [offer.status for offer in await scene.offers(two)] == [
        OfferStatus.DECLINED,
        OfferStatus.ACCEPTED_STAYING_LISTED,
    ]
    assert await scene.status(two) is ApplicationStatus.PLACED
    async with scene.work_as(SYSTEM) as work:
        held = await Placements(work).held_by([second.child], date(2027, 9, 1))
    assert held[second.child].unit_id == less.unit_id


async def test_place_vacated_by_a_transfer_is_offered(scene: Scene, drain: Drain) -> None:
    await scene.houses(a=1, b=1)
    houses = await scene.by_name()
    moving = await scene.family(ELDER)
    await scene.placed(moving.child, "b")
    [one] = await scene.apply(moving, houses["a"])
    _, two = await apply(scene, MIDDLE, "b")
    await released(scene)
    assert await scene.offers(two) == []
    offer = await scene.offer(one)
    async with scene.work_as(moving.parent) as work:
        await Offers(work).accept(offer.id)
    await drain()
    passed_on = await scene.offer(two)
    assert (passed_on.facility_name, passed_on.starts_on) == ("Barnehage b", date(2027, 8, 16))


async def test_lapsed_offer_is_told_of_and_passed_on(scene: Scene, drain: Drain, clock: TravelClock) -> None:
    await scene.houses(a=1)
    _, one = await apply(scene, ELDER, "a")
    _, two = await apply(scene, MIDDLE, "a")
    await released(scene)
    clock.travel(timedelta(days=14))
    async with scene.work_as(SYSTEM) as work:
        assert await Offers(work).expire_due() == []
    clock.travel(timedelta(days=1))
    async with scene.work_as(SYSTEM) as work:
        assert len(await Offers(work).expire_due()) == 1
        assert await Offers(work).expire_due() == []
    await drain()
    assert (await scene.offer(one)).status is OfferStatus.EXPIRED
    assert await scene.status(one) is ApplicationStatus.LAPSED
    assert (await scene.offer(two)).status is OfferStatus.SENT
    async with scene.work_as(SYSTEM) as work:
        kinds = [letter.kind for letter in await Letters(work).of_application(one.id)]
    assert LetterKind.OFFER_EXPIRED in kinds


async def test_reminders_are_sent_once_each(scene: Scene, clock: TravelClock) -> None:
    await scene.houses(a=1)
    _, one = await apply(scene, ELDER, "a")
    await released(scene)
    sent = []
    for days in (8, 1, 1, 1, 1, 1):
        clock.travel(timedelta(days=days))
        async with scene.work_as(SYSTEM) as work:
            sent.append(len(await Offers(work).remind_due()))
    assert sent == [0, 1, 0, 0, 1, 0]
    async with scene.work_as(SYSTEM) as work:
        kinds = [letter.kind for letter in await Letters(work).of_application(one.id)]
    assert kinds.count(LetterKind.OFFER_REMINDER) == 2


async def test_leader_sees_the_offers_of_the_own_house(scene: Scene) -> None:
    houses = await scene.houses(a=1, b=1)
    await apply(scene, ELDER, "a")
    _, two = await apply(scene, MIDDLE, "b")
    await released(scene)
    leader = staff(Role.LEADER, facilities=frozenset({houses["b"].facility_id}))
    async with scene.work_as(leader) as work:
        offers = await Offers(work).list_by_status(OfferStatus.SENT)
    assert [offer.application_id for offer in offers] == [two.id]
