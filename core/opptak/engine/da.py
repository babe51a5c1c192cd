"""Deferred acceptance with the children proposing (`da`).

Each child asks for its best wish that has not refused it yet; a program keeps the best of those it has ever
been asked by. The outcome is the same whichever child goes first: no child would be taken where it would
rather be, and among all such outcomes it is the best one for every child at once.

Programs whose places are plain seats are settled first, in one of three ways that end alike; children who
then stand before a program that weighs reserves or caps ask it, in one batch, and so on in turn.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from opptak.engine.market import UNPLACED, Market
from opptak.engine.paths import Path
from opptak.engine.seating import Seating

__all__ = ("deferred_acceptance", "repair_claims")

VISITS = 50
"""How often a program may choose anew before it keeps what it has."""


def deferred_acceptance(market: Market, path: Path = Path.PYTHON) -> list[int]:
    """Return the position in its list of what each child got; UNPLACED for nothing."""
    seats = _plain_seats(market, path)
    desks = {program: _Desk(seating) for program, seating in enumerate(market.seatings) if not seating.plain}
    asking: Sequence[int] = range(len(market.lists))
    while asking:
        asking = _ask_desks(market, desks, seats.settle(asking), seats)
    place = [
        position if position < len(wished) else UNPLACED
        for position, wished in zip(seats.positions(), market.lists, strict=True)
    ]
    repair_claims(market, place)
    return place


class _Seats(Protocol):
    """The plain seats of a market, and how far each child has come in its list."""

    def settle(self, asking: Sequence[int]) -> Sequence[int]:
        """Let children ask; returns those who stand before a program that has no plain seats."""

    def refuse(self, child: int) -> None:
        """Move a child on to the next position of its list."""

    def position_of(self, child: int) -> int:
        """Return how far a child has come."""

    def positions(self) -> Sequence[int]:
        """Return each child's position; behind the last one when its list is used up."""


def _plain_seats(market: Market, path: Path) -> _Seats:
    if path is Path.PYTHON:
        return _HeapSeats(market)
    # A process that never takes these ways never pays for their imports.
    from opptak.engine.da_arrays import SeatsOfArrays  # noqa: PLC0415

    return SeatsOfArrays(market, path)


class _HeapSeats:
    """The reference: each program holds a heap of ranks, the worst on top."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._room = [seating.capacity if seating.plain else None for seating in market.seatings]
        self._heaps: list[list[int]] = [[] for _ in market.programs]
        self._position = [0] * len(market.lists)

    def settle(self, asking: Sequence[int]) -> Sequence[int]:
        market, position, parked = self._market, self._position, []
        waiting = list(reversed(asking))
        while waiting:
            child = waiting.pop()
            at = position[child]
            if at < len(market.lists[child]):
                program = market.lists[child][at]
                room = self._room[program]
                if room is None:
                    parked.append(child)
                    continue
                refused = self._sit(self._heaps[program], room, market.ranks[child][at])
                if refused is not None:
                    loser = market.applicants[program][refused]
                    position[loser] += 1
                    waiting.append(loser)
        return parked

    def refuse(self, child: int) -> None:
        self._position[child] += 1

    def position_of(self, child: int) -> int:
        return self._position[child]

    def positions(self) -> Sequence[int]:
        return self._position

    @staticmethod
    def _sit(heap: list[int], room: int, rank: int) -> int | None:
        """Seat a rank; returns the one for which there is no seat then."""
        if len(heap) < room:
            heapq.heappush(heap, -rank)
            return None
        return -heapq.heappushpop(heap, -rank)


class _Desk:
    """A program that chooses anew among those it holds and those who ask."""

    def __init__(self, seating: Seating) -> None:
        self._seating = seating
        self._held: set[int] = set()

    def ask(self, ranks: Iterable[int]) -> Sequence[int]:
        """Return the ranks it refuses or can no longer keep."""
        asking = self._held.union(ranks)
        self._held = set(self._seating.admit(asking).slots)
        return sorted(asking - self._held)


def _ask_desks(
    market: Market, desks: Mapping[int, _Desk], children: Sequence[int], seats: _Seats
) -> Sequence[int]:
    """Let children ask the choosing programs they stand before; returns the refused."""
    ranks = defaultdict(list)
    for child in children:
        position = seats.position_of(child)
        ranks[market.lists[child][position]].append(market.ranks[child][position])
    refused = [
        market.applicants[program][rank]
        for program, asking in sorted(ranks.items())
        for rank in desks[program].ask(asking)
    ]
    for child in refused:
        seats.refuse(child)
    return refused


def repair_claims(market: Market, place: list[int]) -> None:
    """Let programs choose anew among all who are there or would rather be, until nobody has a claim.

    Only where a program has both reserves and caps can a child be owed a second look: one whom a cap shut out
    may fit once another has moved from slot to slot, and one to whom such a program gave a place may lose it
    again. An outcome without claims need not exist there, hence the limit.
    """
    crossing = any(seating.crossing for seating in market.seatings)
    queue = list(range(len(market.programs))) if crossing else []
    visits: Counter[int] = Counter()
    while queue:
        program = queue.pop(0)
        if visits[program] < VISITS:
            visits[program] += 1
            queue.extend(_choose_anew(market, place, program))


def _choose_anew(market: Market, place: list[int], program: int) -> list[int]:
    """Move children in and out of a program; returns the programs that this may concern."""
    contracts = list(zip(market.applicants[program], market.positions[program], strict=True))
    interested = [
        rank for rank, (child, at) in enumerate(contracts) if place[child] == UNPLACED or at <= place[child]
    ]
    chosen = market.seatings[program].admit(interested).slots
    concerned: list[int] = []
    for rank in sorted(interested, key=lambda rank: contracts[rank]):
        child, at = contracts[rank]
        stays = place[child] == at
        if rank in chosen and not stays:
            if place[child] != UNPLACED:
                concerned.append(market.lists[child][place[child]])
            place[child] = at
        elif stays and rank not in chosen:
            place[child] = UNPLACED
            concerned.extend(market.lists[child][at + 1 :])
    return concerned
