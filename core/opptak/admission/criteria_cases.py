"""Test cases beside the criteria: which child must come before which. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from uuid import UUID

from opptak.admission.criteria import LATE, Evaluation, at_house, evaluate, unknown_facts
from opptak.admission.schemas import Fact, Facts
from opptak.kit.mistakes import Mistake, nearest
from opptak.tenancy.config import Case, CaseChild, Criteria

__all__ = ("failing", "failing_cases")

_HOUSE = UUID(int=1)
"""The house of a case."""

_Standing = tuple[bool, int, int, tuple[int, ...]]
"""Where a child stands in the queue: the smaller goes first."""


def failing(criteria: Criteria) -> Iterator[Mistake]:
    """Yield the cases that don't come out as they say, with what was expected and what was got.

    Criteria that test facts nobody knows can't be tried.
    """
    if unknown_facts(criteria):
        return
    for position, case in enumerate(criteria.cases):
        strange = list(_strange(case))
        yield from (Mistake(("cases", position, *one.path), one.told, one.right) for one in strange)
        if not strange and (told := _told(criteria, case)):
            expected = "no difference" if case.equal else "first before then"
            yield Mistake(("cases", position), told, f"{expected}; mend the rules, or the case")


def failing_cases(criteria: Criteria) -> list[Case]:
    """Return the cases that don't come out as they say."""
    return [criteria.cases[int(found.path[1])] for found in failing(criteria)]


def _told(criteria: Criteria, case: Case) -> str:
    """Return how a case fails; empty when it doesn't."""
    here = at_house(criteria, case.facility)
    first, then = _standing(here, case.first), _standing(here, case.then)
    if case.equal and first != then:
        return f"“{case.says}”: expected lots to be drawn, got {_words(first)} against {_words(then)}"
    if not case.equal and first >= then:
        return f"“{case.says}”: expected first before then, got {_words(first)} against {_words(then)}"
    return ""


def _standing(criteria: Criteria, child: CaseChild) -> _Standing:
    found = _evaluated(criteria, child)
    return not found.eligible, found.tier + LATE * child.late, -found.points, found.ties


def _evaluated(criteria: Criteria, child: CaseChild) -> Evaluation:
    known: dict[Fact, bool | None] = {Fact(fact): True for fact in child.holds}
    known |= {Fact(fact): None for fact in child.open}
    facts = Facts(
        known=known,
        at={_HOUSE: known},
        distances={_HOUSE: child.distance_m},
        born_on=child.born_on,
        submitted_at=datetime.combine(child.applied_on, time(), UTC),
        days=child.days,
        postcode=child.postcode,
    )
    return evaluate(criteria, facts, facility=_HOUSE)


def _words(standing: _Standing) -> str:
    barred, tier, points, ties = standing
    told = f"tier {tier}, {-points} points"
    if ties:
        told += f", ties {', '.join(map(str, ties))}"
    return f"{told}, kept out by a gate" if barred else told


def _strange(case: Case) -> Iterator[Mistake]:
    """Yield the facts of a case that nobody knows."""
    known = [fact.value for fact in Fact]
    for name, child in (("first", case.first), ("then", case.then)):
        for fact in (*child.holds, *child.open):
            if fact not in known:
                yield Mistake((name,), f"nobody knows the fact `{fact}`", nearest(fact, known))
