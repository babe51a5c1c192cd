"""Drafts made from the register."""

import asyncio
from datetime import date

from sqlalchemy import update
from tests.core.scene import AFTER_DEADLINE, Household, Scene, WorkAs, staff
from tests.counting import counted

from opptak.admission.schemas import (
    Answer,
    ApplicationStatus,
    ClaimSource,
    ClaimState,
    DraftRequest,
    Fact,
    Origin,
)
from opptak.admission.service import Applications, Rounds
from opptak.authz.actions import Role
from opptak.hooks.types import Protection
from opptak.kit.clock import TravelClock
from opptak.kit.subject import SYSTEM
from opptak.people.models import Person
from opptak.runtime import Runtime

OLDER = date(2023, 3, 1)


async def test_draft_wishes_for_the_nearest_houses(scene: Scene) -> None:
    houses = await scene.houses(a=1, b=1, c=1, d=1)
    [drafted] = await scene.draft(await scene.family())
    assert [(wish.facility_id, wish.rank, wish.distance_m) for wish in drafted.wishes] == [
        (houses["a"].facility_id, 1, 0),
        (houses["b"].facility_id, 2, 1112),
        (houses["c"].facility_id, 3, 2224),
    ]


async def test_draft_says_what_the_register_knows(scene: Scene) -> None:
    await scene.houses(a=1)
    [drafted] = await scene.draft(await scene.family(languages=["se"]))
    assert (drafted.status, drafted.origin, drafted.answer) == (
        ApplicationStatus.DRAFTED,
        Origin.REGISTER,
        Answer.NONE,
    )
    assert (drafted.case_number, drafted.entitled, drafted.entitled_reason) == (
        "2027-0001",
        True,
        "right.entitled",
    )
    assert [(claim.fact, claim.source, claim.state) for claim in drafted.claims] == [
        (Fact.RESIDENT, ClaimSource.REGISTER, ClaimState.VERIFIED),
        (Fact.SAMI_LANGUAGE, ClaimSource.REGISTER, ClaimState.VERIFIED),
    ]


async def test_draft_puts_a_siblings_house_first(scene: Scene) -> None:
    houses = await scene.houses(a=1, b=1, c=1, d=1)
    household = await scene.family(date(2025, 6, 1), OLDER)
    await scene.placed(household.children[1], "d")
    [drafted, _] = await scene.draft(household)
    assert [wish.facility_id for wish in drafted.wishes] == [
        houses[name].facility_id for name in ("d", "a", "b", "c")
    ]
    siblings = [claim.facility_id for claim in drafted.claims if claim.fact is Fact.SIBLING_AT_FACILITY]
    assert siblings == [houses["d"].facility_id]


async def test_draft_never_measures_from_a_protected_address(scene: Scene) -> None:
    await scene.houses(a=1, b=1)
    [drafted] = await scene.draft(await scene.family(protection=Protection.CONFIDENTIAL))
    assert drafted.wishes == ()


async def test_distances_and_postcode_are_kept_back_once_the_child_is_protected(scene: Scene) -> None:
    houses = await scene.houses(a=1, b=1)
    household = await scene.family()
    [sent] = await scene.apply(household, houses["b"], houses["a"])
    assert [wish.distance_m for wish in sent.wishes] == [1112, 0]
    async with scene.work_as(staff(Role.CASE_WORKER)) as work:
        [before] = await Applications(work).applicants(sent.round_id)
    assert (before.facts.postcode, before.facts.days) == ("9151", sent.days_per_week)
    async with scene.work_as(SYSTEM) as work:
        await work.session.execute(update(Person).values(protection=Protection.CONFIDENTIAL))
    async with scene.work_as(staff(Role.CASE_WORKER)) as work:
        shown = await Applications(work).get(sent.id)
        [applicant] = await Applications(work).applicants(sent.round_id)
    assert [wish.distance_m for wish in (*shown.wishes, *applicant.wishes)] == [None] * 4
    assert set(applicant.facts.distances.values()) == {None}
    assert not applicant.facts.postcode


async def test_draft_leaves_what_is_there_alone(scene: Scene) -> None:
    await scene.houses(a=1)
    household = await scene.family()
    [first] = await scene.draft(household)
    [second] = await scene.draft(household)
    assert second == first


async def test_draft_leaves_unknown_children_out(scene: Scene) -> None:
    await scene.houses(a=1)
    household = await scene.family()
    round_ = await scene.round()
    async with scene.work_as(SYSTEM) as work:
        stranger = DraftRequest(child_id=round_.id, round_id=round_.id)
        known = DraftRequest(child_id=household.child, round_id=round_.id)
        drafted = await Applications(work).draft([stranger, known])
    assert list(drafted) == [household.child]


async def test_draft_after_the_deadline_gives_no_right(scene: Scene, clock: TravelClock) -> None:
    await scene.houses(a=1)
    household = await scene.family()
    clock.travel_to(AFTER_DEADLINE)
    [drafted] = await scene.draft(household)
    assert (drafted.entitled, drafted.entitled_reason) == (False, "right.not_entitled")


async def test_drafts_at_once_get_different_case_numbers(scene: Scene, work_as: WorkAs) -> None:
    await scene.houses(a=1)
    households = [await scene.family() for _ in range(4)]
    round_ = await scene.round()

    async def draft(household: Household) -> None:
        async with work_as(SYSTEM) as work:
            request = DraftRequest(child_id=household.child, round_id=round_.id)
            await Applications(work).draft([request])

    await asyncio.gather(*map(draft, households), draft(households[0]))
    async with work_as(SYSTEM) as work:
        views = await Applications(work).of_round(round_.id)
    assert len({view.case_number for view in views}) == 4
    assert {view.child_id for view in views} == {household.child for household in households}


async def test_draft_needs_as_many_queries_for_many_children(scene: Scene, runtime: Runtime) -> None:
    await scene.houses(a=1, b=1)
    one = await scene.family()
    many = [await scene.family(date(2025, 6, 1), date(2025, 7, 1)) for _ in range(5)]
    round_ = await scene.round()
    lengths = []
    for children in ([one.child], [child for household in many for child in household.children]):
        requests = [DraftRequest(child_id=child, round_id=round_.id) for child in children]
        async with scene.work_as(SYSTEM) as work:
            with counted(runtime) as statements:
                await Applications(work).draft(requests)
                await work.session.flush()
        lengths.append(len(statements))
    assert lengths[0] == lengths[1]


async def test_round_is_one_an_intake(scene: Scene) -> None:
    first, second = await scene.round(), await scene.round()
    assert first == second
    assert first.seed is None
    async with scene.work_as(SYSTEM) as work:
        assert await Rounds(work).current() == first
