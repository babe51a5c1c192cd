"""Deferred acceptance on arrays: arrays in, positions out; or as the plain seats of a market."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from opptak.engine.arrays import Arrays, Int32
from opptak.engine.market import Market
from opptak.engine.paths import Path

__all__ = ("SeatsOfArrays", "positions_of", "seats_of")


class ArraySeats(Protocol):
    """The plain seats of arrays; `position` is how far each child has come in its list."""

    position: Int32

    def settle(self, asking: Int32) -> Int32:
        """Let children ask from where they are; returns those who stand before a choosing program."""


def seats_of(arrays: Arrays, path: Path) -> ArraySeats:
    """Return empty seats: numpy's rounds or compiled heaps."""
    if path is Path.NUMPY:
        from opptak.engine.da_numpy import RoundSeats  # noqa: PLC0415

        return RoundSeats(arrays)
    from opptak.engine.da_numba import HeapSeats  # noqa: PLC0415

    return HeapSeats(arrays)


def positions_of(arrays: Arrays, path: Path) -> Int32:
    """Return the position of each child's place in its list, its length if none; all seats must be plain."""
    seats = seats_of(arrays, path)
    seats.settle(np.arange(arrays.children, dtype=np.int32))
    return seats.position


class SeatsOfArrays:
    """The plain seats of a market of objects, settled on arrays."""

    def __init__(self, market: Market, path: Path) -> None:
        self._seats = seats_of(Arrays.of(market), path)

    def settle(self, asking: Sequence[int]) -> Sequence[int]:
        """Let children ask; returns those who stand before a choosing program."""
        parked: list[int] = self._seats.settle(np.array(asking, dtype=np.int32)).tolist()
        return parked

    def refuse(self, child: int) -> None:
        """Move a child on to the next position of its list."""
        self._seats.position[child] += 1

    def position_of(self, child: int) -> int:
        """Return how far a child has come."""
        return int(self._seats.position[child])

    def positions(self) -> Sequence[int]:
        """Return each child's position."""
        found: list[int] = self._seats.position.tolist()
        return found
