"""Answering and withdrawing for a family."""

from datetime import date

import pytest

from opptak.admission.schemas import Answer, Answers, ApplicationStatus, ApplicationView
from opptak.admission.service import Applications
from opptak.authz.actions import Role
from opptak.documents.service import Letters
from opptak.facilities.schemas import ProgramView
from opptak.kit.subject import SYSTEM
from tests.admin_ui.colleague import Colleague
from tests.admin_ui.conftest import Employ
from tests.core.scene import Household, Scene


class Desk:
    """A draft nobody has answered, its family, and a case worker on the form."""

    def __init__(
        self, draft: ApplicationView, family: Household, worker: Colleague, houses: dict[str, ProgramView]
    ) -> None:
        self.draft, self.family, self.worker, self.houses = draft, family, worker, houses
        self.page = f"/staff/applications/{draft.id}/answer"

    @property
    def yes(self) -> dict[str, str]:
        """A form that says yes."""
        return {
            "answer": "yes",
            "start_on_day": "16",
            "start_on_month": "8",
            "start_on_year": "2027",
            "days_per_week": "4",
            "wishes": str(self.houses["b"].facility_id),
            "wishes-2": str(self.houses["a"].facility_id),
            "accepts_elsewhere": "yes",
        }


@pytest.fixture
async def desk(scene: Scene, employ: Employ) -> Desk:
    houses = await scene.houses(a=1, b=1)
    family = await scene.family(parents=2)
    [draft] = await scene.draft(family)
    made = Desk(draft, family, await employ(Role.CASE_WORKER), houses)
    await made.worker.get(made.page)
    return made


async def stored(scene: Scene, application: ApplicationView) -> ApplicationView:
    async with scene.work_as(SYSTEM) as work:
        return await Applications(work).get(application.id)


async def test_form_says_who_gets_the_letters(desk: Desk) -> None:
    page = (await desk.worker.get(desk.page)).text

    assert "Kvittering og alle senere brev går til:" in page
    assert page.count("Brev på papir") == 2


async def test_yes_sends_the_application_in(scene: Scene, desk: Desk) -> None:
    shown = await desk.worker.follow(await desk.worker.post(desk.page, **desk.yes))

    sent = await stored(scene, desk.draft)
    assert "Svaret er lagret" in shown.text
    assert (sent.status, sent.answer) == (ApplicationStatus.SUBMITTED, Answer.YES)
    assert (sent.start_on, sent.days_per_week, sent.accepts_elsewhere) == (date(2027, 8, 16), 4, True)
    assert [wish.facility_id for wish in sent.wishes] == [
        desk.houses["b"].facility_id,
        desk.houses["a"].facility_id,
    ]
    assert sent.submitted_by == desk.worker.person


async def test_both_guardians_get_a_receipt(scene: Scene, desk: Desk) -> None:
    await desk.worker.post(desk.page, **desk.yes)

    async with scene.work_as(SYSTEM) as work:
        letters = await Letters(work).of_application(desk.draft.id)
    assert {letter.recipient_id for letter in letters} == {parent.id for parent in desk.family.parents}


async def test_yes_with_something_missing_keeps_what_was_typed(scene: Scene, desk: Desk) -> None:
    refused = await desk.worker.post(desk.page, **{**desk.yes, "start_on_month": "", "days_per_week": ""})

    assert refused.status_code == 422
    assert 'href="#start_on"' in refused.text
    assert (
        'name="start_on-day" type="text" inputmode="numeric" size="2" maxlength="2" value="16"'
        in refused.text
    )
    assert (await stored(scene, desk.draft)).status is ApplicationStatus.DRAFTED


async def test_wish_that_is_no_house_is_refused(desk: Desk) -> None:
    refused = await desk.worker.post(desk.page, **{**desk.yes, "wishes": "moon"})

    assert refused.status_code == 422
    assert 'href="#wishes"' in refused.text


async def test_answer_is_needed(desk: Desk) -> None:
    refused = await desk.worker.post(desk.page, **{**desk.yes, "answer": ""})

    assert refused.status_code == 422
    assert 'href="#answer"' in refused.text


async def test_no_needs_nothing_else(scene: Scene, desk: Desk) -> None:
    await desk.worker.follow(await desk.worker.post(desk.page, answer="stays_home"))

    assert (await stored(scene, desk.draft)).answer is Answer.STAYS_HOME


async def test_family_that_answered_meanwhile_is_not_overwritten(scene: Scene, desk: Desk) -> None:
    async with scene.work_as(desk.family.parent) as work:
        own = Answers(start_on=date(2027, 9, 1), days_per_week=5)
        await Applications(work).save(desk.draft.id, own, version=desk.draft.version)

    refused = await desk.worker.post(desk.page, **desk.yes)

    assert refused.status_code == 422
    assert (await stored(scene, desk.draft)).start_on == date(2027, 9, 1)


async def test_withdrawing_is_asked_about_first(scene: Scene, desk: Desk) -> None:
    await desk.worker.post(desk.page, **desk.yes)
    page = f"/staff/applications/{desk.draft.id}/withdraw"

    asked = await desk.worker.get(page)
    assert "Vil familien trekke søknaden?" in asked.text
    assert await scene.status(desk.draft) is ApplicationStatus.SUBMITTED

    shown = await desk.worker.follow(await desk.worker.post(page))
    assert "Søknaden er trukket" in shown.text
    assert await scene.status(desk.draft) is ApplicationStatus.WITHDRAWN


async def test_place_that_was_offered_is_not_withdrawn_from(scene: Scene, employ: Employ) -> None:
    houses = await scene.houses(a=1)
    [sent] = await scene.apply(await scene.family(), houses["a"])
    await scene.close()
    await scene.release()
    worker = await employ(Role.CASE_WORKER)
    page = f"/staff/applications/{sent.id}/withdraw"
    await worker.get(page)

    assert (await worker.post(page)).status_code == 409
    assert await scene.status(sent) is ApplicationStatus.ALLOCATED
