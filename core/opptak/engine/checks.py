"""Release checks: what must hold before a result may leave the house, recomputed from the assignment."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from opptak.engine.canonical import input_hash
from opptak.engine.families import OPTIMAL
from opptak.engine.instance import Algorithm, Child, Instance, Wish
from opptak.engine.market import UNPLACED, Market
from opptak.engine.memory import no_cycles
from opptak.engine.outcome import Claim, Outcome, outcome_of
from opptak.engine.result import Result, ShortageCause, output_hash
from opptak.engine.shortage import shortages
from opptak.engine.siblings import families_split, siblings_apart
from opptak.engine.week import WHOLE, fits, pack, present
from opptak.kit.errors import Conflict

__all__ = (
    "CheckCode",
    "ReleaseCheck",
    "ResultOfAnotherInstance",
    "Severity",
    "release_checks",
    "require_same",
)

PROTECTED = "protected"
"""Tag of a child whose address is protected: no distance may ever have been computed for it."""


class ResultOfAnotherInstance(Conflict):
    """The result was not made from this instance."""

    code = "allocation.result_of_another_instance"

    def __str__(self) -> str:
        return "$.record.input_hash: the result was made from another instance"


class CheckCode(StrEnum):
    """The checks; the message `allocation.check.<code>` says what each is about."""

    SEALED = "sealed"
    """The result is as the engine wrote it."""
    ASKED_FOR = "asked_for"
    """Every place given is one the child asked for, or accepts under the guarantee."""
    CAPACITY = "capacity"
    """No program has more children than seats, or than an age cap allows."""
    JUSTIFIED_ENVY = "justified_envy"
    """Nobody would be taken by a program it would rather have, or is passed under the strict rule; a warning
    where families are proved to have no outcome with fewer."""
    HOLDERS_KEPT = "holders_kept"
    """Nobody who had a place ends without one, except where the seats themselves have gone."""
    PINNED = "pinned"
    """Every placement a case worker has fixed is there."""
    RIGHTS_MET = "rights_met"
    """A child with the right (rett til plass) is unplaced only for a proved lack of seats or consent. A
    warning where places are by days, and there may be no proof to find."""
    PROTECTED = "protected"
    """No distance was used for a child with a protected address."""
    SIBLINGS = "siblings"
    """Siblings with the same first wish are together; a family that wants places together has them so."""


class Severity(StrEnum):
    """Whether a check that fails stops the release or asks for a second look."""

    BLOCK = "block"
    WARN = "warn"


class ReleaseCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Outcome of one check; `count` and `children` are the faults and the children they concern."""

    code: CheckCode
    passed: bool
    severity: Severity
    count: int
    children: tuple[str, ...]


def require_same(instance: Instance, result: Result) -> None:
    """Raise ResultOfAnotherInstance unless the result names this instance and only what is in it."""
    children = {child.id for child in instance.children}
    programs = {None, *(program.id for program in instance.programs)}
    same = result.record.input_hash == input_hash(instance)
    if (
        not same
        or result.assignment.keys() != children
        or not programs.issuperset(result.assignment.values())
    ):
        raise ResultOfAnotherInstance


@no_cycles()
def release_checks(instance: Instance, result: Result) -> list[ReleaseCheck]:
    """Check a result; it may be released if no check of severity `block` fails.

    Raises ResultOfAnotherInstance.
    """
    require_same(instance, result)
    market = Market.of(instance)
    given = [
        market.index_of_program.get(result.assignment[child.id] or "", UNPLACED) for child in market.children
    ]
    strangers = {child for child, place in enumerate(given) if place not in (UNPLACED, *market.lists[child])}
    outcome = outcome_of(market, result)
    claims = [claim for claim in outcome.claims() if claim.program not in outcome.strict]
    return [
        _verdict(CheckCode.SEALED, () if output_hash(result) == result.record.output_hash else ("",)),
        _verdict(CheckCode.ASKED_FOR, (market.children[child].id for child in strangers)),
        _verdict(CheckCode.CAPACITY, _too_many(outcome, given)),
        _envy(result, _names(market, (*claims, *outcome.passed()))),
        _verdict(CheckCode.HOLDERS_KEPT, _lost(outcome)),
        _verdict(CheckCode.PINNED, _unpinned(market.children, result)),
        _verdict(CheckCode.RIGHTS_MET, _unmet(outcome), severity=_unproved(market)),
        _verdict(CheckCode.PROTECTED, (child.id for child in market.children if _is_traced(child))),
        _siblings(instance, result),
    ]


def _envy(result: Result, envious: Sequence[str]) -> ReleaseCheck:
    # Families may have no outcome that nobody blocks: to have proved the fewest is then all that can be done.
    proved = result.record.algorithm is Algorithm.FAMILIES and (result.record.solver or "").endswith(OPTIMAL)
    unavoidable = proved and len(envious) == result.metrics.blocking
    severity = Severity.WARN if unavoidable else Severity.BLOCK
    return _verdict(CheckCode.JUSTIFIED_ENVY, envious, severity=severity)


def _siblings(instance: Instance, result: Result) -> ReleaseCheck:
    if split := families_split(instance, result.assignment):
        return _verdict(CheckCode.SIBLINGS, split)
    apart = siblings_apart(instance, result.assignment)
    return _verdict(CheckCode.SIBLINGS, apart, severity=Severity.WARN)


def _unproved(market: Market) -> Severity:
    """Return how much a right weighs that is unmet without proof.

    Whole seats prove a shortage whenever there is one. By days there may be none to find:
    units left over in two places make no place for one child. A person has to look then, or a round would be
    stopped for ever.
    """
    return Severity.WARN if market.by_days else Severity.BLOCK


def _verdict(code: CheckCode, faults: Iterable[str], *, severity: Severity = Severity.BLOCK) -> ReleaseCheck:
    found = list(faults)
    children = tuple(sorted({child for child in found if child}))
    return ReleaseCheck(code=code, passed=not found, severity=severity, count=len(found), children=children)


def _names(market: Market, claims: Iterable[Claim]) -> list[str]:
    return [market.children[claim.child].id for claim in claims]


def _too_many(outcome: Outcome, given: Sequence[int]) -> list[str]:
    """Return the children in each program that is overfull."""
    market = outcome.market
    inside: list[list[int]] = [[] for _ in market.programs]
    for child, program in enumerate(given):
        if program != UNPLACED:
            inside[program].append(child)
    return [
        market.children[child].id
        for program, children in enumerate(inside)
        if _is_overfull(outcome, program, children)
        for child in children
    ]


def _is_overfull(outcome: Outcome, program: int, children: Sequence[int]) -> bool:
    """Return whether a program has, on some day, more children than room, or than an age cap allows."""
    market = outcome.market
    needs = [_need_at(outcome, child, program) for child in children]
    full = not fits(pack(market.programs[program].capacity), sum(needs))
    return full or any(
        not fits(
            pack(cap.max),
            sum(
                present(need)
                for child, need in zip(children, needs, strict=True)
                if market.children[child].band in cap.bands
            ),
        )
        for cap in market.programs[program].age_caps
    )


def _need_at(outcome: Outcome, child: int, program: int) -> int:
    """Return what a child needs where it is; where it never asked to be, what it needs in general."""
    market, position = outcome.market, outcome.got[child]
    if market.place(child, position) == program:
        return market.needs[child][position]
    return pack(market.children[child].need) if market.by_days else WHOLE


def _lost(outcome: Outcome) -> list[str]:
    """Return holders who are behind their own seat although it could have been kept for them."""
    market, lost = outcome.market, []
    for child, row in enumerate(market.children):
        own = market.index_of_program.get(row.current or "")
        for position in outcome.preferred(child):
            rank = market.ranks[child][position]
            if market.lists[child][position] == own and market.standings[own][rank].tier < 0:
                keepers = [other for other in outcome.held[own] if market.standings[own][other].tier < 0]
                if outcome.place[child] != own and rank in market.seatings[own].admit([*keepers, rank]).slots:
                    lost.append(row.id)
                    break
    return lost


def _unpinned(children: Iterable[Child], result: Result) -> list[str]:
    return [
        child.id
        for child in children
        if child.pinned is not None and result.assignment[child.id] != child.pinned
    ]


def _unmet(outcome: Outcome) -> list[str]:
    return [
        child
        for shortage in shortages(outcome.market, outcome.got)
        if shortage.cause is ShortageCause.RULES
        for child in shortage.children
    ]


def _is_traced(child: Child) -> bool:
    distances = (wish.distance_m for wish in child.wishes if isinstance(wish, Wish))
    return PROTECTED in child.tags and any(distance is not None for distance in distances)
