"""Draws on arrays: only the ranks within ties are dealt anew, and no object is made."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from opptak.engine.arrays import Arrays, Int32, Int64
from opptak.engine.columns import UInt64, draws
from opptak.engine.da_arrays import positions_of
from opptak.engine.lab.draws import Draws, Tie
from opptak.engine.lottery import draw_seed
from opptak.engine.market import UNPLACED, Market
from opptak.engine.paths import Path

__all__ = ("Tallies", "Tied", "draw_on_arrays", "lottery_numbers")

NUMBERS_AT_A_TIME = 2**20
"""Lottery numbers kept at a time."""


@dataclass(frozen=True)
class Tied:
    """The entries with ties, families in index order, siblings in theirs.

    Two families with one number of 64 bits would here be drawn family by family.
    """

    families: Sequence[str]
    family: Int32
    """The family of each row."""
    entry: Int32
    """The entry of the lists."""
    tie: Int32
    """The tie it is in."""
    first: Int32
    """The best rank of each tie."""

    @classmethod
    def of(cls, market: Market, starts: Int64, ties: Sequence[Tie]) -> "Tied":
        """Return the ties of a market."""
        index = {child.id: number for number, child in enumerate(market.children)}
        families: dict[str, int] = {}
        rows = []
        for number, tie in enumerate(ties):
            for rank, standing in enumerate(tie.standings, start=tie.first):
                child = index[standing.child]
                family = families.setdefault(market.children[child].family, len(families))
                position = market.positions[tie.program][rank]
                rows.append((family, standing.ordinal, child, int(starts[child]) + position, number))
        columns = np.array(sorted(rows), dtype=np.int32).T
        return cls(
            families=list(families),
            family=np.ascontiguousarray(columns[0]),
            entry=np.ascontiguousarray(columns[3]),
            tie=np.ascontiguousarray(columns[4]),
            first=np.array([tie.first for tie in ties], dtype=np.int32),
        )


@dataclass(frozen=True)
class Tallies:
    """What draws add up to; a program's lines are the best and the worst rank that was last."""

    got: Int32
    full: Int32
    tightest: Int32
    loosest: Int32

    @classmethod
    def empty(cls, arrays: Arrays) -> "Tallies":
        """Return the tallies of no draw."""
        programs = len(arrays.seats)
        return cls(
            got=np.zeros(len(arrays.program), dtype=np.int32),
            full=np.zeros(programs, dtype=np.int32),
            tightest=np.full(programs, np.iinfo(np.int32).max, dtype=np.int32),
            loosest=np.full(programs, UNPLACED, dtype=np.int32),
        )


def draw_on_arrays(market: Market, ties: Sequence[Tie], number: int, path: Path) -> Draws:
    """Run draws of a market of plain whole seats; raises MissingExtra."""
    arrays = Arrays.of(market)
    tied, tallies = Tied.of(market, arrays.starts, ties), Tallies.empty(arrays)
    for numbers in lottery_numbers(market, tied, number):
        if path is Path.NUMBA:
            from opptak.engine.lab.draws_numba import add_draws  # noqa: PLC0415 -- compiles

            add_draws(arrays, tied, numbers, tallies)
        else:
            for drawn in numbers:
                _add(tallies, arrays, _dealt(arrays, tied, drawn))
    bounds = arrays.starts.tolist()
    got = tallies.got.tolist()
    return Draws(
        market,
        number,
        got=[got[begin:end] for begin, end in itertools.pairwise(bounds)],
        full=tallies.full.tolist(),
        tightest=np.where(tallies.loosest == UNPLACED, UNPLACED, tallies.tightest).tolist(),
        loosest=tallies.loosest.tolist(),
    )


def lottery_numbers(market: Market, tied: Tied, number: int) -> Iterator[UInt64]:
    """Yield the families' lottery numbers, a row a draw, some draws at a time."""
    at_a_time = max(1, NUMBERS_AT_A_TIME // len(tied.families))
    round_ = market.instance.round
    for begin in range(0, number, at_a_time):
        seeds = (draw_seed(round_.seed, index) for index in range(begin, min(number, begin + at_a_time)))
        rounds = (msgspec.structs.replace(round_, seed=seed) for seed in seeds)
        yield np.stack([draws(drawn, tied.families) for drawn in rounds])


def _dealt(arrays: Arrays, tied: Tied, drawn: UInt64) -> Arrays:
    """Return the lists with the ranks of one draw."""
    place = np.empty(len(drawn), dtype=np.int64)
    place[np.argsort(drawn, kind="stable")] = np.arange(len(drawn))
    order = np.lexsort((place[tied.family], tied.tie))
    tie = tied.tie[order]
    rank = arrays.rank.copy()
    rank[tied.entry[order]] = tied.first[tie] + np.arange(len(tie)) - np.searchsorted(tie, tie)
    return Arrays(arrays.starts, arrays.program, rank, arrays.seats)


def _add(tallies: Tallies, arrays: Arrays, position_arrays: Arrays) -> None:
    """Settle one draw and count it."""
    position = positions_of(position_arrays, Path.NUMPY)
    entry = arrays.starts[:-1] + position
    entry = entry[entry < arrays.starts[1:]]
    tallies.got[entry] += 1
    program = arrays.program[entry]
    full = np.bincount(program, minlength=len(arrays.seats)) >= arrays.seats
    tallies.full[:] += full
    held = full[program]
    program, rank = program[held], position_arrays.rank[entry[held]]
    last = np.full(len(arrays.seats), UNPLACED, dtype=np.int32)
    np.maximum.at(last, program, rank)
    lines = np.flatnonzero(last != UNPLACED)
    tallies.tightest[lines] = np.minimum(tallies.tightest[lines], last[lines])
    tallies.loosest[lines] = np.maximum(tallies.loosest[lines], last[lines])
