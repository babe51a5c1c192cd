"""Offers and waiting lists as staff look after them."""

from datetime import UTC, date, datetime

from tests.core.scene import Scene, staff

from opptak.authz.actions import Role
from opptak.kit.subject import SYSTEM
from opptak.offers.schemas import AnswersDue, OfferStatus
from opptak.offers.service import Offers


async def released(scene: Scene) -> None:
    """Give out two places of two houses among three families."""
    houses = await scene.houses(a=1, b=1)
    for month in (1, 2, 3):
        await scene.apply(await scene.family(date(2025, month, 1)), houses["a"], houses["b"])
    await scene.close()
    await scene.release()


async def test_leader_sees_the_own_house_alone(scene: Scene) -> None:
    await released(scene)
    houses = await scene.by_name()
    leader = staff(Role.LEADER, facilities=frozenset({houses["a"].facility_id}))
    round_ = await scene.round()

    async with scene.work_as(leader) as work:
        queues = await Offers(work).queues(round_.id)
        numbers = await Offers(work).by_status(round_.id)

    assert [queue.facility_id for queue in queues] == [houses["a"].facility_id]
    assert numbers == {OfferStatus.SENT: 1}


async def test_queue_counts_from_one_in_every_unit(scene: Scene) -> None:
    await released(scene)
    round_ = await scene.round()

    async with scene.work_as(SYSTEM) as work:
        queues = await Offers(work).queues(round_.id)

    assert [(queue.facility_name, len(queue.entries)) for queue in queues] == [
        ("Barnehage a", 2),
        ("Barnehage b", 1),
    ]
    assert [entry.position for entry in queues[0].entries] == [1, 2]


async def test_answers_are_overdue_soon_or_not_yet(scene: Scene) -> None:
    await released(scene)
    round_ = await scene.round()

    async def due(day: int) -> AnswersDue:
        scene.clock.travel_to(datetime(2027, 3, day, 9, tzinfo=UTC))
        async with scene.work_as(SYSTEM) as work:
            return await Offers(work).answers_due(round_.id, within_days=3)

    assert await due(12) == AnswersDue(overdue=0, soon=0, first=date(2027, 3, 16))
    assert await due(13) == AnswersDue(overdue=0, soon=2, first=date(2027, 3, 16))
    assert await due(16) == AnswersDue(overdue=0, soon=2, first=date(2027, 3, 16))
    assert await due(17) == AnswersDue(overdue=2, soon=0, first=None)
