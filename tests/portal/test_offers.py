"""Answering an offer."""

from datetime import UTC, date, datetime

from opptak.admission.schemas import ApplicationView
from opptak.offers.schemas import OfferView
from tests.core.scene import Household, Scene
from tests.portal.conftest import LogIn

LATE = datetime(2027, 3, 17, 9, tzinfo=UTC)
"""The day after the last one to answer."""


async def released(scene: Scene) -> list[tuple[Household, ApplicationView, OfferView]]:
    """Two families: the first has got its first wish, the second its second one."""
    houses = await scene.houses(a=1, b=1)
    homes = [await scene.family(date(2025, month, 1)) for month in (1, 2)]
    sent = [(await scene.apply(home, houses["a"], houses["b"]))[0] for home in homes]
    await scene.close()
    await scene.release()
    return [
        (home, application, await scene.offer(application))
        for home, application in zip(homes, sent, strict=True)
    ]


async def test_offer_is_shown_with_its_last_day(scene: Scene, log_in: LogIn) -> None:
    [(home, _, offer), _] = await released(scene)

    page = await (await log_in(home)).read(f"/offers/{offer.id}")

    assert "Tilbud om plass i Barnehage a" in page
    assert "Svar senest tirsdag 16.\u00a0mars 2027" in page
    assert "14 dager igjen" in page
    assert 'value="stay"' not in page


async def test_accepted_place_is_theirs(scene: Scene, log_in: LogIn) -> None:
    [(home, application, offer), _] = await released(scene)
    parent = await log_in(home)
    await parent.get(f"/offers/{offer.id}")

    page = await parent.follow(await parent.post(f"/offers/{offer.id}", answer="accept"))

    assert "Plassen er deres" in page.text
    assert (await scene.offer(application)).status == "accepted"
    assert "Plassen i Barnehage a er deres" in await parent.read("/children")


async def test_second_press_accepts_once(scene: Scene, log_in: LogIn) -> None:
    [(home, application, offer), _] = await released(scene)
    parent = await log_in(home)
    await parent.get(f"/offers/{offer.id}")

    answers = [await parent.post(f"/offers/{offer.id}", answer="accept") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert [one.status for one in await scene.offers(application)] == ["accepted"]


async def test_place_is_accepted_while_waiting_for_a_better_one(scene: Scene, log_in: LogIn) -> None:
    [_, (home, application, offer)] = await released(scene)
    parent = await log_in(home)
    assert 'value="stay"' in await parent.read(f"/offers/{offer.id}")

    page = await parent.follow(await parent.post(f"/offers/{offer.id}", answer="stay"))

    assert "Plassen er deres, og dere står på venteliste" in page.text
    assert (await scene.offer(application)).status == "accepted_staying_listed"
    content = await parent.follow(await parent.post(f"/offers/{offer.id}", answer="accept"))
    assert "Plassen er deres" in content.text
    assert (await scene.offer(application)).status == "accepted"


async def test_no_is_asked_for_once_more(scene: Scene, log_in: LogIn) -> None:
    [(home, application, offer), _] = await released(scene)
    parent = await log_in(home)
    page = await parent.get(f"/offers/{offer.id}/decline")
    assert "Vil du si nei til plassen i Barnehage a?" in page.text
    assert (await scene.offer(application)).status == "sent"

    page = await parent.follow(await parent.post(f"/offers/{offer.id}/decline"))

    assert "Dere har takket nei" in page.text
    assert (await scene.offer(application)).status == "declined"


async def test_declined_offer_is_not_asked_about_again(scene: Scene, log_in: LogIn) -> None:
    [(home, _, offer), _] = await released(scene)
    parent = await log_in(home)
    await parent.get(f"/offers/{offer.id}/decline")
    await parent.post(f"/offers/{offer.id}/decline")

    assert (await parent.get(f"/offers/{offer.id}/decline")).headers["location"] == f"/offers/{offer.id}"
    assert (await parent.post(f"/offers/{offer.id}", answer="accept")).status_code == 409


async def test_answer_after_the_last_day_is_refused(scene: Scene, log_in: LogIn) -> None:
    [(home, application, offer), _] = await released(scene)
    scene.clock.travel_to(LATE)
    parent = await log_in(home)
    await parent.get(f"/offers/{offer.id}")

    refused = await parent.post(f"/offers/{offer.id}", answer="accept")

    assert refused.status_code == 409
    assert (await scene.offer(application)).status == "sent"
