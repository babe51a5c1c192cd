"""The story as people live it: from the letter to a place in the administration system."""

from collections import Counter

import pytest
from playwright.async_api import expect
from tests.e2e.casting import Family, contested, families, family_of
from tests.e2e.theatre import Theatre
from tests.e2e.visitor import Device, Visitor, Visitors

from opptak.admission.schemas import ApplicationStatus, RoundState
from opptak.allocation.service import Runs
from opptak.hooks.providers import AdministrationSystem
from opptak.offers.schemas import OfferStatus, OfferView
from opptak.offers.service import Offers
from opptak.placements.schemas import ExportState
from opptak.placements.service import Placements
from opptak_admin.logbook import provider_name

pytestmark = pytest.mark.browser

NORDREISA = "5544"


async def test_story_from_the_letter_to_the_place(town: Theatre, visitors: Visitors) -> None:
    [family, *_] = await families(town, guardians=2)
    await _mother_applies(town, await visitors(), family)
    await _father_sees_it(town, await visitors(), family)
    await town.story.answer(town.intake)
    await town.story.close(town.intake)
    await _case_worker_prepares(town, await visitors(Device.DESK))
    await _approver_releases(town, await visitors(Device.DESK))
    await _letters_arrived(town, family)
    mother = await visitors()
    offer = await _mother_accepts(town, mother, family)
    await _others_decline_and_get(town, await visitors(), await visitors(), but=offer)
    await _places_are_handed_over(town, await visitors(Device.DESK))


async def _mother_applies(town: Theatre, mother: Visitor, family: Family) -> None:
    """Two answers, one look over them, one button; in the middle she changes to Northern Sami."""
    await mother.log_in(await town.number(family.guardians[0].id))
    await mother.is_at("portal.children.title")
    await mother.sees(family.application.child_name)
    await mother.follow("portal.stage.to_answer.action")
    await mother.is_at("portal.application.title", name=family.application.child_name)
    await expect(mother.page.locator("[name=start_on-year]")).to_have_value("2027")
    await mother.choose(mother.text.plural("portal.days", 4))
    await mother.press("portal.application.go_on")
    await mother.is_at("portal.review.title")
    await mother.switch_to("se")
    await mother.button("portal.review.send").dblclick()
    await mother.is_at("portal.receipt.title")
    await mother.sees(family.application.case_number)
    sent = (await family_of(town, family.application.id)).application
    assert (sent.status, sent.days_per_week) == (ApplicationStatus.SUBMITTED, 4)


async def _father_sees_it(town: Theatre, father: Visitor, family: Family) -> None:
    """The other guardian finds the application as it was sent."""
    await father.log_in(await town.number(family.guardians[1].id))
    await father.sees(family.application.child_name)
    await father.follow("portal.stage.sent.action")
    await father.is_at("portal.status.title", name=family.application.child_name)
    await father.reads("portal.status.sender.other")


async def _case_worker_prepares(town: Theatre, worker: Visitor) -> None:
    """Find the round closed, compute and check; to release it is somebody else's business."""
    await worker.log_in_as_staff("case.worker")
    await worker.open("/staff/round")
    await worker.reads(f"staff.round.state.{RoundState.CLOSED}")
    await worker.press("staff.runs.compute")
    await worker.is_at("staff.run.name", n=1)
    await worker.press("staff.check.do")
    await worker.reads("staff.errand.run.check.done")
    await worker.reads("staff.release.role")
    await expect(worker.link("staff.release.open")).to_have_count(0)
    await worker.open(f"/staff/runs/{await _run(town)}/release")
    await worker.is_at("web.problem.403")


async def _approver_releases(town: Theatre, approver: Visitor) -> None:
    """A second person looks at it and lets it out."""
    await approver.log_in_as_staff("approver")
    await approver.page.get_by_role("link", name=approver.text.plural("staff.task.release", 1)).click()
    await approver.is_at("staff.run.name", n=1)
    await approver.follow("staff.release.open")
    await approver.press("staff.release.do")
    await approver.reads("staff.errand.run.release.done")
    await town.story.rest()


async def _letters_arrived(town: Theatre, family: Family) -> None:
    """At the delivery service each guardian has one letter of each kind, and it is a PDF."""
    numbers = [await town.number(guardian.id) for guardian in family.guardians]
    letters = town.ask("/svarut/letters", municipality=NORDREISA).json()["letters"]
    own = [letter for letter in letters if any(number in str(letter["recipient"]) for number in numbers)]
    titles = Counter((str(letter["recipient"]), letter["title"]) for letter in own)
    assert len(titles) == 3 * len(numbers)
    assert set(titles.values()) == {1}
    assert len({letter["reference"] for letter in letters}) == len(letters)
    for letter in own:
        document = town.ask(f"/svarut/letters/{letter['id']}/documents/0")
        assert document.content.startswith(b"%PDF-")


async def _mother_accepts(town: Theatre, mother: Visitor, family: Family) -> OfferView:
    """Weeks later she logs in again, says yes twice, and reads why it became this kindergarten."""
    await mother.log_in(await town.number(family.guardians[0].id))
    await mother.follow("portal.stage.offered.action")
    [offer] = await _offers(town, family)
    await mother.sees(offer.facility_name)
    await mother.button("portal.offer.accept").dblclick()
    await mother.is_at("portal.offer.accepted.title", facility=offer.facility_name)
    await mother.follow("portal.why.title")
    await mother.is_at("portal.why.title")
    await mother.sees(offer.facility_name)
    [accepted] = await _offers(town, family)
    assert accepted.status is OfferStatus.ACCEPTED
    return accepted


async def _others_decline_and_get(
    town: Theatre, decliner: Visitor, waiting: Visitor, *, but: OfferView
) -> None:
    """A place that is turned down goes to the next in line, who is told."""
    declined = await contested(town, but=but.application_id)
    family = await family_of(town, declined.application_id)
    await decliner.log_in(await town.number(family.guardians[0].id))
    await decliner.open(f"/offers/{declined.id}")
    await decliner.follow("portal.offer.decline")
    await decliner.press("portal.decline.send")
    await decliner.is_at("portal.offer.declined.title", facility=declined.facility_name)
    await town.story.rest()
    async with town.work() as work:
        sent = await Offers(work).list_by_status(OfferStatus.SENT)
    [vacated] = [offer for offer in sent if offer.cascade_of == declined.id]
    assert vacated.unit_id == declined.unit_id
    next_family = await family_of(town, vacated.application_id)
    await waiting.log_in(await town.number(next_family.guardians[0].id))
    await waiting.open(f"/offers/{vacated.id}")
    await waiting.sees(declined.facility_name)


async def _places_are_handed_over(town: Theatre, worker: Visitor) -> None:
    """What was accepted arrives at the administration system."""
    await worker.log_in_as_staff("case.worker")
    await worker.open("/staff/placements")
    await worker.press("staff.export.start", system=provider_name(_system(town), worker.text))
    await town.story.rest()
    await worker.open("/staff/placements")
    await worker.reads(f"export.state.{ExportState.HANDED_OVER}")
    async with town.work() as work:
        export = await Placements(work).last_export()
    [arrived] = town.ask("/administration/exports", municipality=NORDREISA).json()
    assert export is not None
    assert export.placements == len(arrived["export"]["placements"]) == 1


def _system(town: Theatre) -> str:
    return town.tenant.plugins.require(AdministrationSystem).name


async def _run(town: Theatre) -> object:
    async with town.work() as work:
        [run] = await Runs(work).of_round(town.intake.id)
    return run.id


async def _offers(town: Theatre, family: Family) -> list[OfferView]:
    async with town.work() as work:
        return (await Offers(work).of_application([family.application.id]))[family.application.id]
