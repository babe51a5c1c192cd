"""Families who want places together (`families`): no family blocks, or as few as can be.

A first outcome is made by asking; then what can't happen is ruled out; what is left is decided by a solver
(OR-Tools CP-SAT). An outcome without blocking families need not exist; then the solver finds one with as few
as can be. What it answers is taken only after its feasibility and its blocking families have been counted
here.
"""

from collections.abc import Sequence
from typing import NamedTuple

from opptak.engine.families_narrow import narrow
from opptak.engine.families_start import first_outcome
from opptak.engine.families_town import Answer, Town
from opptak.engine.market import Market
from opptak.kit.errors import Invalid

__all__ = ("WORK", "Placed", "SolverMissing", "blocking_families", "families", "tuples_obtained")

WORK = 60.0
"""The solver's deterministic seconds for a run; some seconds of one core each."""


class SolverMissing(Invalid):
    """The extra `families` is not installed."""

    code = "allocation.solver_missing"

    def __str__(self) -> str:
        return "$.rules.algorithm: 'families' needs the extra opptak[families]"


class Placed(NamedTuple):
    """The position of each child in its list, and the solver with what it says of the outcome.

    OPTIMAL is proved by the solver. FEASIBLE is the best that was found before the work ran out. REFUTED
    means that the solver's answer did not stand the check: the first outcome is returned.
    """

    positions: list[int]
    solver: str


def families(market: Market, *, work: float = WORK) -> Placed:
    """Place families; the market has whole seats and no reserves or caps.

    Raises SolverMissing without the extra.
    """
    try:
        from opptak.engine.families_solver import SOLVER, solve  # noqa: PLC0415 -- an extra
    except ModuleNotFoundError as error:
        raise SolverMissing from error
    town = Town.of(market)
    start = first_outcome(town)
    answer = solve(town, narrow(town), start, stable=True, work=work)
    if answer.chosen is None and answer.proved:
        left = narrow(town, blocking=_count(town, start))
        answer = solve(town, left, start, stable=False, work=work)
    chosen, verdict = _judge(town, start, answer)
    return Placed(town.positions(chosen), f"{SOLVER} {verdict}")


def blocking_families(market: Market, positions: Sequence[int]) -> list[tuple[int, ...]]:
    """Return the children of each family that blocks; a child that is in no tuple is a family of its own."""
    town = Town.of(market)
    return [town.parties[party].children for party, _ in town.blocking(town.chosen(positions))]


def tuples_obtained(market: Market, positions: Sequence[int]) -> dict[str, int | None]:
    """Return the index of the tuple each family with tuples has got; None for none of them."""
    town = Town.of(market)
    found: dict[str, int | None] = {family.id: None for family in market.instance.families if family.tuples}
    for party, got in zip(town.parties, town.chosen(positions), strict=True):
        if party.family is not None and got < len(party.options):
            rank = party.options[got].rank
            found[party.family.id] = rank if rank < len(party.family.tuples) else None
    return found


def _judge(town: Town, start: list[int], answer: Answer) -> tuple[list[int], str]:
    """Return the outcome to keep and what is known of it."""
    if answer.chosen is None:
        return start, "FEASIBLE"
    if town.overfull(answer.chosen) or _count(town, answer.chosen) > answer.blocking:
        return start, "REFUTED"
    return answer.chosen, "OPTIMAL" if answer.proved else "FEASIBLE"


def _count(town: Town, chosen: Sequence[int]) -> int:
    return sum(1 for _ in town.blocking(chosen))
