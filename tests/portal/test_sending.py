"""From the review to the receipt, and the ways out."""

from datetime import UTC, datetime
from html import unescape

import pytest

from opptak.admission.schemas import Answers, ApplicationView
from opptak.admission.service import Applications
from tests.core.scene import Household, Scene
from tests.portal.conftest import LogIn
from tests.portal.test_filling import GOOD, opened, stored


async def test_review_of_an_unfinished_draft_leads_back(scene: Scene, log_in: LogIn) -> None:
    parent, application, _ = await opened(scene, log_in)

    page = await parent.get(f"/applications/{application.id}/review")

    assert page.headers["location"] == f"/applications/{application.id}"


async def test_application_is_sent_and_gets_a_receipt(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in)
    await parent.follow(await parent.post(f"/applications/{application.id}", **GOOD))

    receipt = await parent.follow(await parent.post(f"/applications/{application.id}/review"))

    sent = await stored(scene, home, application)
    assert (sent.status, sent.answer, sent.late) == ("submitted", "yes", False)
    assert application.case_number in receipt.text
    assert "Du kan endre søknaden til og med 1.\u00a0mars 2027." in receipt.text


async def test_second_press_sends_nothing_again(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in)
    await parent.follow(await parent.post(f"/applications/{application.id}", **GOOD))
    await parent.post(f"/applications/{application.id}/review")
    first = await stored(scene, home, application)

    again = await parent.post(f"/applications/{application.id}/review")

    assert again.headers["location"] == f"/applications/{application.id}/receipt"
    assert (await stored(scene, home, application)).version == first.version


async def test_draft_without_wishes_is_sent_back_to_be_filled_in(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in)
    await parent.follow(await parent.post(f"/applications/{application.id}", **GOOD))
    async with scene.work_as(home.parent) as work:
        view = await Applications(work).get(application.id)
        empty = Answers(start_on=view.start_on, days_per_week=view.days_per_week, wishes=())
        saved = await Applications(work).save(application.id, empty, version=view.version)
    parent.version = str(saved.version)

    page = await parent.post(f"/applications/{application.id}/review")

    assert page.status_code == 422
    assert 'href="#wishes"' in page.text
    assert 'id="wishes"' in page.text


async def test_review_of_an_older_version_is_shown_again(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in)
    await parent.follow(await parent.post(f"/applications/{application.id}", **GOOD))
    async with scene.work_as(home.parents[1]) as work:
        view = await Applications(work).get(application.id)
        theirs = Answers(start_on=view.start_on, days_per_week=5)
        await Applications(work).save(application.id, theirs, version=view.version)

    page = await parent.post(f"/applications/{application.id}/review")

    assert page.status_code == 409
    assert "Søknaden er endret mens du fylte ut" in page.text
    assert "5 dager i uken" in page.text
    assert await scene.status(application) == "drafted"


async def test_application_after_the_deadline_says_that_it_is_late(scene: Scene, log_in: LogIn) -> None:
    await scene.houses(a=1)
    home = await scene.family()
    [application] = await scene.draft(home)
    await scene.close()
    parent = await log_in(home)
    page = await parent.get(f"/applications/{application.id}")
    assert "Søknadsfristen er ute" in page.text
    assert "retten til plass gjelder ikke" in page.text

    review = await parent.follow(await parent.post(f"/applications/{application.id}", **GOOD))
    assert "Søknadsfristen er ute" in review.text
    receipt = await parent.follow(await parent.post(f"/applications/{application.id}/review"))

    assert "Søknaden kom etter fristen" in receipt.text
    assert (await stored(scene, home, application)).late


@pytest.mark.parametrize("answer", ["not_now", "stays_home", "elsewhere"])
async def test_no_is_noted_and_can_be_taken_back(scene: Scene, log_in: LogIn, answer: str) -> None:
    parent, application, home = await opened(scene, log_in)
    await parent.get(f"/applications/{application.id}/no")

    page = await parent.follow(await parent.post(f"/applications/{application.id}/no", answer=answer))

    assert "Vi minner dere ikke mer på dette." in page.text
    assert "Dere har sagt at dere ikke trenger plass nå." in page.text
    assert (await stored(scene, home, application)).answer == answer
    assert (await parent.get(f"/applications/{application.id}")).status_code == 200


@pytest.mark.parametrize("answer", ["", "yes", "none", "nonsense"])
async def test_no_without_a_reason_is_refused(scene: Scene, log_in: LogIn, answer: str) -> None:
    parent, application, home = await opened(scene, log_in)
    await parent.get(f"/applications/{application.id}/no")

    page = await parent.post(f"/applications/{application.id}/no", answer=answer)

    assert page.status_code == 422
    assert "Velg det svaret som passer best" in page.text
    assert (await stored(scene, home, application)).answer == "none"


async def test_withdrawal_is_asked_for_once_more(scene: Scene, log_in: LogIn) -> None:
    home, application = await sent_in(scene)
    parent = await log_in(home)

    page = await parent.get(f"/applications/{application.id}/withdraw")

    assert "Vil du trekke søknaden for Barn" in page.text
    assert await scene.status(application) == "submitted"


async def test_withdrawal_of_a_draft_leads_to_the_form(scene: Scene, log_in: LogIn) -> None:
    parent, application, _ = await opened(scene, log_in)

    page = await parent.follow(await parent.get(f"/applications/{application.id}/withdraw"))

    assert page.headers["location"] == f"/applications/{application.id}"


async def sent_in(scene: Scene) -> tuple[Household, ApplicationView]:
    """A family that has applied."""
    houses = await scene.houses(a=1)
    home = await scene.family()
    return home, (await scene.apply(home, houses["a"]))[0]


BEFORE_MIDNIGHT = datetime(2027, 3, 1, 22, 50, tzinfo=UTC)
AFTER_MIDNIGHT = datetime(2027, 3, 1, 23, 10, tzinfo=UTC)
"""Both sides of the deadline, twenty minutes apart."""


async def test_deadline_that_passes_over_an_open_form_loses_nothing(scene: Scene, log_in: LogIn) -> None:
    scene.clock.travel_to(BEFORE_MIDNIGHT)
    parent, application, home = await opened(scene, log_in)
    scene.clock.travel_to(AFTER_MIDNIGHT)

    review = await parent.follow(await parent.post(f"/applications/{application.id}", **GOOD))
    receipt = await parent.follow(await parent.post(f"/applications/{application.id}/review"))

    assert "Søknadsfristen er ute" in review.text
    assert "Søknaden kom etter fristen" in receipt.text
    sent = await stored(scene, home, application)
    assert (sent.status, sent.late, sent.days_per_week) == ("submitted", True, int(GOOD["days_per_week"]))


async def test_change_that_comes_after_the_deadline_leaves_what_was_sent(scene: Scene, log_in: LogIn) -> None:
    scene.clock.travel_to(BEFORE_MIDNIGHT)
    parent, application, home = await opened(scene, log_in)
    await parent.follow(await parent.post(f"/applications/{application.id}", **GOOD))
    await parent.follow(await parent.post(f"/applications/{application.id}/review"))
    sent = await stored(scene, home, application)
    await parent.get(f"/applications/{application.id}")
    scene.clock.travel_to(AFTER_MIDNIGHT)

    refused = await parent.post(f"/applications/{application.id}", **{**GOOD, "days_per_week": "3"})

    assert refused.status_code == 409
    assert "Det dere har sendt, gjelder" in refused.text
    assert "/contact" in unescape(refused.text)
    left = await stored(scene, home, application)
    assert (left.version, left.days_per_week, left.late) == (sent.version, sent.days_per_week, False)
