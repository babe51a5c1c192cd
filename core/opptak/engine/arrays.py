"""A market as arrays: the form in which a million children are twenty-odd bytes each and no objects."""

from dataclasses import dataclass
from itertools import accumulate, chain

import numpy as np
from numpy.typing import NDArray

from opptak.engine.market import Market

__all__ = ("CHOOSING", "OPEN_TO_ALL", "Arrays", "Int32", "Int64", "first_of_each", "spread")

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

CHOOSING = -1
"""Seats of a program that has more to weigh than ranks: reserves or caps."""
OPEN_TO_ALL = 2**31 - 1
"""Worst rank a program holds while it has room."""
PIECE = 2**18
"""Entries looked at in one piece where that saves memory."""


@dataclass(frozen=True)
class Arrays:
    """Who asks where, list after list: child `c` has the entries `starts[c]` to `starts[c + 1]`.

    There may be fewer than 2**31 entries.
    """

    starts: Int64
    program: Int32
    """The program of each entry."""
    rank: Int32
    """The child's rank at it: 0 goes first, each rank once a program."""
    seats: Int32
    """The seats of each program, or CHOOSING."""

    @classmethod
    def of(cls, market: Market) -> "Arrays":
        """Return the lists and ranks of a market of whole seats."""
        return cls(
            starts=np.array([0, *accumulate(map(len, market.lists))], dtype=np.int64),
            program=np.array(list(chain.from_iterable(market.lists)), dtype=np.int32),
            rank=np.array(list(chain.from_iterable(market.ranks)), dtype=np.int32),
            seats=np.array(
                [seating.capacity if seating.plain else CHOOSING for seating in market.seatings],
                dtype=np.int32,
            ),
        )

    @property
    def children(self) -> int:
        """How many children there are."""
        return len(self.starts) - 1

    def applicants(self) -> Int64:
        """Return how many entries each program has."""
        # Counting widens what it counts: a piece at a time.
        found = np.zeros(len(self.seats), dtype=np.int64)
        for begin in range(0, len(self.program), PIECE):
            found += np.bincount(self.program[begin : begin + PIECE], minlength=len(found))
        return found

    def places(self, position: Int32) -> Int32:
        """Return the program at each child's position in its list; -1 for those whose list is used up."""
        entry = self.starts[:-1] + position
        found = np.full(self.children, -1, dtype=np.int32)
        placed = entry < self.starts[1:]
        found[placed] = self.program[entry[placed]]
        return found


def first_of_each(sizes: Int64) -> Int64:
    """Return where each group begins when groups of these sizes stand one after another."""
    first = np.cumsum(sizes)
    first -= sizes
    return first


def spread(first: Int64, sizes: Int64) -> Int64:
    """Return the indices `first[g]`, `first[g] + 1`, … of each group, one group after another."""
    return np.repeat(first - first_of_each(sizes), sizes) + np.arange(sizes.sum())
