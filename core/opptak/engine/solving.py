"""Which algorithm does what a rule set names, and what it hands back for publication."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from opptak.engine.da import deferred_acceptance
from opptak.engine.families import families
from opptak.engine.fit import fit
from opptak.engine.instance import Algorithm
from opptak.engine.market import Market
from opptak.engine.offers import offered_acceptance
from opptak.engine.paths import Path
from opptak.engine.strict import strict_cutoffs

__all__ = ("SOLVERS", "Solved")


class Solved(NamedTuple):
    """The position in its list of what each child got, UNPLACED for nothing, and how it came about."""

    positions: list[int]
    strict: frozenset[int] = frozenset()
    """The programs under the strict rule or settled (`fit`)."""
    solver: str | None = None
    """Name, version and verdict of a solver that took part."""


def _acceptance(market: Market, path: Path) -> Solved:
    return Solved(deferred_acceptance(market, path))


def _fit(market: Market, path: Path) -> Solved:
    return Solved(*fit(market, path))


def _strict(market: Market, _: Path) -> Solved:
    return Solved(*strict_cutoffs(market))


def _offers(market: Market, _: Path) -> Solved:
    return Solved(offered_acceptance(market))


def _families(market: Market, _: Path) -> Solved:
    positions, solver = families(market)
    return Solved(positions, solver=solver)


SOLVERS: Mapping[Algorithm, Callable[[Market, Path], Solved]] = {
    Algorithm.DEFERRED_ACCEPTANCE: _acceptance,
    Algorithm.SENIORITY: _acceptance,
    Algorithm.OFFERS: _offers,
    Algorithm.FIT: _fit,
    Algorithm.STRICT: _strict,
    Algorithm.FAMILIES: _families,
}
"""The algorithms this engine has."""
