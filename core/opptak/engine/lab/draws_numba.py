"""Draws as machine code: a thousand lotteries of a thousand children while one waits."""

import numpy as np

from opptak.engine.arrays import OPEN_TO_ALL, Arrays, Int32, Int64, first_of_each
from opptak.engine.columns import UInt64
from opptak.engine.da_numba import compiled
from opptak.engine.lab.draws_arrays import Tallies, Tied

__all__ = ("add_draws",)


def add_draws(arrays: Arrays, tied: Tied, numbers: UInt64, tallies: Tallies) -> None:
    """Settle a draw for each row of lottery numbers and count it; all seats must be plain."""
    room = np.minimum(arrays.seats, arrays.applicants()).astype(np.int32)
    seats = (arrays.seats, room, first_of_each(room.astype(np.int64)))
    lists = (arrays.starts, arrays.program, arrays.rank.copy())
    counts = (tallies.got, tallies.full, tallies.tightest, tallies.loosest)
    rows = (_bounds(tied, tied.family), tied.entry, tied.tie, tied.first)
    _draw_all(numbers, rows, _children(arrays, tied), lists, seats, counts)


def _bounds(tied: Tied, family: Int32) -> Int64:
    """Return where the rows of each family begin, and where the last ends."""
    sizes = np.bincount(family, minlength=len(tied.families)).astype(np.int64)
    return np.concatenate((first_of_each(sizes), [len(family)]))


def _children(arrays: Arrays, tied: Tied) -> tuple[Int64, Int64, Int64]:
    """Return the children without ties; those with, family by family; and where each family begins."""
    child = np.searchsorted(arrays.starts, tied.entry, side="right") - 1
    _, rows = np.unique(child, return_index=True)
    rows.sort()
    others = np.setdiff1d(np.arange(arrays.children), child)
    return others, child[rows], _bounds(tied, tied.family[rows])


@compiled
def _draw_all(numbers, tied, children, lists, seats, counts):  # type: ignore[no-untyped-def]
    # Unpacked once: a column taken out of a tuple is counted as one more reference, every time.
    starts, program, rank = lists
    capacity, room, first = seats
    others, drawn_children, families = children
    position, held = np.empty(len(starts) - 1, dtype=np.int32), np.empty(room.sum(), dtype=np.int64)
    asking = np.empty(len(position), dtype=np.int64)
    asking[: len(others)] = others
    size, worst = np.empty(len(room), dtype=np.int32), np.empty(len(room), dtype=np.int32)
    order = np.empty(numbers.shape[1], dtype=np.int64)
    for drawn in range(len(numbers)):
        _sort(numbers[drawn], order)
        _deal(order, tied, rank)
        _line_up(order, drawn_children, families, asking[len(others) :])
        position[:], size[:] = 0, 0
        for at in range(len(room)):
            worst[at] = OPEN_TO_ALL if room[at] else -1
        _settle(asking, starts, program, rank, position, room, first, size, worst, held)
        _count(starts, position, capacity, size, worst, counts)


@compiled
def _settle(  # type: ignore[no-untyped-def]
    asking, starts, program, rank, position, room, first, size, worst, held
):
    """Let child after child ask, and follow each chain of refusals to its end.

    In the order of the draw few are displaced: to look for the worst of a kindergarten's seats then and when
    it becomes full costs less than to keep them in order.
    """
    for begun in asking:
        child = begun
        entry = starts[child]
        while child >= 0:
            while entry < starts[child + 1] and rank[entry] > worst[program[entry]]:
                entry += 1
            position[child] = entry - starts[child]
            if entry == starts[child + 1]:
                break
            at, key = program[entry], np.int64(rank[entry]) << 32 | child
            top, bottom = first[at], first[at] + size[at]
            child = -1
            if size[at] < room[at]:
                held[bottom] = key
                size[at] += 1
            else:
                # The worst is kept on top.
                child = held[top] & 0xFFFFFFFF
                entry = starts[child] + position[child] + 1
                held[top] = key
            if size[at] == room[at]:
                last = top
                for slot in range(top, first[at] + room[at]):
                    if held[slot] > held[last]:
                        last = slot
                held[top], held[last] = held[last], held[top]
                worst[at] = held[top] >> 32


@compiled
def _sort(numbers, order):  # type: ignore[no-untyped-def]
    """Order families by number: spread over as many buckets, as numbers are, and sorted within."""
    families = len(numbers)
    ends = np.zeros(families + 1, dtype=np.int64)
    bucket = np.empty(families, dtype=np.int64)
    for family in range(families):
        bucket[family] = ((numbers[family] >> np.uint64(32)) * np.uint64(families)) >> np.uint64(32)
        ends[bucket[family] + 1] += 1
    for index in range(families):
        ends[index + 1] += ends[index]
    for family in range(families):
        order[ends[bucket[family]]] = family
        ends[bucket[family]] += 1
    for index in range(1, families):
        family, hole = order[index], index
        while hole > 0 and numbers[order[hole - 1]] > numbers[family]:
            order[hole] = order[hole - 1]
            hole -= 1
        order[hole] = family


@compiled
def _line_up(order, children, families, asking):  # type: ignore[no-untyped-def]
    """Put children in the order of the draw: who asks after its betters is seldom displaced."""
    following = 0
    for family in order:
        for row in range(families[family], families[family + 1]):
            asking[following] = children[row]
            following += 1


@compiled
def _deal(order, tied, rank):  # type: ignore[no-untyped-def]
    """Give the ranks of each tie to its entries, in the order of families."""
    families, entry, tie, first = tied
    following = first.copy()
    for family in order:
        for row in range(families[family], families[family + 1]):
            rank[entry[row]] = following[tie[row]]
            following[tie[row]] += 1


@compiled
def _count(starts, position, capacity, size, worst, counts):  # type: ignore[no-untyped-def]
    got, full, tightest, loosest = counts
    for child in range(len(position)):
        entry = starts[child] + position[child]
        if entry < starts[child + 1]:
            got[entry] += 1
    for program in range(len(size)):
        if size[program] >= capacity[program]:
            full[program] += 1
            if size[program]:
                tightest[program] = min(tightest[program], worst[program])
                loosest[program] = max(loosest[program], worst[program])
