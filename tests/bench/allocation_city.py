"""Synthetic cities as arrays, for the benchmark: balanced, or contested by popular kindergartens.

Kindergartens stand one to a cell of a grid. A family weighs those in the cells around its home by distance,
reputation and taste; demand is denser in some cells than in others, and so are, roughly, the places.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from opptak.engine.arrays import Arrays, Int32, Int64, first_of_each

__all__ = ("Kind", "build_arrays")

REACH = 2
"""Cells in each direction that a family looks at."""
PLACES = 18
"""Places of a kindergarten, on average."""
SUPPLY = 0.98
SIBLING_PULL = 2.0
SIBLING_SHARE, STATUTORY_SHARE = 0.22, 0.02
CHUNK = 50_000


Flags = NDArray[np.bool_]


class Kind(StrEnum):
    """What makes a round hard."""

    BALANCED = "balanced"
    CONTESTED = "contested"


REPUTATION_SPREAD = {Kind.BALANCED: 0.15, Kind.CONTESTED: 0.6}
HISTORY = {Kind.BALANCED: 0.15, Kind.CONTESTED: 1.0}
"""Share of the places that does not follow demand."""


def build_arrays(children: int, listed: int, kind: Kind = Kind.BALANCED, seed: int = 1) -> Arrays:
    """Build a city with lists of one to `listed` wishes, two thirds of that on average."""
    random = np.random.default_rng((seed, children, listed))
    side = max(2, round((children * SUPPLY / PLACES) ** 0.5))
    density = random.gamma(4.0, size=side * side)
    home = random.choice(side * side, size=children, p=density / density.sum()).astype(np.int32)
    lengths = np.clip(random.poisson(0.66 * listed, children), 1, listed).astype(np.int64)
    sibling = random.random(children) < SIBLING_SHARE
    wished = _wishes(random, home, sibling, side, listed, REPUTATION_SPREAD[kind])
    lengths = np.minimum(lengths, (wished >= 0).sum(axis=1))
    program = wished[np.arange(listed) < lengths[:, None]]
    owner = np.repeat(np.arange(children, dtype=np.int32), lengths)
    return Arrays(
        starts=np.concatenate(([0], np.cumsum(lengths))),
        program=program,
        rank=_ranks(random, np.where(sibling, home, -1), home, owner, program),
        seats=_seats(random, density, round(children * SUPPLY), HISTORY[kind]),
    )


def _wishes(
    random: np.random.Generator, home: Int32, sibling: Flags, side: int, listed: int, spread: float
) -> Int32:
    """Return the best kindergartens of each child, -1 beyond the edge of the city."""
    reputation = random.normal(0.0, spread, side * side).astype(np.float32)
    steps = np.arange(-REACH, REACH + 1, dtype=np.int32)
    across, down = (part.ravel() for part in np.meshgrid(steps, steps))
    away = (0.3 * np.hypot(across, down)).astype(np.float32)
    found = np.empty((len(home), listed), dtype=np.int32)
    for begin in range(0, len(home), CHUNK):
        here = home[begin : begin + CHUNK, None]
        column, row = here % side + across, here // side + down
        inside = (column >= 0) & (column < side) & (row >= 0) & (row < side)
        near = np.where(inside, row * side + column, -1)
        taste = random.gumbel(0.0, 0.25, near.shape).astype(np.float32)
        taste[sibling[begin : begin + CHUNK], len(away) // 2] += SIBLING_PULL
        dislike = np.where(inside, away - reputation[near] - taste, np.inf)
        best = np.argsort(dislike, axis=1)[:, :listed]
        found[begin : begin + CHUNK] = np.take_along_axis(near, best, axis=1)
    return found


def _ranks(
    random: np.random.Generator, sibling_at: Int32, home: Int32, owner: Int32, program: Int32
) -> Int32:
    """Return the rank of each entry: tier, points for a sibling and for living there, lottery."""
    children = len(home)
    tier = (random.random(children) >= STATUTORY_SHARE).astype(np.int64)
    points = 20 * (sibling_at[owner] == program) + 10 * (home[owner] == program)
    key = (tier[owner] << 6 | 63 - points) << 32 | random.permutation(children)[owner]
    order = np.lexsort((key, program))
    asked = np.bincount(program).astype(np.int64)
    rank = np.empty(len(program), dtype=np.int32)
    rank[order] = np.arange(len(program)) - np.repeat(first_of_each(asked), asked)
    return rank


def _seats(random: np.random.Generator, density: NDArray[np.float64], total: int, history: float) -> Int32:
    """Divide the places: in part by demand, in part as history has left them."""
    past = random.gamma(4.0, size=len(density))
    exact = total * ((1 - history) * density / density.sum() + history * past / past.sum())
    up_to: Int64 = np.floor(np.cumsum(exact) + 0.5).astype(np.int64)
    return np.diff(up_to, prepend=0).astype(np.int32)
