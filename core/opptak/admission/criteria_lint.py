"""Mistakes in criteria that each key alone doesn't show: contradictions, rules that never matter. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from opptak.admission.criteria import LATE, LOCAL, MOST_POINTS, NUMBERS
from opptak.admission.schemas import Fact
from opptak.engine.instance import Algorithm
from opptak.engine.siblings import SiblingRule
from opptak.kit.mistakes import Mistake, Path, nearest
from opptak.tenancy.config import Criteria, Criterion, CriterionEffect, Statute, TieBreak

__all__ = ("STATED", "lint")

STATED = frozenset({Fact.STATUTORY_PRIORITY})
"""Facts that the application form asks for; all others come from registers, and nobody can prove them."""

BY_LAW = frozenset({Fact.STATUTORY_PRIORITY, Fact.RIGHT})
"""Facts to which the law gives weight: no statute may do without them."""

_TAG = "language:"
"""How the tags begin that children can have, and so reserves can ask for."""


def lint(criteria: Criteria, *, forbidden: Mapping[str, str]) -> Iterator[Mistake]:
    """Yield the mistakes of a version, by their way inside it.

    `forbidden` are the attributes that the country's law lets nobody look at, each with its basis.
    """
    yield from _in_rules(criteria, criteria.rules, ("rules",), forbidden)
    yield from _in_ties(criteria.ties, ("ties",))
    yield from _in_reserves(criteria, forbidden)
    yield from _in_siblings(criteria)
    yield from _in_algorithm(criteria)
    for position, statute in enumerate(criteria.statutes):
        for mistake in _in_statute(criteria, statute, forbidden):
            yield msgspec.structs.replace(mistake, path=("statutes", position, *mistake.path))
    if criteria.base_tier >= LATE:
        yield Mistake(("base_tier",), "stands among the late applications", f"less than {LATE}")


def _in_rules(
    criteria: Criteria, rules: Sequence[Criterion], at: Path, forbidden: Mapping[str, str]
) -> Iterator[Mistake]:
    for position, rule in enumerate(rules):
        before = rules[:position]
        strange = list(_forbidden(rule.fact, "fact", forbidden)) or list(_unknown(rule))
        found = [*strange, *_twice(rule, before), *_without_effect(rule)]
        if not strange:
            found += [*_unmet(rule), *_unproved(rule), *_in_bands(rule), *_idle(criteria, rule, before)]
        yield from (msgspec.structs.replace(one, path=(*at, position, *one.path)) for one in found)
    yield from _overflow(rules, at)


def _forbidden(name: str, key: str, forbidden: Mapping[str, str]) -> Iterator[Mistake]:
    for word, basis in forbidden.items():
        if word in name.replace(":", "_").split("_"):
            yield Mistake((key,), f"nobody may be preferred for `{word}` ({basis})", "leave it out")


def _unknown(rule: Criterion) -> Iterator[Mistake]:
    facts = sorted(fact.value for fact in Fact)
    if rule.fact not in facts:
        yield Mistake(("fact",), f"nobody knows the fact `{rule.fact}`", nearest(rule.fact, facts))


def _twice(rule: Criterion, before: Sequence[Criterion]) -> Iterator[Mistake]:
    if rule.id in {other.id for other in before}:
        yield Mistake(("id",), f"there is another rule `{rule.id}`", "an id of its own")
    same = [other for other in before if (other.fact, other.effect) == (rule.fact, rule.effect)]
    if same:
        yield Mistake(("fact",), f"`{same[0].id}` is about `{rule.fact}` already", "one of the two")


def _without_effect(rule: Criterion) -> Iterator[Mistake]:
    match rule.effect:
        case CriterionEffect.TIER if rule.tier is None:
            yield Mistake(("tier",), "is missing", "a whole number")
        case CriterionEffect.POINTS if rule.tier is not None:
            yield Mistake(("tier",), "a rule that gives points lifts nobody", 'effect = "tier", or no tier')
        case CriterionEffect.POINTS if not rule.points and not rule.bands:
            yield Mistake(("points",), "the rule gives no points", "1 or more")
        case CriterionEffect.TIER | CriterionEffect.GATE if rule.points or rule.bands:
            told = f"a {rule.effect} gives no points"
            yield Mistake(("points" if rule.points else "bands",), told, 'effect = "points", or none')


def _unmet(rule: Criterion) -> Iterator[Mistake]:
    """Yield why a rule can never be met."""
    wanted = "facility" if rule.fact in LOCAL else "everywhere"
    if rule.at != wanted:
        yield Mistake(("at",), f"`{rule.fact}` is never known {_place(rule.at)}", f'at = "{wanted}"')
    if rule.fact in NUMBERS and not rule.bands:
        yield Mistake(
            ("bands",), f"`{rule.fact}` is a number: without bands it is never met", "[[up to, points]]"
        )
    if rule.fact not in NUMBERS and rule.bands:
        numbers = ", ".join(sorted(NUMBERS))
        yield Mistake(("bands",), f"`{rule.fact}` is no number", f"points; bands are for {numbers}")


def _place(at: str) -> str:
    return {"facility": "at a house", "everywhere": "without a house"}.get(at, f"at `{at}`")


def _unproved(rule: Criterion) -> Iterator[Mistake]:
    if rule.proof and rule.fact not in STATED:
        stated = ", ".join(sorted(STATED))
        told = f"the form doesn't ask for `{rule.fact}`, so nobody can prove it"
        yield Mistake(("proof",), told, f"no proof; the form asks for {stated}")


def _in_bands(rule: Criterion) -> Iterator[Mistake]:
    """Yield bands out of order: ones that nobody reaches, and ones that put the wrong child first."""
    fewer = rule.fact == Fact.DAYS
    right = (
        "from few days to many, more points for more"
        if fewer
        else "from near to far, fewer points for farther"
    )
    for (limit, points), (next_limit, next_points) in pairwise(rule.bands):
        if next_limit <= limit:
            told = f"nobody gets as far as [{next_limit}, {next_points}] behind [{limit}, {points}]"
            yield Mistake(("bands",), told, right)
        elif fewer and next_points < points:
            told = f"{next_limit} days lose to {limit}: {next_points} points against {points}"
            yield Mistake(("bands",), told, right)
        elif rule.fact == Fact.DISTANCE and next_points >= points:
            told = f"{next_limit} m get {next_points} points, {limit} m only {points}"
            yield Mistake(("bands",), told, right)


def _idle(criteria: Criteria, rule: Criterion, before: Sequence[Criterion]) -> Iterator[Mistake]:
    """Yield why a rule that can be met decides nothing."""
    gates = [other for other in before if other.effect is CriterionEffect.GATE]
    passed = next((gate for gate in gates if (gate.fact, gate.at) == (rule.fact, rule.at)), None)
    if passed and rule is not passed:
        yield Mistake(("fact",), f"all who pass the gate `{passed.id}` have it", "another fact, or no rule")
    if rule.tier is not None and rule.tier >= criteria.base_tier:
        told = f"lifts nobody: who meets no rule is in {criteria.base_tier}"
        yield Mistake(("tier",), told, f"less than {criteria.base_tier}")


def _overflow(rules: Sequence[Criterion], at: Path) -> Iterator[Mistake]:
    most = 0
    for position, rule in enumerate(rules):
        most += max([rule.points, *(points for _, points in rule.bands)])
        if most > MOST_POINTS:
            told = f"a child can get {most} points, and all above {MOST_POINTS} count alike"
            key = "bands" if rule.bands else "points"
            yield Mistake((*at, position, key), told, f"at most {MOST_POINTS} together")
            return


def _in_ties(ties: Sequence[TieBreak], at: Path) -> Iterator[Mistake]:
    repeated = [tie for tie, count in Counter(ties).items() if count > 1]
    for tie in repeated:
        yield Mistake(at, f"`{tie}` stands there twice", "each once")
    if TieBreak.LOTTERY in ties[:-1] and not repeated:
        behind = ", ".join(ties[ties.index(TieBreak.LOTTERY) + 1 :])
        yield Mistake(at, f"behind the lottery {behind} is never looked at", "lottery last")
    if {TieBreak.OLDER_FIRST, TieBreak.YOUNGER_FIRST} <= set(ties):
        yield Mistake(at, "older and younger can't both go first", "one of the two")


def _in_reserves(criteria: Criteria, forbidden: Mapping[str, str]) -> Iterator[Mistake]:
    seen: set[tuple[str, str]] = set()
    for position, reserve in enumerate(criteria.reserves):
        at = ("reserves", position)
        found = list(_forbidden(reserve.tag, "tag", forbidden))
        if not found and not reserve.tag.startswith(_TAG):
            found.append(Mistake(("tag",), f"no child has the tag `{reserve.tag}`", "such as language:se"))
        if (reserve.facility, reserve.tag) in seen:
            found.append(Mistake(("tag",), "there is another reserve for it at this house", "one of the two"))
        seen.add((reserve.facility, reserve.tag))
        yield from (msgspec.structs.replace(one, path=(*at, *one.path)) for one in found)


def _in_siblings(criteria: Criteria) -> Iterator[Mistake]:
    together = criteria.siblings is not SiblingRule.SEPARATE_OK
    if together and criteria.algorithm is not Algorithm.FAMILIES:
        told = f"`{criteria.algorithm}` places each child for itself: siblings and twins would be split"
        yield Mistake(("siblings",), told, 'algorithm = "families", or siblings = "separate_ok"')
    if not together and criteria.algorithm is Algorithm.FAMILIES:
        told = "`families` has nothing to do where siblings may be separate"
        yield Mistake(("siblings",), told, "together_preferred or together_or_none")


def _in_algorithm(criteria: Criteria) -> Iterator[Mistake]:
    """Yield what the algorithm can't do (`docs/reference/allocation-rules.md`)."""
    algorithm = criteria.algorithm
    if criteria.reserves and algorithm in (Algorithm.STRICT, Algorithm.FAMILIES):
        yield Mistake(("reserves",), f"`{algorithm}` knows no reserves", "none, or another algorithm")
    if algorithm is Algorithm.SENIORITY:
        for position, rule in enumerate(criteria.rules):
            if rule.fact in LOCAL:
                told = "`seniority` has one queue for all houses"
                yield Mistake(("rules", position, "fact"), told, "a fact that holds everywhere")
        if criteria.statutes:
            told = "`seniority` has one queue for all houses"
            yield Mistake(("statutes",), told, "none, or another algorithm")


def _in_statute(criteria: Criteria, statute: Statute, forbidden: Mapping[str, str]) -> Iterator[Mistake]:
    yield from _in_rules(criteria, statute.rules, ("rules",), forbidden)
    yield from _in_ties(statute.ties or (), ("ties",))
    above = {rule.id: rule for rule in criteria.rules}
    for position, dropped in enumerate(statute.without):
        if dropped not in above:
            yield Mistake(
                ("without", position), f"there is no rule `{dropped}`", nearest(dropped, list(above))
            )
        elif above[dropped].fact in BY_LAW:
            yield Mistake(("without", position), f"`{dropped}` is the law's", "leave it in force")
    for position, rule in enumerate(statute.rules):
        replaced = above.get(rule.id)
        if replaced and replaced.fact in BY_LAW and replaced != rule:
            yield Mistake(("rules", position, "id"), f"`{rule.id}` is the law's", "an id of its own")
    if (TieBreak.LOTTERY in criteria.ties) != (TieBreak.LOTTERY in (statute.ties or criteria.ties)):
        yield Mistake(("ties",), "lots are drawn in all houses or in none", "as in the municipality's")
