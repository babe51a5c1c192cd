"""Other ways of giving out places, to compare with: never for a decision.

`boston` takes first wishes first, for good, so that it pays to ask for what others don't. `ttc` lets children
exchange priorities, and passes others over. `eadam` takes deferred acceptance and drops, with everybody's
consent, the claims that helped nobody who made them. A result of the format never comes from here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Literal

import msgspec

from opptak.engine.canonical import input_hash
from opptak.engine.da import deferred_acceptance
from opptak.engine.instance import Instance, Malformed
from opptak.engine.market import UNPLACED, Market
from opptak.engine.metrics import measure
from opptak.engine.outcome import Outcome
from opptak.engine.paths import Path
from opptak.engine.result import Metrics
from opptak.engine.solving import SOLVERS
from opptak.engine.wellformed import check, check_algorithm

__all__ = ("COMPARATORS", "Comparator", "Compared", "Comparison", "boston", "compare", "eadam", "ttc")


class Comparator(StrEnum):
    """What the lab can hold a round against; no rule set can name one."""

    BOSTON = "boston"
    TTC = "ttc"
    EADAM = "eadam"


class Compared(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A comparator's figures, and for how many children it is better or worse than the round's own rules.

    `metrics.blocking` counts the places that a child would rather have and has the better priority for.
    """

    metrics: Metrics
    better: int
    worse: int
    same: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `simulate --compare` writes."""

    format: Literal["opptak-allocation-comparison/1"] = "opptak-allocation-comparison/1"
    for_decisions: Literal[False] = False
    input_hash: str
    base: Metrics
    comparators: dict[Comparator, Compared]


def compare(instance: Instance, wanted: Iterable[Comparator]) -> Comparison:
    """Hold a round against comparators; raises Malformed where it has days, reserves, caps or families."""
    check(instance)
    check_algorithm(instance)
    market = Market.of(instance)
    _require_plain(market)
    base = SOLVERS[instance.rules.algorithm](market, Path.PYTHON).positions
    return Comparison(
        input_hash=input_hash(instance),
        base=_measured(market, base),
        comparators={name: _compared(market, base, COMPARATORS[name](market)) for name in wanted},
    )


def boston(market: Market) -> list[int]:
    """Return what each child gets when each round's places go for good to those who ask in it.

    Children keep their own seat until they get something they would rather have; then it is free for those
    who ask in later rounds.
    """
    held = _settled(market)
    got = [UNPLACED] * len(market.lists)
    free = [seating.capacity - len(those) for seating, those in zip(market.seatings, held, strict=True)]
    for position in range(max(map(len, market.lists), default=0)):
        left = [0] * len(free)
        for program, asking in _asking(market, got, position).items():
            for rank in sorted(asking):
                child = market.applicants[program][rank]
                if child not in held[program] and not free[program]:
                    continue
                got[child] = position
                free[program] -= child not in held[program]
                for other, those in enumerate(held):
                    left[other] += other != program and child in those
        free = [room + freed for room, freed in zip(free, left, strict=True)]
    return got


def ttc(market: Market) -> list[int]:
    """Return what each child gets when it trades its priority: top trading cycles with seats."""
    got = [UNPLACED] * len(market.lists)
    room = [seating.capacity for seating in market.seatings]
    at = [0] * len(market.lists)
    left = dict.fromkeys(range(len(market.lists)))
    while left:
        for child in list(left):
            while at[child] < len(market.lists[child]) and not room[market.lists[child][at[child]]]:
                at[child] += 1
            if at[child] == len(market.lists[child]):
                del left[child]
        for child in _cycle(market, at, left):
            got[child] = at[child]
            room[market.lists[child][at[child]]] -= 1
            del left[child]
    return got


def eadam(market: Market) -> list[int]:
    """Return deferred acceptance improved until nobody can gain without another's loss, all consenting.

    Those whose program nobody would rather have are done, and the others are settled again without them.
    """
    got = [UNPLACED] * len(market.lists)
    room = [seating.capacity for seating in market.seatings]
    left = set(range(len(market.lists)))
    while left:
        found = _acceptance(market, left, room)
        wanted = {
            market.lists[child][position]
            for child in left
            for position in market.preferred(child, found[child])
        }
        done = {child for child in left if market.place(child, found[child]) not in wanted}
        for child in done:
            got[child] = found[child]
            if found[child] != UNPLACED:
                room[market.lists[child][found[child]]] -= 1
        left -= done
    return got


COMPARATORS: Mapping[Comparator, Callable[[Market], list[int]]] = {
    Comparator.BOSTON: boston,
    Comparator.TTC: ttc,
    Comparator.EADAM: eadam,
}


def _settled(market: Market) -> list[set[int]]:
    """Return who holds a seat from the start: the settled, as far as there are seats."""
    return [
        set(those[: min(seating.settled, seating.capacity)])
        for seating, those in zip(market.seatings, market.applicants, strict=True)
    ]


def _asking(market: Market, got: list[int], position: int) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for child, wished in enumerate(market.lists):
        if got[child] == UNPLACED and position < len(wished):
            found.setdefault(wished[position], []).append(market.ranks[child][position])
    return found


def _cycle(market: Market, at: list[int], left: Mapping[int, object]) -> list[int]:
    """Return children who each point at a program that points at the next; nobody if nobody is left."""
    seen: list[int] = []
    child = next(iter(left), UNPLACED)
    while child != UNPLACED and child not in seen:
        seen.append(child)
        program = market.lists[child][at[child]]
        child = next(other for other in market.applicants[program] if other in left)
    return seen[seen.index(child) :] if seen else []


def _acceptance(market: Market, left: set[int], room: list[int]) -> list[int]:
    """Run deferred acceptance with so many seats among the children left."""
    programs = tuple(
        msgspec.structs.replace(program, capacity=seats)
        for program, seats in zip(market.programs, room, strict=True)
    )
    lists = [wished if child in left else [] for child, wished in enumerate(market.lists)]
    return deferred_acceptance(replace(market, programs=programs, lists=lists))


def _require_plain(market: Market) -> None:
    if market.by_days or market.instance.families:
        raise Malformed("$.rules.algorithm", "comparators know neither weekdays nor families")
    for index, program in enumerate(market.instance.programs):
        if program.reserves or program.age_caps:
            raise Malformed(f"$.programs[{index}]", "comparators know no reserves and no caps")


def _measured(market: Market, got: list[int]) -> Metrics:
    outcome = Outcome(market, got)
    names = [program.id for program in market.programs]
    assignment = {
        child.id: None if place == UNPLACED else names[place]
        for child, place in zip(market.children, outcome.place, strict=True)
    }
    wishes = {child.id: outcome.wishes(index) for index, child in enumerate(market.children)}
    return measure(outcome, assignment, wishes)


def _compared(market: Market, base: list[int], got: list[int]) -> Compared:
    signs = [
        len(market.preferred(child, now)) - len(market.preferred(child, was))
        for child, (was, now) in enumerate(zip(base, got, strict=True))
    ]
    return Compared(
        metrics=_measured(market, got),
        better=sum(sign < 0 for sign in signs),
        worse=sum(sign > 0 for sign in signs),
        same=signs.count(0),
    )
