"""Lists and ranks of a round straight from columns, so that a million children never become objects.

Children and programs are indices in id order, as everywhere in a run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opptak.engine.arrays import Arrays, Int32, Int64, first_of_each
from opptak.engine.instance import Round
from opptak.engine.lottery import lottery64
from opptak.engine.market import HOLDER

__all__ = ("Columns", "Entries", "UInt64", "arrange", "draws")

UInt64 = NDArray[np.uint64]


@dataclass(frozen=True)
class Columns:
    """What decides, a row a child; `current` is a program or -1."""

    ties: Sequence[Int64]
    """The first tie of each child that has one, the second …; `tied` tells who has."""
    tied: Sequence[NDArray[np.bool_]]
    drawn: UInt64
    ordinal: Int64
    current: Int64


@dataclass(frozen=True)
class Entries:
    """A row a wish, by child and then in the child's order; `general`: tier and points are the child's."""

    child: Int64
    program: Int32
    tier: Int64
    points: Int64
    general: NDArray[np.bool_]


def draws(round_: Round, families: Sequence[str]) -> UInt64:
    """Return the lottery number of each family."""
    return np.fromiter((lottery64(round_, family) for family in families), dtype=np.uint64)


def arrange(columns: Columns, entries: Entries, seats: Int32) -> Arrays:
    """Return the lists with each entry's rank."""
    lengths = np.bincount(entries.child, minlength=len(columns.current)).astype(np.int64)
    order = np.lexsort((_keys(columns, entries), entries.program))
    asked = np.bincount(entries.program, minlength=len(seats)).astype(np.int64)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order)) - np.repeat(first_of_each(asked), asked)
    return Arrays(np.concatenate(([0], np.cumsum(lengths))), entries.program, rank, seats)


def _keys(columns: Columns, entries: Entries) -> Int64:
    """Return each entry's key in one number: tier, lack of points, has it ties, place in the queue.

    Seventeen bits, sixteen, one and twenty-nine: there may be half a thousand million children.
    """
    child = entries.child
    holds = columns.current[child] == entries.program
    tier = np.where(holds, 0, entries.tier - HOLDER)
    tied = entries.general & (columns.tied[0][child] if columns.tied else False)
    place = np.where(tied, _queue(columns, by_ties=True)[child], _queue(columns, by_ties=False)[child])
    key: Int64 = tier << 46 | (65535 - entries.points) << 30 | tied.astype(np.int64) << 29 | place
    return key


def _queue(columns: Columns, *, by_ties: bool) -> Int64:
    """Return each child's place among all by ties, lottery, ordinal and id."""
    keys: list[NDArray[np.generic]] = [columns.ordinal, columns.drawn]
    if by_ties:
        # The last key counts first, and of two lists of ties that begin alike the shorter goes first.
        for tie, tied in zip(reversed(columns.ties), reversed(columns.tied), strict=True):
            keys += [tie, tied]
    place = np.empty(len(columns.drawn), dtype=np.int64)
    place[np.lexsort(keys)] = np.arange(len(place))
    return place
