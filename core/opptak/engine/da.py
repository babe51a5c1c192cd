"""Deferred acceptance with the children proposing (`da`).

Each child asks for its best wish that has not refused it yet; a program keeps the best of those it has ever
been asked by. The outcome is the same whichever child goes first: no child would be taken where it would
rather be, and among all such outcomes it is the best one for every child at once.
"""

import heapq
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from opptak.engine.market import Market
from opptak.engine.seating import Seating

__all__ = ("UNPLACED", "deferred_acceptance")

UNPLACED = -1
VISITS = 50
"""How often a program may choose anew before it keeps what it has."""


def deferred_acceptance(market: Market) -> list[int]:
    """Return the program of each child, by index; UNPLACED for none."""
    desks = [_desk(seating) for seating in market.seatings]
    wishes = [iter(wished) for wished in market.lists]
    asking = list(range(len(wishes) - 1, -1, -1))
    while asking:
        child = asking.pop()
        program = next(wishes[child], UNPLACED)
        if program != UNPLACED:
            refused = desks[program].ask(market.rank[program][child])
            asking.extend(market.applicants[program][rank] for rank in refused)
    place = [UNPLACED] * len(wishes)
    for program, desk in enumerate(desks):
        for rank in desk.holding():
            place[market.applicants[program][rank]] = program
    _repair_claims(market, place)
    return place


class _Desk(Protocol):
    """A program's side: takes a rank and hands back those it can no longer keep."""

    def ask(self, rank: int) -> Sequence[int]: ...

    def holding(self) -> Sequence[int]: ...


class _PlainDesk:
    """Keeps the best ranks: a heap with the worst on top."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._heap: list[int] = []

    def ask(self, rank: int) -> Sequence[int]:
        if len(self._heap) < self._capacity:
            heapq.heappush(self._heap, -rank)
            return ()
        return (-heapq.heappushpop(self._heap, -rank),)

    def holding(self) -> Sequence[int]:
        return [-rank for rank in self._heap]


class _ChoosingDesk:
    """Chooses anew among those it holds and the one who asks."""

    def __init__(self, seating: Seating) -> None:
        self._seating = seating
        self._held: list[int] = []

    def ask(self, rank: int) -> Sequence[int]:
        asking = [*self._held, rank]
        self._held = list(self._seating.admit(asking).slots)
        return sorted(set(asking).difference(self._held))

    def holding(self) -> Sequence[int]:
        return self._held


def _desk(seating: Seating) -> _Desk:
    return _PlainDesk(seating.capacity) if seating.plain else _ChoosingDesk(seating)


def _repair_claims(market: Market, place: list[int]) -> None:
    """Let programs choose anew among all who are there or would rather be, until nobody has a claim.

    Only a program with both reserves and caps can owe a child a second look: the child a cap shut out may fit
    once another has moved from slot to slot. An outcome without claims need not exist there, hence the limit.
    """
    queue = [program for program, seating in enumerate(market.seatings) if seating.crossing]
    visits: Counter[int] = Counter()
    while queue:
        program = queue.pop(0)
        if visits[program] < VISITS:
            visits[program] += 1
            queue.extend(_choose_anew(market, place, program))


def _choose_anew(market: Market, place: list[int], program: int) -> list[int]:
    """Move children in and out of a program; returns the programs that this may concern."""
    rank = market.rank[program]
    interested = [child for child in rank if _would_come(market, place, child, program)]
    chosen = market.seatings[program].admit(rank[child] for child in interested).slots
    concerned: list[int] = []
    for child in sorted(interested):
        stays = place[child] == program
        if rank[child] in chosen and not stays:
            if place[child] != UNPLACED:
                concerned.append(place[child])
            place[child] = program
        elif stays and rank[child] not in chosen:
            place[child] = UNPLACED
            wishes = market.lists[child]
            concerned.extend(wishes[wishes.index(program) + 1 :])
    return concerned


def _would_come(market: Market, place: Sequence[int], child: int, program: int) -> bool:
    wishes = market.lists[child]
    if place[child] == UNPLACED:
        return True
    return wishes.index(program) <= wishes.index(place[child])
