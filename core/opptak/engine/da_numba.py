"""Plain seats as heaps in one array, compiled: for the largest markets and for storms of what-ifs.

Importing this module compiles or loads machine code: only the worker and the command line do.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from opptak.engine.arrays import CHOOSING, Arrays, Int32, Int64, first_of_each

__all__ = ("HeapSeats", "compiled")


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile at the first call and keep the machine code where this installation can write, if anywhere."""
    try:
        kept: Callable[..., Any] = numba.njit(cache=True)(function)
    except RuntimeError:
        kept = numba.njit(function)
    return kept


class HeapSeats:
    """Who sits where; a seat holds its child as one number, the rank above, the child below."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        asked = np.bincount(arrays.program, minlength=len(arrays.seats))
        room = np.minimum(arrays.seats, asked).astype(np.int64)
        sizes = np.maximum(room, 0)
        self._room: Int64 = room
        self._first = first_of_each(sizes)
        self._size = np.zeros(len(room), dtype=np.int64)
        self._held = np.empty(int(sizes.sum()), dtype=np.int64)
        self.position: Int32 = np.zeros(arrays.children, dtype=np.int32)

    def settle(self, asking: Int32) -> Int32:
        """Let children ask from where they are; returns those who stand before a choosing program."""
        arrays = self._arrays
        parked = np.empty(len(self.position) if (self._room == CHOOSING).any() else 0, dtype=np.int32)
        lists = (arrays.starts, arrays.program, arrays.rank)
        seats = (self._room, self._first, self._size, self._held)
        waiting: int = _settle(asking, lists, seats, self.position, parked)
        return parked[:waiting]


@compiled
def _settle(asking, lists, seats, position, parked):  # type: ignore[no-untyped-def]
    starts, program, rank = lists
    room, first, size, held = seats
    waiting = 0
    for index in range(len(asking)):
        child = np.int64(asking[index])
        while True:
            entry = starts[child] + position[child]
            if entry == starts[child + 1]:
                break
            at = program[entry]
            if room[at] == CHOOSING:
                parked[waiting] = child
                waiting += 1
                break
            key = np.int64(rank[entry]) << 32 | child
            top = first[at]
            if size[at] < room[at]:
                _push(held, top, size[at], key)
                size[at] += 1
                break
            if room[at] > 0 and key < held[top]:
                child = held[top] & 0xFFFFFFFF
                _replace_worst(held, top, room[at], key)
            position[child] += 1
    return waiting


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
