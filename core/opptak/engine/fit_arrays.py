"""A market by weekdays as arrays, and `fit` on them by machine code: the way for a million children."""

from dataclasses import dataclass
from itertools import accumulate, chain

import numpy as np

from opptak.engine.arrays import Int32, Int64
from opptak.engine.fit_numba import settle
from opptak.engine.market import UNPLACED, Market
from opptak.engine.rounds import Placing
from opptak.engine.week import unpack

__all__ = ("DayArrays", "fit_compiled", "fit_on_arrays")


@dataclass(frozen=True)
class DayArrays:
    """Who asks where, list after list: child `c` has the contracts `starts[c]` to `starts[c + 1]`."""

    starts: Int64
    program: Int32
    rank: Int32
    """The contract's rank at its program: 0 goes first, each rank once a program."""
    need: Int32
    """Which of `weeks` the contract needs."""
    weeks: Int32
    """The needs there are, a row of five each."""
    capacity: Int32
    """A row of five for each program."""
    settled: Int32
    """How many of a program's first ranks are of children who hold a place there or are pinned to it."""

    @classmethod
    def of(cls, market: Market) -> "DayArrays":
        """Return the lists of a market without reserves and caps."""
        index: dict[int, int] = {}
        need = [index.setdefault(week, len(index)) for needs in market.needs for week in needs]
        weeks = [unpack(week) for week in index] or [(0,) * 5]
        capacity = [seating.week for seating in market.seatings]
        return cls(
            starts=np.array([0, *accumulate(map(len, market.lists))], dtype=np.int64),
            program=np.array(list(chain.from_iterable(market.lists)), dtype=np.int32),
            rank=np.array(list(chain.from_iterable(market.ranks)), dtype=np.int32),
            need=np.array(need, dtype=np.int32),
            weeks=np.array(weeks, dtype=np.int32),
            capacity=np.array(capacity, dtype=np.int32).reshape(len(capacity), 5),
            settled=np.array([seating.settled for seating in market.seatings], dtype=np.int32),
        )


def fit_on_arrays(arrays: DayArrays, *, repeats: bool) -> tuple[Int32, Int32]:
    """Return each child's position, the length of its list for none, and the programs that settled.

    `repeats` says that a list may name a program twice.
    """
    return settle(
        (arrays.starts, arrays.program, arrays.rank, arrays.need),
        arrays.weeks,
        (arrays.capacity, arrays.settled),
        repeats,
    )


def fit_compiled(market: Market) -> Placing:
    """Return what `fit` returns for a market without reserves and caps."""
    repeats = any(seating.twins for seating in market.seatings)
    at, settled = fit_on_arrays(DayArrays.of(market), repeats=repeats)
    lengths = map(len, market.lists)
    got = [UNPLACED if where == length else where for where, length in zip(at.tolist(), lengths, strict=True)]
    return Placing(got, frozenset(settled.tolist()))
