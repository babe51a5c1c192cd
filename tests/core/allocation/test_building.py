"""Instances built from applications."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec

from opptak.admission.schemas import (
    Applicant,
    ApplicationStatus,
    Fact,
    Facts,
    OpenClaim,
    RoundState,
    RoundView,
    WishView,
)
from opptak.admission.seekers import Seeker
from opptak.allocation.building import Snapshot, build
from opptak.allocation.checking import examine
from opptak.allocation.open_claims import deciding
from opptak.allocation.releasing import grants, lines
from opptak.allocation.schemas import CheckView
from opptak.engine.canonical import canonical_bytes, input_hash
from opptak.engine.instance import Algorithm, Child, Instance, Program, Reserve, Wish
from opptak.engine.running import allocate
from opptak.engine.siblings import SiblingRule
from opptak.facilities.schemas import ProgramView
from opptak.facilities.week import Week, every_day
from opptak.kit.ids import new_id
from opptak.offers.schemas import Standing
from opptak.tenancy.config import Criteria, Criterion, CriterionEffect, OfferRules, Statute, TieBreak
from opptak.tenancy.config import Reserve as ReserveRule

A, B, C = new_id(), new_id(), new_id()
UNITS = {house: new_id() for house in (A, B, C)}
LARGE = new_id()
CRITERIA = Criteria(
    valid_from=date(2026, 1, 1),
    rules=(
        Criterion(id="priority", fact="statutory_priority", effect=CriterionEffect.TIER, tier=1, proof=True),
        Criterion(id="right", fact="right", effect=CriterionEffect.TIER, tier=3),
        Criterion(
            id="sibling",
            fact="sibling_at_facility",
            effect=CriterionEffect.POINTS,
            points=40,
            at="facility",
        ),
    ),
    reserves=(ReserveRule(facility="0", tag="language:se", seats=1),),
)
ROUND = RoundView(
    id=new_id(),
    intake="2027",
    state=RoundState.CLOSED,
    year=2027,
    opens_on=date(2027, 1, 11),
    deadline=date(2027, 3, 1),
    starts_on=date(2027, 8, 1),
    latest_start=date(2027, 12, 31),
    max_wishes=5,
    days_choices=(5,),
    offers=OfferRules(),
    commitment="0" * 64,
)


ASKING = Seeker(
    application_id=new_id(),
    round_id=ROUND.id,
    child_id=new_id(),
    case_number="",
    status=ApplicationStatus.READY,
    start_on=None,
    days_per_week=3,
    ranks={},
    tags=(),
    guardians=(),
)


def unit(house: UUID, unit_id: UUID, *, number: int, band: str = "small") -> ProgramView:
    """Return a unit of a house with two places."""
    return ProgramView(
        unit_id=unit_id,
        unit_name=band,
        facility_id=house,
        facility_name=str(number),
        facility_register_id=str(number),
        band=band,
        seats=2,
        confirmed=True,
        language="",
    )


def applicant(*wishes: UUID, **fields: Any) -> Applicant:
    """Return an application for houses, best first."""
    given: dict[str, Any] = {
        "application_id": new_id(),
        "child_id": new_id(),
        "born_on": date(2025, 6, 1),
        "family": str(new_id()),
        "ordinal": 0,
        "right": False,
        "late": False,
        "accepts_elsewhere": False,
        "protected": False,
        "point": (0.0, 0.0),
        "wishes": tuple(
            WishView(facility_id=wish, facility_name="", rank=rank, distance_m=rank * 100)
            for rank, wish in enumerate(wishes, start=1)
        ),
        "tags": (),
        "facts": Facts(
            known={}, at={}, distances={}, born_on=date(2025, 6, 1), submitted_at=datetime.now(UTC)
        ),
        "open_claims": (),
        "held_unit": None,
        "held_facility": None,
    }
    return Applicant(**{**given, **fields})


def snapshot(
    *applicants: Applicant,
    standings: Mapping[UUID, Standing] | None = None,
    bands: Mapping[UUID, str] | None = None,
    free: int | Week = 1,
    criteria: Criteria = CRITERIA,
) -> Snapshot:
    """Return three houses with a small unit each, and one large unit in A."""
    return Snapshot(
        tenant="town",
        round=ROUND,
        seed="ab" * 32,
        criteria=criteria,
        programs=[
            *(unit(one, UNITS[one], number=number) for number, one in enumerate(UNITS)),
            unit(A, LARGE, number=0, band="large"),
        ],
        points={house: (float(number), 0.0) for number, house in enumerate(UNITS)},
        free=dict.fromkeys([*UNITS.values(), LARGE], free if isinstance(free, tuple) else every_day(free)),
        applicants=applicants,
        bands={one.application_id: (bands or {}).get(one.application_id, "small") for one in applicants},
        standings=standings or {},
    )


def row(instance: Instance, one: Applicant) -> Child:
    """Return an application's row."""
    return next(child for child in instance.children if child.id == str(one.application_id))


def program(instance: Instance, unit_id: UUID) -> Program:
    """Return a unit's row."""
    return next(found for found in instance.programs if found.id == str(unit_id))


def test_wishes_become_the_units_of_the_childs_age() -> None:
    small, large = applicant(B, A), applicant(A)
    instance = build(snapshot(small, large, bands={large.application_id: "large"}))
    assert row(instance, small).wishes == (
        Wish(program=str(UNITS[B]), distance_m=100),
        Wish(program=str(UNITS[A]), distance_m=200),
    )
    assert row(instance, large).wishes == (Wish(program=str(LARGE), distance_m=100),)


def test_no_name_number_or_place_is_in_an_instance() -> None:
    one = applicant(A, tags=("language:se", "protected"), protected=True, point=None)
    child = row(build(snapshot(one)), one)
    assert child.tags == ("language:se", "protected")
    assert child.id == str(one.application_id)


def test_a_sibling_counts_at_its_house_alone() -> None:
    facts = msgspec.structs.replace(
        applicant().facts, at={B: {Fact.SIBLING_AT_FACILITY: True}}, known={Fact.RIGHT: True}
    )
    one = applicant(A, B, facts=facts, right=True)
    child = row(build(snapshot(one)), one)
    assert child.priority is not None
    assert (child.priority.tier, child.priority.points) == (3, 0)
    assert {unit: at.points for unit, at in child.priority_at.items()} == {str(UNITS[B]): 40}


def test_a_late_application_stands_behind_all_in_time() -> None:
    facts = msgspec.structs.replace(applicant().facts, known={Fact.STATUTORY_PRIORITY: True})
    late, in_time = applicant(A, facts=facts, late=True), applicant(A)
    assignment = allocate(build(snapshot(late, in_time))).assignment
    assert assignment == {
        str(late.application_id): None,
        str(in_time.application_id): str(UNITS[A]),
    }


def test_who_has_the_right_accepts_other_places_the_nearest_first() -> None:
    entitled = applicant(B, right=True, accepts_elsewhere=True)
    refusing, without = applicant(B, right=True), applicant(B, accepts_elsewhere=True)
    instance = build(snapshot(entitled, refusing, without))
    assert row(instance, entitled).fallback == (str(UNITS[A]), str(UNITS[C]))
    assert row(instance, refusing).fallback is None
    assert row(instance, without).fallback is None


def test_a_place_of_its_own_is_kept_for_a_child_alone() -> None:
    mover, newcomer = applicant(A, held_unit=UNITS[B], held_facility=B), applicant(B)
    instance = build(snapshot(mover, newcomer, free=0))
    mark = f"place:{mover.application_id}"
    assert (row(instance, mover).current, row(instance, mover).tags) == (str(UNITS[B]), (mark,))
    assert program(instance, UNITS[B]).capacity == 1
    assert program(instance, UNITS[B]).reserves == (Reserve(count=1, tag=mark, open=False),)
    moved = allocate(
        build(msgspec.structs.replace(snapshot(mover, newcomer, free=0), free={UNITS[A]: every_day(1)}))
    )
    assert moved.assignment == {
        str(mover.application_id): str(UNITS[A]),
        str(newcomer.application_id): None,
    }


def test_a_child_that_has_grown_keeps_a_place_in_its_new_age_group() -> None:
    grown = applicant(B, held_unit=UNITS[A], held_facility=A)
    instance = build(snapshot(grown, bands={grown.application_id: "large"}))
    assert row(instance, grown).current == str(LARGE)


def test_reserved_places_stand_in_the_unit() -> None:
    instance = build(snapshot())
    assert program(instance, UNITS[A]).reserves == (Reserve(count=1, tag="language:se"),)


def test_later_runs_leave_open_what_a_child_is_in_line_for() -> None:
    listed, done, free = applicant(A, B), applicant(A), applicant(A)
    standings = {
        listed.application_id: Standing(held_unit=UNITS[B], listed=frozenset({UNITS[A]})),
        done.application_id: Standing(held_unit=UNITS[A], listed=frozenset()),
    }
    instance = build(snapshot(listed, done, free, standings=standings))
    assert {child.id for child in instance.children} == {
        str(listed.application_id),
        str(free.application_id),
    }
    child = row(instance, listed)
    assert [wish.program for wish in child.wishes if isinstance(wish, Wish)] == [str(UNITS[A])]
    assert child.current == str(UNITS[B])


def test_instance_does_not_depend_on_the_order_of_rows() -> None:
    one, two = applicant(A, B), applicant(B)
    forwards, backwards = snapshot(one, two), snapshot(two, one)
    reordered = msgspec.structs.replace(backwards, programs=tuple(reversed(backwards.programs)))
    assert input_hash(build(forwards)) == input_hash(build(reordered))


def claiming(*wishes: UUID, born_on: date) -> Applicant:
    """Return an application with an open claim to priority by law."""
    facts = msgspec.structs.replace(applicant().facts, known={Fact.STATUTORY_PRIORITY: None}, born_on=born_on)
    claim = OpenClaim(id=new_id(), fact=Fact.STATUTORY_PRIORITY, facility_id=None)
    return applicant(*wishes, facts=facts, open_claims=(claim,))


def decisive(*applicants: Applicant) -> frozenset[UUID]:
    """Return the open claims that decide about places."""
    about = snapshot(*applicants)
    claims = [claim.id for one in applicants for claim in one.open_claims]
    return deciding(lambda met: build(about, assumed=met), claims)


def test_open_claim_decides_where_somebody_else_would_lose_a_place() -> None:
    elder = applicant(A, facts=msgspec.structs.replace(applicant().facts, born_on=date(2024, 1, 1)))
    younger = claiming(A, born_on=date(2025, 1, 1))
    alone = claiming(B, born_on=date(2025, 1, 1))
    assert decisive(elder, younger, alone) == {younger.open_claims[0].id}


def test_open_claims_that_decide_nothing_do_not_block() -> None:
    assert decisive(claiming(A, born_on=date(2025, 1, 1)), applicant(B)) == frozenset()


BY_DAYS = msgspec.structs.replace(CRITERIA, algorithm="fit")
MONDAY_TO_WEDNESDAY, WEDNESDAY_TO_FRIDAY = (1, 1, 1, 0, 0), (0, 0, 1, 1, 1)


def test_algorithm_is_the_one_the_municipality_has_chosen() -> None:
    assert build(snapshot()).rules.algorithm == "da"
    assert build(snapshot(criteria=BY_DAYS)).rules.algorithm == "fit"


def test_unit_whose_days_differ_has_as_many_whole_places_as_its_fullest_day_leaves() -> None:
    instance = build(snapshot(free=(3, 2, 3, 2, 1)))
    assert program(instance, UNITS[A]).capacity == 1


def test_places_by_weekday_and_days_asked_for_come_into_the_instance() -> None:
    part = applicant(B, days_per_week=3)
    instance = build(snapshot(part, free=(2, 1, 1, -1, 0), criteria=BY_DAYS))
    assert program(instance, UNITS[B]).capacity == (2, 1, 1, 0, 0)
    assert row(instance, part).need == MONDAY_TO_WEDNESDAY
    assert row(instance, part).wishes == tuple(
        Wish(program=str(UNITS[B]), need=need, distance_m=100)
        for need in (MONDAY_TO_WEDNESDAY, WEDNESDAY_TO_FRIDAY)
    )


def test_two_who_come_three_days_each_share_a_place_where_wednesday_has_two() -> None:
    one, two = applicant(B, days_per_week=3), applicant(B, days_per_week=3)
    instance = build(snapshot(one, two, free=(1, 1, 2, 1, 1), criteria=BY_DAYS))
    result = allocate(instance)
    assert set(result.assignment.values()) == {str(UNITS[B])}
    given = grants(instance, result, {one.application_id: ASKING, two.application_id: ASKING}, ROUND)
    assert sorted((grant.weekdays, grant.days_per_week) for grant in given) == [
        ((0, 1, 2), 3),
        ((2, 3, 4), 3),
    ]


def test_who_would_rather_come_on_other_days_is_not_in_line_for_the_place_it_has() -> None:
    one, two = applicant(B, days_per_week=3), applicant(B, days_per_week=3)
    instance = build(snapshot(one, two, free=(1, 1, 2, 1, 1), criteria=BY_DAYS))
    asking = {one.application_id: ASKING, two.application_id: ASKING}
    assert list(lines(instance, allocate(instance), asking)) == []


def test_holder_brings_along_the_days_of_its_place_alone() -> None:
    holder = applicant(B, held_unit=UNITS[A], held_facility=A, held_weekdays=(0, 1, 2), days_per_week=5)
    instance = build(snapshot(holder, free=(0, 0, 0, 1, 1), criteria=BY_DAYS))
    assert program(instance, UNITS[A]).capacity == (1, 1, 1, 1, 1)
    assert row(instance, holder).need == MONDAY_TO_WEDNESDAY
    assert allocate(instance).assignment[str(holder.application_id)] == str(UNITS[A])


def test_place_whose_days_nobody_has_named_is_taken_on_all() -> None:
    holder = applicant(B, held_unit=UNITS[A], held_facility=A, days_per_week=3)
    assert row(build(snapshot(holder, criteria=BY_DAYS)), holder).need == every_day(1)


def test_place_on_fewer_days_than_asked_for_is_found() -> None:
    part = applicant(B, days_per_week=3)
    seen = snapshot(part, criteria=BY_DAYS)
    instance = build(seen)
    files = [canonical_bytes(found) for found in (instance, allocate(instance))]

    def days(given: Snapshot) -> CheckView:
        found = examine(given, instance=files[0], result=files[1], claims=(), step=lambda: None)
        return next(check for check in found.checks if check.code == "days")

    assert not days(seen).blocks
    asked = msgspec.structs.replace(part, days_per_week=4)
    fewer = days(msgspec.structs.replace(seen, applicants=[asked]))
    assert (fewer.blocks, fewer.applications) == (True, (part.application_id,))


def test_house_with_a_statute_has_its_own_order() -> None:
    by_age = Statute(facilities=("0",), without=("sibling",), ties=(TieBreak.YOUNGER_FIRST, TieBreak.LOTTERY))
    criteria = msgspec.structs.replace(CRITERIA, statutes=(by_age,))
    known = {house: {Fact.SIBLING_AT_FACILITY: True} for house in (A, B)}
    one = applicant(A, B)
    one = msgspec.structs.replace(one, facts=msgspec.structs.replace(one.facts, at=known))
    there = row(build(snapshot(one, criteria=criteria)), one).priority_at
    assert there[str(UNITS[B])].points == 40
    assert there[str(UNITS[A])].points == 0
    assert there[str(UNITS[A])].ties == (-one.born_on.toordinal(),)


def test_catchment_area_counts_at_its_house_alone() -> None:
    rule = Criterion(id="area", fact="catchment", effect=CriterionEffect.POINTS, points=30, at="facility")
    areas = (Statute(facilities=("0",), postcodes=("9151",)), Statute(facilities=("1",), postcodes=("9152",)))
    criteria = msgspec.structs.replace(CRITERIA, rules=(*CRITERIA.rules, rule), statutes=areas)
    one = applicant(A, B)
    one = msgspec.structs.replace(one, facts=msgspec.structs.replace(one.facts, postcode="9151"))
    there = row(build(snapshot(one, criteria=criteria)), one).priority_at
    assert {unit: found.points for unit, found in there.items()} == {str(UNITS[A]): 30}


def test_siblings_have_joint_wishes_where_the_criteria_keep_them_together() -> None:
    together = msgspec.structs.replace(
        CRITERIA, algorithm=Algorithm.FAMILIES, siblings=SiblingRule.TOGETHER_OR_NONE
    )
    one, two, alone = applicant(A, B, family="f"), applicant(B, A, family="f", ordinal=1), applicant(A)
    instance = build(snapshot(one, two, alone, free=2, criteria=together))
    [family] = instance.families
    assert family.id == row(instance, one).family
    assert [set(joint.values()) for joint in family.tuples] == [{str(UNITS[A])}, {str(UNITS[B])}]
    assert build(snapshot(one, two, free=2)).families == ()
