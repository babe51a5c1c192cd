"""Plain seats as heaps in one array, compiled: for the largest markets and for storms of what-ifs.

Importing this module compiles or loads machine code: only the worker and the command line do.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from opptak.engine.arrays import CHOOSING, OPEN_TO_ALL, Arrays, Int32, first_of_each

__all__ = ("HeapSeats", "compiled")


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile at the first call and keep the machine code where this installation can write, if anywhere."""
    try:
        kept: Callable[..., Any] = numba.njit(cache=True)(function)
    except RuntimeError:
        kept = numba.njit(function)
    return kept


class HeapSeats:
    """Who sits where; a seat holds its child as one number, the rank above, the child below.

    A program knows the worst rank it holds, so that a child walks past all who would refuse it.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        asked = arrays.applicants()
        self._room: Int32 = np.minimum(arrays.seats, asked).astype(np.int32)
        seats = np.maximum(self._room, 0).astype(np.int64)
        self._first = first_of_each(seats)
        self._size = np.zeros(len(asked), dtype=np.int32)
        self._worst = np.where(self._room == 0, -1, OPEN_TO_ALL).astype(np.int32)
        self._held = np.empty(int(seats.sum()), dtype=np.int64)
        self.position: Int32 = np.zeros(arrays.children, dtype=np.int32)

    def settle(self, asking: Int32) -> Int32:
        """Let children ask from where they are; returns those who stand before a choosing program."""
        arrays = self._arrays
        parked = np.empty(len(self.position) if (self._room == CHOOSING).any() else 0, dtype=np.int32)
        lists = (arrays.starts, arrays.program, arrays.rank)
        seats = (self._room, self._first, self._size, self._worst, self._held)
        waiting: int = _settle(asking.copy(), lists, seats, self.position, parked)
        return parked[:waiting]


@compiled
def _settle(asking, lists, seats, position, parked):  # type: ignore[no-untyped-def]
    """Ask round after round; `asking` is overwritten with those of the next.

    A chain of refusals could be followed to its end at once; but children in order are neighbours in memory.
    """
    # Unpacked once: a column taken out of a tuple is counted as one more reference, every time.
    starts, program, rank = lists
    room, first, size, worst, held = seats
    waiting, left = 0, len(asking)
    while left:
        refused = 0
        for index in range(left):
            child = np.int64(asking[index])
            entry = _walk(child, starts, program, rank, worst, position)
            if entry == starts[child + 1]:
                continue
            if room[program[entry]] == CHOOSING:
                parked[waiting] = child
                waiting += 1
                continue
            loser = _seat(child, program[entry], rank[entry], room, first, size, worst, held)
            if loser >= 0:
                position[loser] += 1
                asking[refused] = loser
                refused += 1
        asking[:refused].sort()
        left = refused
    return waiting


@compiled
def _walk(child, starts, program, rank, worst, position):  # type: ignore[no-untyped-def]
    """Move a child on to the first entry of its list that does not refuse it at once; returns the entry."""
    entry = starts[child] + position[child]
    while entry < starts[child + 1] and rank[entry] > worst[program[entry]]:
        entry += 1
    position[child] = entry - starts[child]
    return entry


@compiled
def _seat(child, at, rank, room, first, size, worst, held):  # type: ignore[no-untyped-def]
    """Seat a child that is good enough; returns the one that has to go, or -1."""
    top, key = first[at], np.int64(rank) << 32 | child
    loser = -1
    if size[at] < room[at]:
        _push(held, top, size[at], key)
        size[at] += 1
    else:
        loser = held[top] & 0xFFFFFFFF
        _replace_worst(held, top, room[at], key)
    if size[at] == room[at]:
        worst[at] = held[top] >> 32
    return loser


@compiled
def _push(held, top, size, key):  # type: ignore[no-untyped-def]
    """Add to the heap of `size` keys that begins at `top`, the worst first."""
    hole = size
    while hole > 0 and held[top + ((hole - 1) >> 1)] < key:
        held[top + hole] = held[top + ((hole - 1) >> 1)]
        hole = (hole - 1) >> 1
    held[top + hole] = key


@compiled
def _replace_worst(held, top, size, key):  # type: ignore[no-untyped-def]
    """Let a better key take the place of the worst."""
    hole, below = 0, 1
    while below < size:
        if below + 1 < size and held[top + below + 1] > held[top + below]:
            below += 1
        if held[top + below] < key:
            break
        held[top + hole] = held[top + below]
        hole, below = below, 2 * below + 1
    held[top + hole] = key
