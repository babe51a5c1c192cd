"""Offers, waiting lists, letters and placements."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from html import unescape
from uuid import UUID

import pytest
from sqlalchemy import update

from opptak.admission.schemas import ApplicationView
from opptak.authz.actions import Role
from opptak.documents.models import Letter
from opptak.documents.schemas import LetterState
from opptak.documents.service import Letters
from opptak.hooks.types import Protection
from opptak.kit.subject import SYSTEM
from opptak.offers.service import Offers
from tests.admin_ui.conftest import Employ
from tests.conftest import Drained
from tests.core.scene import Household, Scene

Drain = Callable[[], Awaitable[Drained]]


class Outcome:
    """Two families and one place; the first has been offered it."""

    def __init__(self, winner: Household, won: ApplicationView, waits: ApplicationView) -> None:
        self.winner, self.won, self.waits = winner, won, waits


@pytest.fixture
async def outcome(scene: Scene) -> Outcome:
    houses = await scene.houses(a=1)
    families = [await scene.family() for _ in range(2)]
    sent = [(await scene.apply(family, houses["a"]))[0] for family in families]
    await scene.close()
    await scene.release()
    place = 0 if await scene.offers(sent[0]) else 1
    return Outcome(families[place], sent[place], sent[1 - place])


def figure(page: str, label: str) -> str:
    """Return the number a page shows under a label."""
    return re.sub("<[^>]+>", "", page.partition(f"<dt>{label}</dt>")[2].partition("</dd>")[0]).strip()


async def accept(scene: Scene, outcome: Outcome) -> None:
    offer = await scene.offer(outcome.won)
    async with scene.work_as(outcome.winner.parent) as work:
        await Offers(work).accept(offer.id)


async def test_child_that_has_accepted_is_shown_with_its_place(
    scene: Scene, outcome: Outcome, employ: Employ
) -> None:
    worker = await employ(Role.CASE_WORKER)
    case = f"/staff/applications/{outcome.won.id}"
    assert "Har fått tilbud" in (await worker.get(case)).text

    await accept(scene, outcome)

    assert "Har plass" in (await worker.get(case)).text
    assert outcome.won.case_number in (await worker.get("/staff/applications?status=placed")).text
    assert outcome.won.case_number not in (await worker.get("/staff/applications?status=allocated")).text
    for page in ("/staff/", "/staff/round"):
        shown = (await worker.get(page)).text
        assert figure(shown, "Har plass") == "1"
        assert figure(shown, "Har fått tilbud") == "0"


async def test_child_that_has_declined_is_not_one_without_a_chance(
    scene: Scene, outcome: Outcome, employ: Employ
) -> None:
    offer = await scene.offer(outcome.won)
    async with scene.work_as(outcome.winner.parent) as work:
        await Offers(work).decline(offer.id)

    page = (await (await employ(Role.CASE_WORKER)).get(f"/staff/applications/{outcome.won.id}")).text

    assert "Takket nei" in page
    assert "Uten plass" not in page


async def test_children_with_a_right_and_no_place_are_on_the_first_page(
    scene: Scene, outcome: Outcome, employ: Employ
) -> None:
    worker = await employ(Role.CASE_WORKER)

    today = unescape((await worker.get("/staff/")).text)
    found = (await worker.get("/staff/applications?needs=right")).text

    assert "1 barn har rett til plass, men har ingen" in today
    assert "/staff/applications?needs=right" in today
    assert outcome.waits.case_number in found
    assert outcome.won.case_number not in found
    offer = await scene.offer(outcome.won)
    async with scene.work_as(outcome.winner.parent) as work:
        await Offers(work).decline(offer.id)
    declined = (await worker.get("/staff/applications?needs=right")).text
    assert outcome.won.case_number not in declined, "it was offered a place"
    for other in (Role.APPROVER, Role.LEADER):
        assert "rett til plass, men har ingen" not in (await (await employ(other)).get("/staff/")).text


async def test_offers_are_found_by_status(scene: Scene, outcome: Outcome, employ: Employ) -> None:
    worker = await employ(Role.CASE_WORKER)
    waiting = (await worker.get("/staff/offers?status=sent")).text
    accepted = (await worker.get("/staff/offers?status=accepted")).text

    assert "1 tilbud" in waiting
    assert "16.03.2027" in waiting
    assert "Ingen tilbud." in accepted


async def test_offer_past_its_last_day_stands_out(scene: Scene, outcome: Outcome, employ: Employ) -> None:
    scene.clock.travel_to(datetime(2027, 3, 17, 9, tzinfo=UTC))
    worker = await employ(Role.CASE_WORKER)

    assert "Over fristen" in (await worker.get("/staff/offers")).text
    assert "1 tilbud er ubesvart etter fristen" in (await worker.get("/staff/")).text


async def test_waiting_lists_say_who_is_first(outcome: Outcome, employ: Employ) -> None:
    worker = await employ(Role.CASE_WORKER)

    page = (await worker.get("/staff/offers/waiting")).text

    assert "Barnehage a, Små barn (1)" in page
    assert outcome.waits.child_name in page
    assert outcome.won.child_name not in page


async def test_letters_are_counted_and_found(outcome: Outcome, employ: Employ, drain: Drain) -> None:
    await drain()
    worker = await employ(Role.CASE_WORKER)

    everything = (await worker.get("/staff/letters")).text
    offers = (await worker.get("/staff/letters?kind=offer")).text
    failed = (await worker.get("/staff/letters?state=failed")).text

    assert "4 brev" in everything
    assert "Etter kanal" in everything
    assert "1 brev" in offers
    assert "Ingen brev." in failed


async def test_letters_are_found_by_case_and_by_name(
    scene: Scene, outcome: Outcome, employ: Employ, drain: Drain
) -> None:
    hidden = await scene.family(home=None, protection=Protection.CONFIDENTIAL, given_name="Hemmelig")
    [secret] = await scene.apply(hidden, (await scene.by_name())["a"])
    await drain()
    worker = await employ(Role.CASE_WORKER)

    by_case = unescape((await worker.get(f"/staff/letters?find={outcome.won.case_number}")).text)
    by_name = (await worker.get("/staff/letters?find=hemmelig")).text

    assert "2 brev" in by_case
    assert f'href="/staff/applications/{outcome.won.id}"' in by_case
    assert outcome.waits.case_number not in by_case
    assert secret.case_number in by_name
    assert outcome.won.case_number not in by_name
    assert "Ingen brev." in (await worker.get("/staff/letters?find=2027-9999")).text
    assert "Ingen brev." in (await worker.get("/staff/letters?find=nobody")).text


async def letter_of(scene: Scene, application: ApplicationView) -> UUID:
    async with scene.work_as(SYSTEM) as work:
        return (await Letters(work).of_application(application.id))[-1].id


async def lose(scene: Scene, letter: UUID) -> None:
    """Let the channel say that a letter has not arrived."""
    async with scene.work_as(SYSTEM) as work:
        await work.session.execute(update(Letter).where(Letter.id == letter).values(state=LetterState.FAILED))


async def test_letter_shows_its_way_and_its_document(
    scene: Scene, outcome: Outcome, employ: Employ, drain: Drain
) -> None:
    await drain()
    worker = await employ(Role.CASE_WORKER)
    page = f"/staff/letters/{await letter_of(scene, outcome.won)}"

    shown = (await worker.get(page)).text
    document = await worker.get(f"{page}/letter.pdf")

    assert "Kvittering" in shown
    assert "Sendt" in shown
    assert document.headers["content-type"] == "application/pdf"
    assert document.content.startswith(b"%PDF")


async def test_letter_is_sent_once_more(scene: Scene, outcome: Outcome, employ: Employ, drain: Drain) -> None:
    await drain()
    worker = await employ(Role.CASE_WORKER)
    page = f"/staff/letters/{await letter_of(scene, outcome.won)}"
    await worker.get(page)

    assert (await worker.post(f"{page}/resend")).status_code == 422
    first = await worker.post(f"{page}/resend", reason="not_arrived")
    twice = await worker.post(f"{page}/resend", reason="not_arrived")

    assert first.headers["location"] == twice.headers["location"] != page
    assert "En kopi sendes" in (await worker.follow(first)).text


async def test_letter_sent_once_more_is_no_longer_undelivered(
    scene: Scene, outcome: Outcome, employ: Employ, drain: Drain
) -> None:
    await drain()
    letter = await letter_of(scene, outcome.won)
    await lose(scene, letter)
    worker = await employ(Role.CASE_WORKER)
    undelivered = "/staff/letters?reached=not"
    assert "1 brev" in (await worker.get(undelivered)).text
    assert undelivered in unescape((await worker.get("/staff")).text)

    sent = await worker.post(f"/staff/letters/{letter}/resend", reason="not_arrived")

    assert "Ingen brev." in (await worker.get(undelivered)).text
    assert undelivered not in unescape((await worker.get("/staff")).text)
    await drain()
    await lose(scene, UUID(sent.headers["location"].rpartition("/")[2]))
    assert "1 brev" in (await worker.get(undelivered)).text


async def test_letter_that_has_not_left_is_neither_read_nor_sent_again(
    scene: Scene, outcome: Outcome, employ: Employ
) -> None:
    worker = await employ(Role.CASE_WORKER)
    page = f"/staff/letters/{await letter_of(scene, outcome.won)}"

    assert "Send på nytt" not in (await worker.get(page)).text
    assert (await worker.get(f"{page}/letter.pdf")).status_code == 409
    assert (await worker.post(f"{page}/resend", reason="asked")).status_code == 409


async def test_accepted_place_is_listed_and_handed_over(
    scene: Scene, outcome: Outcome, employ: Employ, drain: Drain
) -> None:
    await accept(scene, outcome)
    worker = await employ(Role.CASE_WORKER)
    assert outcome.won.child_name in (await worker.get("/staff/placements")).text

    await worker.follow(await worker.post("/staff/placements/export", system="fake"))
    assert "Venter på overføring" in (await worker.get("/staff/placements")).text
    await drain()

    page = (await worker.get("/staff/placements")).text
    assert "Overført" in page
    [handed] = scene.town.exports.values()
    assert len(handed) == 1


async def test_neutral_file_of_a_hand_over_is_downloaded(
    scene: Scene, outcome: Outcome, employ: Employ, drain: Drain
) -> None:
    await accept(scene, outcome)
    worker = await employ(Role.CASE_WORKER)
    await worker.get("/staff/placements")
    await worker.post("/staff/placements/export", system="fake")
    await drain()
    [run] = scene.town.exports
    files = f"/staff/placements/exports/{run}"

    as_json, as_csv = await worker.get(f"{files}/json"), await worker.get(f"{files}/csv")

    assert as_json.headers["content-type"].startswith("application/json")
    assert as_csv.headers["content-disposition"] == f'attachment; filename="{run}.csv"'
    assert b";" in as_csv.content
    assert (await worker.get(f"{files}/xml")).status_code == 404


async def test_system_that_is_not_there_gets_nothing(outcome: Outcome, employ: Employ) -> None:
    worker = await employ(Role.CASE_WORKER)
    await worker.get("/staff/placements")

    assert (await worker.post("/staff/placements/export", system="nowhere")).status_code == 409
