"""Answers: who may give them, what they do, and what happens when two people answer at once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime

import msgspec
import pytest
from tests.core.scene import AFTER_DEADLINE, Household, Scene, WorkAs, answers, staff

from opptak.admission.errors import (
    AnswersRefused,
    ApplicationChanged,
    ApplicationLocked,
    OfferMustBeAnswered,
)
from opptak.admission.schemas import (
    Answer,
    Answers,
    ApplicationStatus,
    ApplicationView,
    ClaimState,
    Fact,
)
from opptak.admission.service import Applications, Rounds
from opptak.audit.schemas import AuditFilter
from opptak.audit.service import AuditLog
from opptak.authz.actions import Action, Role
from opptak.documents.schemas import LetterKind
from opptak.documents.service import Letters
from opptak.kit.clock import TravelClock
from opptak.kit.errors import NotFound
from opptak.kit.ids import new_id
from opptak.kit.subject import SYSTEM, Space, Subject
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext

LAST_EVENING = datetime(2027, 3, 1, 22, 59, tzinfo=UTC)
"""One minute to midnight in the tenant's zone on the last day to apply."""


async def drafted(scene: Scene) -> tuple[Household, ApplicationView, Answers]:
    """Return a family, its draft, and a form that can be sent in."""
    houses = await scene.houses(a=1, b=1)
    household = await scene.family(parents=2)
    [view] = await scene.draft(household)
    return household, view, answers(houses["b"], houses["a"])


def everything(view: ApplicationView, form: Answers) -> list[Callable[[Applications], Awaitable[object]]]:
    """Return all verbs of a parent, ready to be called."""
    return [
        lambda applications: applications.get(view.id),
        lambda applications: applications.save(view.id, form, version=view.version),
        lambda applications: applications.submit(view.id, form, version=view.version),
        lambda applications: applications.answer_no(view.id, Answer.NOT_NOW),
        lambda applications: applications.withdraw(view.id),
    ]


@pytest.mark.parametrize("verb", range(5))
async def test_application_is_unknown_to_other_families(scene: Scene, verb: int) -> None:
    _, view, form = await drafted(scene)
    other = await scene.family()
    nobody = Subject(space=Space.PARENTS, id=None)
    leader = staff(Role.LEADER)
    for stranger in (other.parent, nobody, leader):
        async with scene.work_as(stranger) as work:
            with pytest.raises(NotFound):
                await everything(view, form)[verb](Applications(work))


@pytest.mark.parametrize("verb", range(5))
async def test_application_is_unknown_to_other_tenants(
    scene: Scene, runtime: Runtime, other_tenant: TenantContext, verb: int
) -> None:
    _, view, form = await drafted(scene)
    async with runtime.work(other_tenant, staff(Role.CASE_WORKER)) as work:
        with pytest.raises(NotFound):
            await everything(view, form)[verb](Applications(work))


async def test_submit_takes_the_two_answers(scene: Scene, clock: TravelClock) -> None:
    household, view, form = await drafted(scene)
    async with scene.work_as(household.parent) as work:
        sent = await Applications(work).submit(view.id, form, version=view.version)
    assert (sent.status, sent.answer, sent.late) == (ApplicationStatus.SUBMITTED, Answer.YES, False)
    assert (sent.start_on, sent.days_per_week) == (date(2027, 8, 16), 5)
    assert tuple(wish.facility_id for wish in sent.wishes) == form.wishes
    assert [(wish.rank, wish.distance_m) for wish in sent.wishes] == [(1, 1112), (2, 0)]
    assert (sent.submitted_at, sent.submitted_by) == (clock.now(), household.parent.id)
    assert (sent.version, sent.editable) == (view.version + 1, True)


async def test_submit_sends_both_guardians_a_receipt(scene: Scene) -> None:
    household, view, form = await drafted(scene)
    async with scene.work_as(household.parent) as work:
        sent = await Applications(work).submit(view.id, form, version=view.version)
    async with scene.work_as(household.parent) as work:
        await Applications(work).submit(
            sent.id, msgspec.structs.replace(form, days_per_week=4), version=sent.version
        )
    async with scene.work_as(SYSTEM) as work:
        letters = await Letters(work).of_application(view.id)
    assert sorted(letter.recipient_id for letter in letters) == sorted(
        parent.id for parent in household.parents if parent.id
    )
    assert {letter.kind for letter in letters} == {LetterKind.RECEIPT}


async def test_submit_twice_is_once(scene: Scene) -> None:
    household, view, form = await drafted(scene)

    async def submit() -> ApplicationView:
        async with scene.work_as(household.parent) as work:
            return await Applications(work).submit(view.id, form, version=view.version)

    first, second = await asyncio.gather(submit(), submit())
    assert first == second


async def test_submit_from_an_old_form_is_refused(scene: Scene) -> None:
    household, view, form = await drafted(scene)
    mother, father = household.parents
    async with scene.work_as(mother) as work:
        await Applications(work).submit(view.id, form, version=view.version)
    other = msgspec.structs.replace(form, days_per_week=3)
    async with scene.work_as(father) as work:
        with pytest.raises(ApplicationChanged):
            await Applications(work).submit(view.id, other, version=view.version)


async def test_submit_on_the_last_evening_is_in_time(scene: Scene, clock: TravelClock) -> None:
    household, view, form = await drafted(scene)
    clock.travel_to(LAST_EVENING)
    async with scene.work_as(household.parent) as work:
        sent = await Applications(work).submit(view.id, form, version=view.version)
    assert (sent.late, sent.entitled) == (False, True)


async def test_submit_after_midnight_is_late(scene: Scene, clock: TravelClock) -> None:
    household, view, form = await drafted(scene)
    clock.travel_to(datetime(2027, 3, 1, 23, 0, tzinfo=UTC))
    async with scene.work_as(household.parent) as work:
        sent = await Applications(work).submit(view.id, form, version=view.version)
    assert (sent.late, sent.entitled, sent.entitled_reason) == (True, False, "right.not_entitled")


async def test_submit_needs_the_two_answers(scene: Scene) -> None:
    household, view, _ = await drafted(scene)
    async with scene.work_as(household.parent) as work:
        with pytest.raises(AnswersRefused) as refused:
            await Applications(work).submit(view.id, Answers(), version=view.version)
    assert refused.value.fields == {
        "start_on": "admission.field.start_on.missing",
        "days_per_week": "admission.field.days_per_week.missing",
    }


async def test_submit_refuses_a_house_without_places_for_the_age(scene: Scene) -> None:
    household, view, form = await drafted(scene)
    strange = msgspec.structs.replace(form, wishes=(new_id(),))
    async with scene.work_as(household.parent) as work:
        with pytest.raises(AnswersRefused) as refused:
            await Applications(work).submit(view.id, strange, version=view.version)
    assert refused.value.fields == {"wishes": "admission.field.wishes.unknown"}


async def test_save_keeps_a_half_filled_form(scene: Scene) -> None:
    household, view, form = await drafted(scene)
    half = msgspec.structs.replace(form, start_on=None, wishes=None)
    async with scene.work_as(household.parent) as work:
        saved = await Applications(work).save(view.id, half, version=view.version)
    assert (saved.status, saved.answer) == (ApplicationStatus.DRAFTED, Answer.NONE)
    assert (saved.start_on, saved.days_per_week) == (None, 5)
    assert saved.wishes == view.wishes


async def test_priority_by_law_is_stated_and_taken_back(scene: Scene) -> None:
    household, view, form = await drafted(scene)
    stated = msgspec.structs.replace(form, statutory_priority=True)
    async with scene.work_as(household.parent) as work:
        saved = await Applications(work).save(view.id, stated, version=view.version)
    [claim] = [claim for claim in saved.claims if claim.fact is Fact.STATUTORY_PRIORITY]
    assert (claim.state, saved.statutory_priority) == (ClaimState.NEEDS_REVIEW, True)
    async with scene.work_as(household.parent) as work:
        again = await Applications(work).save(view.id, form, version=saved.version)
    assert again.statutory_priority is False


async def test_no_stops_a_draft_and_withdraws_what_was_sent(scene: Scene) -> None:
    household, view, form = await drafted(scene)
    async with scene.work_as(household.parent) as work:
        said = await Applications(work).answer_no(view.id, Answer.STAYS_HOME)
    assert (said.status, said.answer) == (ApplicationStatus.DRAFTED, Answer.STAYS_HOME)
    async with scene.work_as(household.parent) as work:
        sent = await Applications(work).submit(view.id, form, version=said.version)
        gone = await Applications(work).answer_no(view.id, Answer.NOT_NOW)
    assert (sent.status, gone.status, gone.answer) == (
        ApplicationStatus.SUBMITTED,
        ApplicationStatus.WITHDRAWN,
        Answer.NOT_NOW,
    )


async def test_yes_is_not_a_no(scene: Scene) -> None:
    household, view, _ = await drafted(scene)
    async with scene.work_as(household.parent) as work:
        with pytest.raises(AnswersRefused):
            await Applications(work).answer_no(view.id, Answer.YES)


async def test_withdraw_twice_is_once_and_one_may_apply_again(scene: Scene) -> None:
    household, view, form = await drafted(scene)
    async with scene.work_as(household.parent) as work:
        await Applications(work).submit(view.id, form, version=view.version)
        first = await Applications(work).withdraw(view.id)
        second = await Applications(work).withdraw(view.id)
        again = await Applications(work).submit(view.id, form, version=second.version)
    assert first == second
    assert (second.status, again.status) == (ApplicationStatus.WITHDRAWN, ApplicationStatus.SUBMITTED)


async def test_withdraw_leaves_an_offer_to_be_answered(scene: Scene) -> None:
    household, view, form = await drafted(scene)
    async with scene.work_as(household.parent) as work:
        await Applications(work).submit(view.id, form, version=view.version)
    await scene.close()
    async with scene.work_as(SYSTEM) as work:
        await Applications(work).settle({view.id: ApplicationStatus.ALLOCATED})
    async with scene.work_as(household.parent) as work:
        with pytest.raises(OfferMustBeAnswered):
            await Applications(work).withdraw(view.id)


async def test_editing_ends_with_the_deadline(scene: Scene, clock: TravelClock) -> None:
    household, view, form = await drafted(scene)
    async with scene.work_as(household.parent) as work:
        sent = await Applications(work).submit(view.id, form, version=view.version)
    clock.travel_to(AFTER_DEADLINE)
    async with scene.work_as(household.parent) as work:
        with pytest.raises(ApplicationLocked):
            await Applications(work).submit(view.id, form, version=sent.version)
    await scene.close()
    async with scene.work_as(household.parent) as work:
        now = await Applications(work).get(view.id)
    assert (now.status, now.editable) == (ApplicationStatus.READY, False)


async def test_parent_starts_an_application_nobody_drafted(scene: Scene, work_as: WorkAs) -> None:
    await scene.houses(a=1)
    household, other = await scene.family(), await scene.family()
    await scene.round()
    async with work_as(other.parent) as work:
        with pytest.raises(NotFound):
            await Applications(work).start_by_parent(household.child)
    async with work_as(household.parent) as work:
        first = await Applications(work).start_by_parent(household.child)
        second = await Applications(work).start_by_parent(household.child)
    assert first == second
    assert (first.child_id, first.origin) == (household.child, "parent")


async def test_answers_are_audited_without_personal_data(scene: Scene) -> None:
    household, view, form = await drafted(scene)
    async with scene.work_as(household.parent) as work:
        await Applications(work).submit(view.id, form, version=view.version)
    async with scene.work_as(staff(Role.AUDITOR)) as work:
        page = await AuditLog(work).search(AuditFilter(target_id=view.id, subject_id=household.parent.id))
    assert [(entry.action, entry.details) for entry in page.items] == [
        (Action.APPLICATION_WRITE, {"status": "submitted", "version": 2})
    ]


async def test_staff_see_what_a_parent_sent_and_leave_a_trace(scene: Scene) -> None:
    _, view, _ = await drafted(scene)
    worker = staff(Role.CASE_WORKER)
    async with scene.work_as(worker) as work:
        assert (await Applications(work).get(view.id)).child_name == view.child_name
    async with scene.work_as(worker) as work:
        page = await AuditLog(work).search(AuditFilter(subject_id=worker.id, target_id=view.id))
    assert [entry.action for entry in page.items] == [Action.APPLICATION_READ]


async def test_round_closes_once(scene: Scene, clock: TravelClock) -> None:
    await drafted(scene)
    async with scene.work_as(SYSTEM) as work:
        assert await Rounds(work).close_due() == []
    clock.travel_to(AFTER_DEADLINE)
    async with scene.work_as(SYSTEM) as work:
        assert len(await Rounds(work).close_due()) == 1
        assert await Rounds(work).close_due() == []
