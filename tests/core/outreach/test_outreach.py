"""The proactive lane: every child is found, every guardian written to once, and nobody after an answer."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import func, select
from tests.conftest import Drained
from tests.fakes import FakeTown, adult, child, kindergarten, number

from opptak.admission.schemas import Answer, ApplicationFilter
from opptak.admission.service import Applications, Rounds
from opptak.documents.models import Letter
from opptak.facilities.service import Facilities
from opptak.hooks.errors import Temporary
from opptak.hooks.types import Contact, Custody, CustodyKind, PersonState, PlacementRecord, Protection
from opptak.hooks.types import Letter as OutgoingLetter
from opptak.kit.clock import TravelClock
from opptak.kit.subject import Space, Subject
from opptak.outreach import finding
from opptak.outreach.errors import CampaignNotFound, OutreachNotConfigured
from opptak.outreach.models import Invitation
from opptak.outreach.reminding import due_step, remind
from opptak.outreach.schemas import CampaignState, CampaignView
from opptak.outreach.service import Outreach
from opptak.people.service import People
from opptak.placements.service import Placements
from opptak.runtime import Runtime
from opptak.tenancy.config import Module
from opptak.tenancy.config import Outreach as OutreachRules
from opptak.tenancy.context import TenantContext, Work

OpenWork = Callable[[], AbstractAsyncContextManager[Work]]
WorkAs = Callable[[Subject], AbstractAsyncContextManager[Work]]
Drain = Callable[[], Awaitable[Drained]]

INTAKE = "2027"


@pytest.fixture
async def ready(work: OpenWork, town: FakeTown) -> UUID:
    """A round in a municipality with one kindergarten; returns the round."""
    town.facilities = {"100": kindergarten("100")}
    async with work() as opened:
        await Facilities(opened).import_register()
        return (await Rounds(opened).ensure(INTAKE)).id


async def started(work: OpenWork, round_id: UUID) -> CampaignView:
    """Start the round's campaign."""
    async with work() as opened:
        return await Outreach(opened).start(round_id)


async def campaign(work: OpenWork) -> CampaignView:
    """Return the campaign as it stands."""
    async with work() as opened:
        return await Outreach(opened).of_intake(INTAKE)


def readers(town: FakeTown) -> list[str]:
    """Return the last digits of those who got letters, in order."""
    return sorted(letter.recipient_number[-2:] for letter in town.letters.values())


async def test_both_guardians_of_a_child_are_invited(
    work: OpenWork, town: FakeTown, ready: UUID, drain: Drain
) -> None:
    town.family("joint", [child(1, date(2025, 3, 1))], [adult(11, languages=("se",)), adult(12)])
    town.contacts[number(12)] = Contact(
        identity_number=number(12), registered=True, may_notify=True, language="en"
    )
    await started(work, ready)
    assert await drain() == [
        "outreach.find",
        "outreach.families",
        "outreach.invite",
        "letters.send",
    ]
    assert {letter.recipient_number: letter.language for letter in town.letters.values()} == {
        number(11): "se",
        number(12): "en",
    }
    assert figures(await campaign(work)) == ("finished", 1, 1, 1, 2, 0)


async def test_letter_never_names_the_child(
    work: OpenWork, town: FakeTown, ready: UUID, drain: Drain
) -> None:
    town.family("sole", [child(1, date(2025, 3, 1), given_name="Lillemann")], [adult(11)])
    await started(work, ready)
    await drain()
    async with work() as opened:
        contents = (await opened.session.scalars(select(Letter.content))).all()
    (letter,) = town.letters.values()
    assert contents == [{"deadline": "2027-03-01"}]
    assert "Lillemann" not in f"{letter.title} {letter.filename} {letter.key}"
    assert b"Lillemann" not in letter.pdf


async def test_family_of_two_gets_one_letter_a_guardian(
    work: OpenWork, town: FakeTown, ready: UUID, drain: Drain
) -> None:
    twins = [child(1, date(2025, 3, 1)), child(2, date(2025, 3, 1))]
    town.family("joint", twins, [adult(11), adult(12)])
    await started(work, ready)
    await drain()
    assert readers(town) == ["11", "12"]
    async with work() as opened:
        assert await opened.session.scalar(select(func.count()).select_from(Invitation)) == 4
    assert figures(await campaign(work)) == ("finished", 2, 2, 2, 2, 0)


async def test_children_in_many_jobs_give_the_same_figures(
    work: OpenWork, town: FakeTown, ready: UUID, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "AT_ONCE", 2)
    kids = [child(serial, date(2025, 3, 1)) for serial in range(1, 6)]
    town.family("joint", kids, [adult(11)])
    await started(work, ready)
    done = await drain()
    assert (done.count("outreach.families"), done.count("outreach.invite")) == (3, 3)
    assert readers(town) == ["11"]
    assert figures(await campaign(work)) == ("finished", 5, 5, 5, 1, 0)


async def test_starting_twice_is_one_campaign(
    work: OpenWork, town: FakeTown, ready: UUID, drain: Drain
) -> None:
    town.family("sole", [child(1, date(2025, 3, 1))], [adult(11)])
    first = await started(work, ready)
    assert (await started(work, ready)).id == first.id
    await drain()
    assert (await started(work, ready)).state is CampaignState.FINISHED
    assert await drain() == []
    assert readers(town) == ["11"]


async def test_children_with_a_place_are_not_written_to(
    work: OpenWork, town: FakeTown, ready: UUID, drain: Drain
) -> None:
    placed, leaving = child(1, date(2025, 3, 1)), child(2, date(2024, 3, 1))
    town.family("sole", [placed], [adult(11)])
    town.family("sole", [leaving], [adult(12)])
    place = PlacementRecord(
        placement_id="p1",
        facility_id="100",
        unit="",
        child_number=number(1),
        days_per_week=5,
        hours_per_week=45.0,
        starts_on=date(2026, 8, 1),
    )
    ends = msgspec.structs.replace(
        place, placement_id="p2", child_number=number(2), ends_on=date(2027, 6, 30)
    )
    town.placements = [place, ends]
    async with work() as opened:
        await Placements(opened).import_current()
    await started(work, ready)
    await drain()
    assert readers(town) == ["12"]
    assert figures(await campaign(work)) == ("finished", 2, 1, 1, 1, 0)


async def test_draft_wishes_for_the_house_of_a_sibling_from_another_job(
    work: OpenWork, town: FakeTown, ready: UUID, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "AT_ONCE", 1)
    town.facilities["200"] = kindergarten("200")
    async with work() as opened:
        await Facilities(opened).import_register()
    kids = [child(1, date(2025, 3, 1)), child(2, date(2023, 3, 1))]
    town.family("sole", kids, [adult(11)])
    town.placements = [
        PlacementRecord(
            placement_id="p2",
            facility_id="200",
            unit="",
            child_number=number(2),
            days_per_week=5,
            hours_per_week=45.0,
            starts_on=date(2026, 8, 1),
        )
    ]
    async with work() as opened:
        await Placements(opened).import_current()
    await started(work, ready)
    await drain()
    async with work() as opened:
        guardian = await People(opened).by_number(number(11))
        assert guardian is not None
        (application,) = await Applications(opened).of_guardian(guardian.id)
    assert [wish.facility_name for wish in application.wishes] == ["Barnehage 200"]


async def test_those_nobody_can_write_to_are_counted(
    work: OpenWork, town: FakeTown, ready: UUID, drain: Drain
) -> None:
    town.family("sole", [child(1, date(2025, 3, 1))], [adult(11, residence=None)])
    town.add(child(2, date(2025, 3, 1)))
    town.custody.append(Custody(child=number(2), guardian=None, kind=CustodyKind.OTHER))
    town.family("sole", [child(3, date(2025, 3, 1))], [adult(13)])
    await started(work, ready)
    await drain()
    assert readers(town) == ["13"]
    assert figures(await campaign(work)) == ("finished", 3, 3, 3, 2, 2)


async def test_those_nobody_can_write_to_are_found_until_they_answer(
    work: OpenWork, town: FakeTown, ready: UUID, drain: Drain
) -> None:
    town.family("sole", [child(1, date(2025, 3, 1))], [adult(11, residence=None)])
    town.family("sole", [child(3, date(2025, 3, 1))], [adult(13)])
    await started(work, ready)
    await drain()
    async with work() as opened:
        [unheard] = (await Applications(opened).search(ApplicationFilter(unheard=True))).items
        assert (await Applications(opened).counts(ready)).unheard == 1
        lone = await People(opened).by_number(number(1))
        assert lone is not None
        assert unheard.child_id == lone.id
        await Applications(opened).answer_no(unheard.id, Answer.NOT_NOW)
        assert (await Applications(opened).counts(ready)).unheard == 0


async def test_protected_child_gets_a_draft_without_distances(
    work: OpenWork, town: FakeTown, ready: UUID, drain: Drain
) -> None:
    hidden = child(1, date(2025, 3, 1), protection=Protection.STRICT, residence=None)
    town.family("sole", [hidden], [adult(11, protection=Protection.CONFIDENTIAL)])
    await started(work, ready)
    await drain()
    async with work() as opened:
        guardian = await People(opened).by_number(number(11))
        assert guardian is not None
        (application,) = await Applications(opened).of_guardian(guardian.id)
    assert application.wishes == ()
    assert "search" not in town.calls
    assert figures(await campaign(work)) == ("finished", 1, 1, 1, 1, 0)


async def test_register_that_breaks_down_is_asked_again(
    work: OpenWork, town: FakeTown, ready: UUID, drain: Drain, clock: TravelClock
) -> None:
    town.family("sole", [child(1, date(2025, 3, 1))], [adult(11)])
    await started(work, ready)
    for code in ("cohort", "guardians", "contacts"):
        town.failing = [Temporary(code)]
        done = await drain()
        if code == "cohort":
            assert done.failures == [("outreach.find", "temporary", "cohort")]
        clock.travel(timedelta(hours=2))
    await drain()
    assert readers(town) == ["11"]
    assert figures(await campaign(work)) == ("finished", 1, 1, 1, 1, 0)


async def test_round_without_children_is_done_at_once(
    work: OpenWork, town: FakeTown, ready: UUID, drain: Drain
) -> None:
    town.add(child(1, date(2019, 3, 1)), child(2, date(2025, 3, 1), state=PersonState.MOVED_OUT))
    await started(work, ready)
    await drain()
    assert figures(await campaign(work)) == ("finished", 1, 0, 0, 0, 0)


async def test_family_that_has_applied_by_itself_gets_no_invitation(
    work: OpenWork, work_as: WorkAs, town: FakeTown, ready: UUID, drain: Drain
) -> None:
    kid = child(1, date(2025, 3, 1))
    town.family("sole", [kid], [adult(11)])
    async with work() as opened:
        ids = await People(opened).store([kid])
        await People(opened).fetch_guardians(ids)
        guardian = (await People(opened).guardians_of(ids.values()))[ids[number(1)]][0].id
    await say_no(work_as, guardian, child_id=ids[number(1)])
    await started(work, ready)
    await drain()
    assert readers(town) == []


async def test_other_tenants_see_nothing(
    runtime: Runtime, other_tenant: TenantContext, work: OpenWork, ready: UUID
) -> None:
    await started(work, ready)
    async with runtime.work(other_tenant) as foreign:
        with pytest.raises(CampaignNotFound):
            await Outreach(foreign).of_round(ready)
        with pytest.raises(CampaignNotFound):
            await Outreach(foreign).of_intake(INTAKE)


async def test_round_without_the_lane_is_refused(
    runtime: Runtime, tenant: TenantContext, ready: UUID
) -> None:
    document = msgspec.structs.replace(tenant.document, modules=(Module.PORTAL,))
    without = msgspec.structs.replace(tenant, document=document)
    async with runtime.work(without) as opened:
        with pytest.raises(OutreachNotConfigured):
            await Outreach(opened).start(ready)
        await Outreach(opened).start_due()
        with pytest.raises(CampaignNotFound):
            await Outreach(opened).of_round(ready)


async def test_campaign_starts_by_itself_on_its_day(work: OpenWork, ready: UUID, clock: TravelClock) -> None:
    clock.travel(timedelta(days=-1))
    async with work() as opened:
        await Outreach(opened).start_due()
        with pytest.raises(CampaignNotFound):
            await Outreach(opened).of_round(ready)
    clock.travel(timedelta(days=1))
    async with work() as opened:
        await Outreach(opened).start_due()
    assert (await campaign(work)).state is CampaignState.FINDING


async def test_campaign_does_not_start_by_itself_after_the_deadline(
    work: OpenWork, ready: UUID, clock: TravelClock
) -> None:
    clock.travel(timedelta(days=60))
    async with work() as opened:
        await Outreach(opened).start_due()
        with pytest.raises(CampaignNotFound):
            await Outreach(opened).of_round(ready)


async def test_reminder_goes_to_the_silent_alone(
    work: OpenWork,
    work_as: WorkAs,
    town: FakeTown,
    ready: UUID,
    drain: Drain,
    clock: TravelClock,
) -> None:
    town.family("joint", [child(1, date(2025, 3, 1))], [adult(11), adult(12)])
    town.family("sole", [child(2, date(2025, 3, 1))], [adult(13)])
    await started(work, ready)
    await drain()
    async with work() as opened:
        answering = await People(opened).by_number(number(11))
        assert answering is not None
    await say_no(work_as, answering.id)
    clock.travel(timedelta(days=28))
    assert await reminded(work, drain, town) == ["13"]
    assert await reminded(work, drain, town) == []
    clock.travel(timedelta(days=14))
    assert await reminded(work, drain, town) == ["13"]
    clock.travel(timedelta(days=30))
    assert await reminded(work, drain, town) == []


async def test_reminder_waits_for_its_day(
    work: OpenWork, town: FakeTown, ready: UUID, drain: Drain, clock: TravelClock
) -> None:
    town.family("sole", [child(1, date(2025, 3, 1))], [adult(11)])
    async with work() as opened:
        assert await remind(opened) == 0
    await started(work, ready)
    await drain()
    clock.travel(timedelta(days=27))
    assert await reminded(work, drain, town) == []


async def test_late_invitation_is_not_followed_by_an_old_reminder(
    work: OpenWork, town: FakeTown, ready: UUID, drain: Drain, clock: TravelClock
) -> None:
    town.family("sole", [child(1, date(2025, 3, 1))], [adult(11)])
    clock.travel(timedelta(days=30))
    await started(work, ready)
    await drain()
    assert await reminded(work, drain, town) == []
    clock.travel(timedelta(days=12))
    assert await reminded(work, drain, town) == ["11"]


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2027, 2, 7), None),
        (date(2027, 2, 8), (1, date(2027, 2, 8))),
        (date(2027, 2, 21), (1, date(2027, 2, 8))),
        (date(2027, 2, 22), (2, date(2027, 2, 22))),
        (date(2027, 3, 1), (2, date(2027, 2, 22))),
        (date(2027, 3, 2), None),
    ],
)
def test_due_step_is_the_newest(today: date, due: tuple[int, date] | None) -> None:
    rules = OutreachRules(letters_on=date(2027, 1, 11), reminder_days=(7, 21))
    assert due_step(rules, deadline=date(2027, 3, 1), today=today) == due


async def reminded(work: OpenWork, drain: Drain, town: FakeTown) -> list[str]:
    """Send the reminders that are due and return the last digits of those who got one."""
    before = dict(town.letters)
    async with work() as opened:
        await remind(opened)
    await drain()
    new: list[OutgoingLetter] = [town.letters[key] for key in town.letters if key not in before]
    assert {letter.kind for letter in new} <= {"reminder"}
    return sorted(letter.recipient_number[-2:] for letter in new)


async def say_no(work_as: WorkAs, guardian: UUID, *, child_id: UUID | None = None) -> None:
    """Let a guardian answer that the family needs no place now."""
    async with work_as(Subject(space=Space.PARENTS, id=guardian)) as parent:
        applications = Applications(parent)
        if child_id is not None:
            application = await applications.start_by_parent(child_id)
        else:
            (application,) = await applications.of_guardian(guardian)
        await applications.answer_no(application.id, Answer.NOT_NOW)


def figures(view: CampaignView) -> tuple[Any, ...]:
    """Return state, found, eligible, drafted, invited, unreachable."""
    return (
        view.state,
        view.found,
        view.eligible,
        view.drafted,
        view.invited,
        view.unreachable,
    )
