"""Criteria evaluated: what a child's facts amount to, everywhere and at each facility. Pure.

A fact has three values: it holds, it doesn't, or nobody has decided yet. Of the last kind are open claims:
under a criterion that asks for proof one counts as not met, and the criterion is listed in `needs_review`, so
that whoever runs an allocation finds out whether it matters; under any other it is believed.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from opptak.admission.schemas import Fact, Facts
from opptak.engine.market import BY_DAYS
from opptak.tenancy.config import Criteria, Criterion, CriterionEffect, TieBreak

__all__ = (
    "LATE",
    "LOCAL",
    "MOST_POINTS",
    "NUMBERS",
    "Evaluation",
    "Reason",
    "at_house",
    "draws_lots",
    "evaluate",
    "gives_days",
    "proven",
    "unknown_facts",
)

NUMBERS = frozenset({Fact.DISTANCE, Fact.DAYS})
"""Facts that are numbers: criteria give points for them by bands."""

LOCAL = frozenset({Fact.SIBLING_AT_FACILITY, Fact.DISTANCE, Fact.CATCHMENT})
"""Facts that hold at one facility, or don't."""

LATE = 1000
"""Added to the tier of an application that came after the deadline: it stands behind all others."""

MOST_POINTS = 65535
"""The allocation's points end here; more count as these."""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """A criterion that was met, with the points it gave (none where it decided the tier)."""

    criterion: str
    points: int


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What the facts amount to: lower tier first, then more points, then the lower tie."""

    eligible: bool
    tier: int
    points: int
    ties: tuple[int, ...]
    reasons: tuple[Reason, ...]
    needs_review: tuple[str, ...]
    """Criteria that hang on an open claim."""


def evaluate(criteria: Criteria, facts: Facts, *, facility: UUID | None = None) -> Evaluation:
    """Return what the facts amount to at a facility; without one, what holds everywhere.

    `criteria` are those of the facility (`at_house`).
    """
    eligible, tier, points = True, criteria.base_tier, 0
    reasons: list[Reason] = []
    facts = _with_catchment(criteria, facts, facility)
    for rule in _applying(criteria, facility):
        gained = _gained(rule, facts, facility)
        if gained is None:
            eligible = eligible and rule.effect is not CriterionEffect.GATE
            continue
        if rule.effect is CriterionEffect.TIER and rule.tier is not None:
            tier = min(tier, rule.tier)
        points += gained
        reasons.append(Reason(criterion=rule.id, points=gained))
    return Evaluation(
        eligible=eligible,
        tier=tier,
        points=min(points, MOST_POINTS),
        ties=_ties(criteria, facts),
        reasons=tuple(reasons),
        needs_review=tuple(
            rule.id
            for rule in _applying(criteria, facility)
            if rule.proof and _value(rule, facts, facility) is None
        ),
    )


def at_house(criteria: Criteria, facility: str) -> Criteria:
    """Return the criteria at the house of a register number, with those of the statutes that hold there."""
    statutes = tuple(one for one in criteria.statutes if facility in one.facilities)
    rules = {rule.id: rule for rule in criteria.rules}
    ties = criteria.ties
    for statute in statutes:
        for dropped in statute.without:
            rules.pop(dropped, None)
        rules |= {rule.id: rule for rule in statute.rules}
        ties = ties if statute.ties is None else statute.ties
    return msgspec.structs.replace(criteria, rules=tuple(rules.values()), ties=ties, statutes=statutes)


def gives_days(criteria: Criteria) -> bool:
    """Return whether places are given out weekday by weekday, not as whole weeks."""
    return criteria.algorithm in BY_DAYS


def draws_lots(criteria: Criteria) -> bool:
    """Return whether the lottery decides between equals."""
    return TieBreak.LOTTERY in criteria.ties


def proven(criteria: Criteria) -> frozenset[str]:
    """Return the facts that some criterion, here or in a statute, believes only with proof."""
    return frozenset(rule.fact for rule in _everywhere(criteria) if rule.proof)


def unknown_facts(criteria: Criteria) -> tuple[str, ...]:
    """Return the ids of criteria that test a fact nobody knows how to find."""
    facts = {fact.value for fact in Fact}
    return tuple(rule.id for rule in _everywhere(criteria) if rule.fact not in facts)


def _everywhere(criteria: Criteria) -> Iterator[Criterion]:
    yield from criteria.rules
    for statute in criteria.statutes:
        yield from statute.rules


def _applying(criteria: Criteria, facility: UUID | None) -> Iterator[Criterion]:
    return (rule for rule in criteria.rules if facility is not None or rule.at != "facility")


def _gained(rule: Criterion, facts: Facts, facility: UUID | None) -> int | None:
    """Return the points a criterion gives; None when it is not met."""
    if rule.bands:
        number = _number(Fact(rule.fact), facts, facility)
        if number is None:
            return None
        return next((points for limit, points in rule.bands if number <= limit), None)
    value = _value(rule, facts, facility)
    met = not rule.proof if value is None else value
    if not met:
        return None
    return rule.points if rule.effect is CriterionEffect.POINTS else 0


def _number(fact: Fact, facts: Facts, facility: UUID | None) -> int | None:
    if fact is Fact.DAYS:
        return facts.days
    return facts.distances.get(facility) if facility is not None else None


def _with_catchment(criteria: Criteria, facts: Facts, facility: UUID | None) -> Facts:
    """Return the facts with whether the home lies in the facility's catchment area."""
    if facility is None or not any(facts.postcode in one.postcodes for one in criteria.statutes):
        return facts
    here = {**facts.at.get(facility, {}), Fact.CATCHMENT: True}
    return msgspec.structs.replace(facts, at={**facts.at, facility: here})


def _value(rule: Criterion, facts: Facts, facility: UUID | None) -> bool | None:
    fact = Fact(rule.fact)
    if rule.at == "facility" and facility is not None:
        return facts.at.get(facility, {}).get(fact, False)
    return facts.known.get(fact, False)


_TIES: Mapping[TieBreak, Callable[[Facts], int]] = {
    TieBreak.OLDER_FIRST: lambda facts: facts.born_on.toordinal(),
    TieBreak.YOUNGER_FIRST: lambda facts: -facts.born_on.toordinal(),
    TieBreak.EARLIER_APPLICATION: lambda facts: _seconds(facts.submitted_at),
}


def _ties(criteria: Criteria, facts: Facts) -> tuple[int, ...]:
    # What stands behind the lottery never decides: no two families draw the same number.
    drawn = criteria.ties.index(TieBreak.LOTTERY) if draws_lots(criteria) else len(criteria.ties)
    return tuple(_TIES[tie](facts) for tie in criteria.ties[:drawn])


def _seconds(moment: datetime | None) -> int:
    return 0 if moment is None else int(moment.timestamp())
