"""Families who want places together (`families`): no family blocks, or as few as can be.

A first outcome is made by asking; then what can't happen is ruled out; what is left is decided by a solver
(OR-Tools CP-SAT). An outcome without blocking families need not exist; then the solver finds one with as few
as can be. What it answers is taken only after its feasibility and its blocking families have been counted
here.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from opptak.engine.da import deferred_acceptance
from opptak.engine.families_narrow import narrow
from opptak.engine.families_start import first_outcome
from opptak.engine.families_town import Answer, Seat, Town
from opptak.engine.market import UNPLACED, Market
from opptak.engine.paths import require

__all__ = ("OPTIMAL", "WORK", "Placed", "families", "family_claims", "tuples_obtained")

WORK = 4.0
"""Limit of a search in the solver's deterministic seconds; each is some seconds of one core."""
RINGS = 3
"""How often the circle of those who may block is drawn wider before everybody may."""
FEASIBLE, OPTIMAL, REFUTED = "FEASIBLE", "OPTIMAL", "REFUTED"


class Placed(NamedTuple):
    """The position of each child in its list, and the solver with what it says of the outcome.

    OPTIMAL is proved by the solver. FEASIBLE is the best that was found before the work ran out. REFUTED
    means that the solver's answer did not stand the check: the first outcome is returned. Without families
    that have tuples no solver takes part.
    """

    positions: list[int]
    solver: str | None


def families(market: Market, *, work: float = WORK) -> Placed:
    """Place families; the market has whole seats and no reserves or caps.

    `work` limits each of the solver's searches: without blocking families, with few, with as few as can be.

    Raises MissingExtra if there are families with tuples, and no extra `families`.
    """
    if not any(family.tuples for family in market.instance.families):
        # The best for every child among the outcomes without claims is what all the goals ask for.
        return Placed(deferred_acceptance(market), None)
    require("ortools", "families")
    from opptak.engine.families_solver import SOLVER, solve  # noqa: PLC0415 -- an extra

    town = Town.of(market)
    start = first_outcome(town)
    left = narrow(town)
    answer = solve(town, left, start, work=work)
    if answer.chosen is None and answer.proved:
        pardoned = {party for party, options in enumerate(left) if options.bit_count() != 1}
        start = _nearby(town, start, pardoned, partial(solve, work=work))
        everybody = range(len(town.parties))
        left = narrow(town, pardoned=everybody, blocking=_count(town, start))
        answer = solve(town, left, start, pardoned=everybody, work=work)
    chosen, verdict = _judge(town, start, answer)
    return Placed(town.positions(chosen), f"{SOLVER} {verdict}")


def _nearby(town: Town, start: list[int], pardoned: set[int], solve: Callable[..., Answer]) -> list[int]:
    """Return a better outcome than the first by letting those block whom the contradiction is about.

    If it takes others too, those who ask where they ask. The outcome need not be the best: others may block
    for no good reason but that somebody else gains.
    """
    pardoned |= {party for party, _ in town.blocking(start)}
    for _ in range(RINGS):
        left = narrow(town, pardoned=pardoned, blocking=_count(town, start))
        answer = solve(town, left, start, pardoned=pardoned)
        chosen, verdict = _judge(town, start, answer)
        if answer.chosen is not None and verdict != REFUTED:
            return chosen
        pardoned |= town.rivals(pardoned)
    return start


def family_claims(town: Town, got: Sequence[int]) -> Iterator[Seat]:
    """Yield for each family that blocks the first seat of the best it would get by doing so."""
    for party, option in town.blocking(town.chosen(got)):
        nothing = Seat(town.parties[party].children[0], UNPLACED, UNPLACED, 0)
        yield next(iter(town.parties[party].options[option].seats), nothing)


def tuples_obtained(town: Town, got: Sequence[int]) -> dict[str, int | None]:
    """Return the index of the tuple each family with tuples has got; None for none of them."""
    found: dict[str, int | None] = {
        family.id: None for family in town.market.instance.families if family.tuples
    }
    for party, option in zip(town.parties, town.chosen(got), strict=True):
        if party.family is not None and option < len(party.options):
            rank = party.options[option].rank
            found[party.family.id] = rank if rank < len(party.family.tuples) else None
    return found


def _judge(town: Town, start: list[int], answer: Answer) -> tuple[list[int], str]:
    """Return the outcome to keep and what is known of it."""
    if answer.chosen is None:
        return start, FEASIBLE
    if town.overfull(answer.chosen) or _count(town, answer.chosen) > answer.blocking:
        return start, REFUTED
    return answer.chosen, OPTIMAL if answer.proved else FEASIBLE


def _count(town: Town, chosen: Sequence[int]) -> int:
    return sum(1 for _ in town.blocking(chosen))
