"""Criteria evaluated on facts."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from opptak.admission.criteria import Evaluation, Reason, evaluate, proven, unknown_facts
from opptak.admission.schemas import Fact, Facts
from opptak.kit.ids import new_id
from opptak.tenancy.config import Criteria, Criterion, CriterionEffect, TieBreak

HERE, THERE = new_id(), new_id()
BORN = date(2025, 6, 1)

PRIORITY = Criterion(
    id="priority", fact="statutory_priority", effect=CriterionEffect.TIER, tier=1, proof=True
)
RIGHT = Criterion(id="right", fact="right", effect=CriterionEffect.TIER, tier=3)
SIBLING = Criterion(
    id="sibling", fact="sibling_at_facility", effect=CriterionEffect.POINTS, points=40, at="facility"
)
NEAR = Criterion(
    id="near",
    fact="distance",
    effect=CriterionEffect.POINTS,
    at="facility",
    bands=((2000, 15), (5000, 10)),
)
RESIDENT = Criterion(id="resident", fact="resident", effect=CriterionEffect.GATE)


def rules(*criteria: Criterion, ties: tuple[TieBreak, ...] = (TieBreak.LOTTERY,)) -> Criteria:
    """Return rules in force."""
    return Criteria(valid_from=date(2026, 1, 1), rules=criteria, ties=ties)


def facts(
    known: dict[Fact, bool | None] | None = None,
    *,
    here: dict[Fact, bool | None] | None = None,
    metres: int | None = None,
) -> Facts:
    """Return facts of a child whose home is some metres from HERE."""
    return Facts(
        known=known or {},
        at={HERE: here or {}},
        distances={HERE: metres},
        born_on=BORN,
        submitted_at=datetime(2027, 2, 1, 12, 0, 0, 900_000, tzinfo=UTC),
    )


def test_evaluate_gives_the_base_tier_to_who_meets_nothing() -> None:
    found = evaluate(rules(PRIORITY, RIGHT, SIBLING, NEAR), facts())
    assert found == Evaluation(eligible=True, tier=9, points=0, ties=(), reasons=(), needs_review=())


def test_evaluate_takes_the_foremost_tier() -> None:
    found = evaluate(rules(RIGHT, PRIORITY), facts({Fact.RIGHT: True, Fact.STATUTORY_PRIORITY: True}))
    assert found.tier == 1
    assert found.reasons == (
        Reason(criterion="right", points=0),
        Reason(criterion="priority", points=0),
    )


@pytest.mark.parametrize(
    ("facility", "points"), [(HERE, 40), (THERE, 0), (None, 0)], ids=["here", "there", "everywhere"]
)
def test_evaluate_counts_a_sibling_at_its_own_house(facility: UUID | None, points: int) -> None:
    found = evaluate(rules(SIBLING), facts(here={Fact.SIBLING_AT_FACILITY: True}), facility=facility)
    assert found.points == points


@pytest.mark.parametrize(
    ("metres", "points"), [(0, 15), (2000, 15), (2001, 10), (5000, 10), (5001, 0), (None, 0)]
)
def test_evaluate_reads_distances_in_bands(metres: int | None, points: int) -> None:
    assert evaluate(rules(NEAR), facts(metres=metres), facility=HERE).points == points


def test_evaluate_does_not_believe_an_open_claim_without_proof() -> None:
    found = evaluate(rules(PRIORITY), facts({Fact.STATUTORY_PRIORITY: None}))
    assert (found.tier, found.needs_review) == (9, ("priority",))


def test_evaluate_believes_a_statement_where_no_proof_is_asked() -> None:
    trusting = Criterion(id="priority", fact="statutory_priority", effect=CriterionEffect.TIER, tier=1)
    found = evaluate(rules(trusting), facts({Fact.STATUTORY_PRIORITY: None}))
    assert (found.tier, found.needs_review) == (1, ())


def test_evaluate_shuts_out_who_does_not_pass_a_gate() -> None:
    assert evaluate(rules(RESIDENT), facts()).eligible is False
    assert evaluate(rules(RESIDENT), facts({Fact.RESIDENT: True})).eligible is True


def test_evaluate_caps_the_points() -> None:
    much = [
        Criterion(id=f"much-{n}", fact="resident", effect=CriterionEffect.POINTS, points=60000)
        for n in range(2)
    ]
    assert evaluate(rules(*much), facts({Fact.RESIDENT: True})).points == 65535


@pytest.mark.parametrize(
    ("ties", "values"),
    [
        ((TieBreak.OLDER_FIRST, TieBreak.LOTTERY), (BORN.toordinal(),)),
        ((TieBreak.YOUNGER_FIRST,), (-BORN.toordinal(),)),
        ((TieBreak.EARLIER_APPLICATION, TieBreak.LOTTERY), (1801483200,)),
        ((TieBreak.LOTTERY, TieBreak.OLDER_FIRST), ()),
    ],
)
def test_evaluate_orders_equals(ties: tuple[TieBreak, ...], values: tuple[int, ...]) -> None:
    assert evaluate(rules(ties=ties), facts()).ties == values


def test_proven_and_unknown_facts_are_read_from_the_rules() -> None:
    strange = Criterion(id="strange", fact="shoe_size", effect=CriterionEffect.POINTS)
    assert proven(rules(PRIORITY, RIGHT)) == {"statutory_priority"}
    assert unknown_facts(rules(PRIORITY, strange)) == ("strange",)


def test_every_fact_is_documented() -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "criteria.md"
    documented = re.findall(r"^\| `([a-z_]+)` \|", page.read_text(), flags=re.MULTILINE)
    assert set(documented) >= {fact.value for fact in Fact}
