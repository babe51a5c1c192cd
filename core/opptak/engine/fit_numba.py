"""`fit` as machine code: the same rounds, the same queue and the same repair as in `fit.py`, on arrays.

Importing this module compiles or loads machine code: only the worker and the command line do. A choice walks
along a program's contracts in the order of their ranks; `mark` says of each whether it is there or asks.
"""

import numpy as np

from opptak.engine.arrays import Int32, Int64
from opptak.engine.da_numba import compiled

__all__ = ("settle",)

VISITS = 50
"""How often a program may choose anew before it goes by the strict rule; as in `fit.py`."""
NO_CUT = 2**31 - 1


def settle(
    lists: tuple[Int64, Int32, Int32, Int32], weeks: Int32, capacity: Int32, repeats: bool
) -> tuple[Int32, Int32]:
    """Return each child's position, the length of its list for none, and the programs that went strict."""
    starts, program, rank, need = lists
    base = np.zeros(len(capacity) + 1, dtype=np.int64)
    np.cumsum(np.bincount(program, minlength=len(capacity)), out=base[1:])
    child_of, position_of, need_of = _by_program(starts, program, rank, need, base)
    at = np.zeros(len(starts) - 1, dtype=np.int32)
    mark = np.zeros(len(program), dtype=np.uint8)
    applicants = (base, child_of, position_of, need_of)
    _rounds((starts, program, rank), applicants, weeks, capacity, at, mark)
    cuts = np.full(len(capacity), NO_CUT, dtype=np.int32)
    sits = np.full(len(at) if repeats else 0, -1, dtype=np.int64)
    strict = _repair((starts, program, rank), applicants, weeks, capacity, at, mark, cuts, sits)
    return at, np.flatnonzero(strict).astype(np.int32)


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
def _repair(lists, applicants, weeks, capacity, at, mark, cuts, sits):  # type: ignore[no-untyped-def]
    base = applicants[0]
    programs = len(capacity)
    queue = np.arange(programs + 1).astype(np.int32)
    queued = np.ones(programs, np.uint8)
    visits = np.zeros(programs, np.int64)
    chosen = np.zeros(max(1, np.max(base[1:] - base[:-1])) if programs else 1, np.uint8)
    head, tail = 0, programs
    while head != tail:
        there = queue[head]
        head = (head + 1) % (programs + 1)
        queued[there] = 0
        visits[there] += 1
        changed = _choose(
            there, visits[there] > VISITS, applicants, weeks, capacity, at, mark, cuts, sits, chosen
        )
        if changed:
            tail = _move(there, lists, applicants, at, mark, chosen, len(sits) > 0, queue, queued, tail)
    return visits > VISITS


@compiled
def _choose(there, strict, applicants, weeks, capacity, at, mark, cuts, sits, chosen):  # type: ignore[no-untyped-def]
    """Mark in `chosen` whom a program takes of those there or who would rather be; whether that is new."""
    base, child_of, position_of, _ = applicants
    first, number = base[there], base[there + 1] - base[there]
    room = capacity[there].copy()
    chosen[:number] = 0
    for index in range(number):
        if position_of[first + index] > at[child_of[first + index]]:
            continue
        if strict and index >= cuts[there]:
            break
        if not _sit(index, first, applicants, weeks, room, sits, chosen) and strict:
            cuts[there] = index
            break
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
def _move(there, lists, applicants, at, mark, chosen, repeats, queue, queued, tail):  # type: ignore[no-untyped-def]
    """Move children in, then those not chosen out; queues the programs concerned, returns the queue's end."""
    starts, program, rank = lists
    base, child_of, position_of, _ = applicants
    first, number = base[there], base[there + 1] - base[there]
    for index in range(number):
        if chosen[index] and not mark[first + index]:
            child = child_of[first + index]
            left = starts[child] + at[child]
            if repeats:
                for entry in range(starts[child], min(left + 1, starts[child + 1])):
                    if program[entry] == there and rank[entry] < index:
                        tail = _enqueue(there, queue, queued, tail)
            if left < starts[child + 1]:
                mark[base[program[left]] + rank[left]] = 0
                tail = _enqueue(program[left], queue, queued, tail)
            at[child] = position_of[first + index]
            mark[first + index] = 1
    for index in range(number):
        if mark[first + index] and not chosen[index]:
            child = child_of[first + index]
            mark[first + index] = 0
            at[child] = starts[child + 1] - starts[child]
            for entry in range(starts[child] + position_of[first + index] + 1, starts[child + 1]):
                tail = _enqueue(program[entry], queue, queued, tail)
    return tail


@compiled
def _enqueue(program, queue, queued, tail):  # type: ignore[no-untyped-def]
    if queued[program]:
        return tail
    queued[program] = 1
    queue[tail] = program
    return (tail + 1) % len(queue)
