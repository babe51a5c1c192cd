"""`fit` as machine code: the same rounds, the same queue and the same repair as in `fit.py`, on arrays.

Importing this module compiles or loads machine code: only the worker and the command line do. A choice walks
along a program's contracts in the order of their ranks; `mark` says of each whether it is there or asks.
"""

from collections.abc import Callable
from heapq import heappop, heappush

import numpy as np

from opptak.engine.arrays import Int32, Int64
from opptak.engine.da_numba import compiled
from opptak.engine.fit_turns import PROGRAM, VISITS, turn

__all__ = ("settle",)

turn_of: Callable[..., int] = compiled(turn)


def settle(
    lists: tuple[Int64, Int32, Int32, Int32], weeks: Int32, rooms: tuple[Int32, Int32], repeats: bool
) -> tuple[Int32, Int32]:
    """Return each child's position, the length of its list for none, and the programs that settled.

    `rooms` are each program's capacity and how many of its ranks are of settled children.
    """
    capacity, _ = rooms
    starts, program, rank, need = lists
    base = np.zeros(len(capacity) + 1, dtype=np.int64)
    np.cumsum(np.bincount(program, minlength=len(capacity)), out=base[1:])
    child_of, position_of, need_of = _by_program(starts, program, rank, need, base)
    at = np.zeros(len(starts) - 1, dtype=np.int32)
    mark = np.zeros(len(program), dtype=np.uint8)
    applicants = (base, child_of, position_of, need_of)
    _rounds((starts, program, rank), applicants, weeks, capacity, at, mark)
    sits = np.full(len(at) if repeats else 0, -1, dtype=np.int64)
    settled = _repair((starts, program, rank), applicants, weeks, rooms, at, mark, sits, VISITS)
    return at, np.flatnonzero(settled).astype(np.int32)


@compiled
def _by_program(starts, program, rank, need, base):  # type: ignore[no-untyped-def]
    child_of = np.empty(len(program), np.int32)
    position_of = np.empty(len(program), np.int32)
    need_of = np.empty(len(program), np.int32)
    for child in range(len(starts) - 1):
        for entry in range(starts[child], starts[child + 1]):
            index = base[program[entry]] + rank[entry]
            child_of[index] = child
            position_of[index] = entry - starts[child]
            need_of[index] = need[entry]
    return child_of, position_of, need_of


@compiled
def _take(room, week):  # type: ignore[no-untyped-def]
    """Take a week out of the room, if it fits."""
    if room[0] < week[0] or room[1] < week[1] or room[2] < week[2] or room[3] < week[3] or room[4] < week[4]:
        return False
    for day in range(5):
        room[day] -= week[day]
    return True


@compiled
def _rounds(lists, applicants, weeks, capacity, at, mark):  # type: ignore[no-untyped-def]
    starts, program, rank = lists
    base, child_of, _, need_of = applicants
    asking = np.arange(len(at)).astype(np.int32)
    asked = np.empty(len(capacity), np.int32)
    is_asked = np.zeros(len(capacity), np.uint8)
    room = np.empty(5, np.int32)
    waiting = len(asking)
    while waiting:
        number = 0
        for index in range(waiting):
            child = asking[index]
            entry = starts[child] + at[child]
            if entry < starts[child + 1]:
                there = program[entry]
                mark[base[there] + rank[entry]] = 1
                if not is_asked[there]:
                    is_asked[there] = 1
                    asked[number] = there
                    number += 1
        waiting = 0
        for index in range(number):
            there = asked[index]
            is_asked[there] = 0
            room[:] = capacity[there]
            for contract in range(base[there], base[there + 1]):
                if mark[contract] and not _take(room, weeks[need_of[contract]]):
                    mark[contract] = 0
                    asking[waiting] = child_of[contract]
                    at[child_of[contract]] += 1
                    waiting += 1


@compiled
def _repair(lists, applicants, weeks, rooms, at, mark, sits, most_visits):  # type: ignore[no-untyped-def]
    base, (capacity, _) = applicants[0], rooms
    programs = len(capacity)
    queue = [np.int64(program) for program in range(programs)]
    queued = np.ones(programs, np.uint8)
    visits = np.zeros(programs, np.int64)
    chosen = np.zeros(max(1, np.max(base[1:] - base[:-1])) if programs else 1, np.uint8)
    shut = np.zeros(len(mark), np.uint8)
    while queue:
        there = heappop(queue) & PROGRAM
        queued[there] = 0
        visits[there] += 1
        settled = visits[there] > most_visits
        if settled:
            _keep(there, applicants, weeks, rooms, at, mark, sits, chosen, shut)
        else:
            _choose(there, applicants, weeks, capacity, at, sits, chosen)
        if _changed(there, applicants, mark, sits, chosen):
            sent = _move(there, lists, applicants, at, mark, chosen, len(sits) > 0, queue, queued, visits)
            shut[sent] = settled
    return visits > most_visits


@compiled
def _choose(there, applicants, weeks, capacity, at, sits, chosen):  # type: ignore[no-untyped-def]
    """Mark in `chosen` whom a program takes of those there or who would rather be."""
    base, child_of, position_of, _ = applicants
    first, number = base[there], base[there + 1] - base[there]
    room = capacity[there].copy()
    chosen[:number] = 0
    for index in range(number):
        if position_of[first + index] <= at[child_of[first + index]]:
            _sit(index, first, applicants, weeks, room, sits, chosen)


@compiled
def _keep(there, applicants, weeks, rooms, at, mark, sits, chosen, shut):  # type: ignore[no-untyped-def]
    """Mark in `chosen` the settled children, who is there, and who else fits beside them."""
    base, child_of, position_of, _ = applicants
    capacity, first_others = rooms
    first, number = base[there], base[there + 1] - base[there]
    room = capacity[there].copy()
    chosen[:number] = 0
    for newcomers in (False, True):
        for index in range(number):
            asks = position_of[first + index] <= at[child_of[first + index]] and not shut[first + index]
            early = mark[first + index] or index < first_others[there]
            if asks and early != newcomers:
                _sit(index, first, applicants, weeks, room, sits, chosen)


@compiled
def _changed(there, applicants, mark, sits, chosen):  # type: ignore[no-untyped-def]
    """Return whether a choice is new, and forget who sat where."""
    base, child_of, _, _ = applicants
    first, number = base[there], base[there + 1] - base[there]
    changed = False
    for index in range(number):
        if len(sits):
            sits[child_of[first + index]] = -1
        changed |= chosen[index] != mark[first + index]
    return changed


@compiled
def _sit(index, first, applicants, weeks, room, sits, chosen):  # type: ignore[no-untyped-def]
    """Seat a contract, in the stead of a lesser one of the same child; False if it does not fit."""
    _, child_of, position_of, need_of = applicants
    child = child_of[first + index]
    other = sits[child] if len(sits) else -1
    if other >= 0:
        if position_of[first + other] < position_of[first + index]:
            return True
        room += weeks[need_of[first + other]]
    if not _take(room, weeks[need_of[first + index]]):
        if other >= 0:
            room -= weeks[need_of[first + other]]
        return False
    chosen[index] = 1
    if other >= 0:
        chosen[other] = 0
    if len(sits):
        sits[child] = index
    return True


@compiled
def _move(there, lists, applicants, at, mark, chosen, repeats, queue, queued, visits):  # type: ignore[no-untyped-def]
    """Move children in, then those not chosen out, who are returned; queues the programs concerned."""
    starts, program, rank = lists
    base, child_of, position_of, _ = applicants
    first, number = base[there], base[there + 1] - base[there]
    for index in range(number):
        if chosen[index] and not mark[first + index]:
            child = child_of[first + index]
            left = starts[child] + at[child]
            if repeats:
                for entry in range(starts[child], min(left + 1, starts[child + 1])):
                    if program[entry] == there and rank[entry] != index:
                        _enqueue(there, queue, queued, visits)
            if left < starts[child + 1]:
                mark[base[program[left]] + rank[left]] = 0
                _enqueue(program[left], queue, queued, visits)
            at[child] = position_of[first + index]
            mark[first + index] = 1
    sent = np.flatnonzero(mark[first : first + number] > chosen[:number]) + first
    for contract in sent:
        child = child_of[contract]
        mark[contract] = 0
        at[child] = starts[child + 1] - starts[child]
        for entry in range(starts[child] + position_of[contract] + 1, starts[child + 1]):
            _enqueue(program[entry], queue, queued, visits)
    return sent


@compiled
def _enqueue(program, queue, queued, visits):  # type: ignore[no-untyped-def]
    if not queued[program]:
        queued[program] = 1
        heappush(queue, turn_of(program, visits[program]))
