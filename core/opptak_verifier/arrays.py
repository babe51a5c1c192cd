"""Rounds too large for an object a child: room and claims on columns of numpy.

The stand-alone verifier goes without. Lists lie one behind the other: child `c` has the contracts `starts[c]`
up to `starts[c + 1]`, best first. Each has a `program`, the child's `rank` there (smaller goes first, none
twice) and a `need`, a row of `weeks`: units a day, one column where places are whole. `got` is the position
in the list of what each child obtained, its length for nothing.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer]


class Audit(NamedTuple):
    """Programs with more children than room, and contracts that a program would have given to who asked."""

    overfull: int
    claims: int


@dataclass(frozen=True, kw_only=True)
class Columns:
    """A round without reserves and caps, in which nobody goes by the strict rule."""

    starts: Ints
    program: Ints
    rank: Ints
    need: Ints
    weeks: Ints
    capacity: Ints

    def audit(self, got: Ints) -> Audit:
        """Count what no result may have; raises ValueError if a position is beyond the list."""
        lengths = np.diff(self.starts)
        if len(got) != len(lengths) or ((got < 0) | (got > lengths)).any():
            raise ValueError("a child has a place that is not on its list")
        at = self.starts[:-1] + got
        seats = at[got < lengths]
        seats = seats[np.argsort(self._places(seats))]
        first = np.searchsorted(self.program[seats], np.arange(len(self.capacity) + 1))
        used = np.zeros((len(seats) + 1, self.weeks.shape[1]), dtype=np.int64)
        np.cumsum(self.weeks[self.need[seats]], axis=0, out=used[1:])
        free = self.capacity - (used[first[1:]] - used[first[:-1]])
        last = np.full(len(free), -1, dtype=np.int64)
        last[self.program[seats]] = self.rank[seats]  # by rising rank, so that the last one stays
        asked = np.flatnonzero(np.arange(len(self.program)) < np.repeat(at, lengths))
        program = self.program[asked]
        behind = self.rank[asked] > last[program]
        claims = self._fits(asked[behind], free[program[behind]])
        asked, program = asked[~behind], program[~behind]
        before = np.searchsorted(self._places(seats), self._places(asked))
        left = self.capacity[program] - (used[before] - used[first[program]])
        claims += self._fits(asked, left + self._own(asked, at, got < lengths))
        return Audit(int(np.count_nonzero((free < 0).any(axis=1))), claims)

    def _places(self, contracts: Ints) -> Ints:
        """Return numbers in the order of programs, and of ranks within one."""
        return self.program[contracts].astype(np.int64) << 32 | self.rank[contracts]

    def _fits(self, contracts: Ints, left: Ints) -> int:
        wanted = self.weeks[self.need[contracts]]
        return int(np.count_nonzero(((wanted <= left) | (wanted == 0)).all(axis=1)))

    def _own(self, contracts: Ints, at: Ints, placed: NDArray[np.bool_]) -> Ints:
        """Return the room that the asking child itself takes before the contract, in the same program."""
        child = np.searchsorted(self.starts, contracts, side="right") - 1
        there = np.where(placed[child], at[child], contracts)
        before = (self.program[there] == self.program[contracts]) & (self.rank[there] < self.rank[contracts])
        return np.where(before[:, None], self.weeks[self.need[there]], 0)
