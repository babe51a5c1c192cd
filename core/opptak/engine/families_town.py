"""The market of `families`: who is placed together, what they may get, best first, and whom that puts first.

A family with joint wishes (tuples) is a party; so is every other child by itself. Reserves and caps do not
occur here, so a program takes the best ranks up to its seats.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from opptak.engine.instance import Family
from opptak.engine.lottery import lottery64
from opptak.engine.market import UNPLACED, Market

__all__ = ("Answer", "Option", "Party", "Seat", "Stake", "Town")


class Seat(NamedTuple):
    """A child's place in an option: the position in its list, and its rank at the program there."""

    child: int
    position: int
    program: int
    rank: int


class Stake(NamedTuple):
    """What an option asks of one program: seats for children of whom the last has `rank`."""

    program: int
    rank: int
    seats: int


class Option(NamedTuple):
    """One of the things a party may get; `rank` is the tuple's or the wish's place in what was handed in."""

    rank: int
    seats: tuple[Seat, ...]
    stakes: tuple[Stake, ...]


class Party(NamedTuple):
    """Children who are placed together; the last option is what they have if they get nothing else."""

    children: tuple[int, ...]
    options: tuple[Option, ...]
    family: Family | None = None
    """Where the tuples come from; None for a child alone."""


class Answer(NamedTuple):
    """A solver's answer: the option of each party, None for nothing found.

    `blocking` is how many parties may block in it; `proved` says that there is nothing, or nothing better.
    """

    chosen: list[int] | None
    blocking: int
    proved: bool


@dataclass(frozen=True)
class Town:
    """All parties, in the order of their first children's ids, and the seats of each program."""

    market: Market
    seats: tuple[int, ...]
    parties: tuple[Party, ...]

    @classmethod
    def of(cls, market: Market) -> "Town":
        """Read the parties out of a market of whole seats."""
        reader = _Reader(market)
        families = (reader.family(family) for family in market.instance.families)
        joint = {party.children[0]: party for party in families if party.children}
        together = {child for party in joint.values() for child in party.children}
        parties = [
            joint[child] if child in joint else reader.alone(child)
            for child in range(len(market.children))
            if child in joint or child not in together
        ]
        return cls(market=market, seats=reader.seats, parties=tuple(parties))

    def positions(self, chosen: Sequence[int]) -> list[int]:
        """Return each child's position in its list; UNPLACED for none."""
        found = [UNPLACED] * len(self.market.children)
        for party, option in zip(self.parties, chosen, strict=True):
            for seat in party.options[option].seats:
                found[seat.child] = seat.position
        return found

    def chosen(self, positions: Sequence[int]) -> list[int]:
        """Return the option each party has got; one more than the last where it is none of them."""
        return [_option_of(party, positions) for party in self.parties]

    def blocking(self, chosen: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Yield each party that blocks, with the best option it would get by doing so."""
        there = self.occupied(chosen)
        for number, (party, got) in enumerate(zip(self.parties, chosen, strict=True)):
            seats = party.options[got].seats if got < len(party.options) else ()
            for better, option in enumerate(party.options[:got]):
                if all(self._takes(stake, there[stake.program], seats) for stake in option.stakes):
                    yield number, better
                    break

    def rivals(self, parties: Collection[int]) -> set[int]:
        """Return who has an option with a program of an option of theirs."""
        theirs = {program for party in parties for program in self._programs(party)}
        return {party for party in range(len(self.parties)) if not theirs.isdisjoint(self._programs(party))}

    def overfull(self, chosen: Sequence[int]) -> bool:
        """Return whether a program has more children than seats."""
        return any(len(ranks) > seats for ranks, seats in zip(self.occupied(chosen), self.seats, strict=True))

    def occupied(self, chosen: Sequence[int]) -> list[list[int]]:
        """Return the ranks at each program, sorted."""
        there: list[list[int]] = [[] for _ in self.seats]
        for party, got in zip(self.parties, chosen, strict=True):
            for option in party.options[got : got + 1]:
                for seat in option.seats:
                    there[seat.program].append(seat.rank)
        for ranks in there:
            ranks.sort()
        return there

    def weights(self) -> list[int]:
        """Return what a step down weighs for a party: most for the first in the lottery, 1 for the last."""
        draw = self.market.instance.round if self.market.instance.rules.lottery else None
        rows = self.market.children
        drawn = [
            min(lottery64(draw, rows[child].family) for child in party.children) if draw else 0
            for party in self.parties
        ]
        order = sorted(range(len(drawn)), key=lambda number: (drawn[number], number))
        weights = [0] * len(order)
        for place, number in enumerate(order):
            weights[number] = len(order) - place
        return weights

    def _programs(self, party: int) -> set[int]:
        return {stake.program for option in self.parties[party].options for stake in option.stakes}

    def _takes(self, stake: Stake, there: list[int], left: Sequence[Seat]) -> bool:
        """Return whether a program takes a party's children, those there aside who come from the party."""
        before = bisect_left(there, stake.rank)
        before -= sum(seat.program == stake.program and seat.rank < stake.rank for seat in left)
        return before + stake.seats <= self.seats[stake.program]


class _Reader:
    """Makes the options of a party."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._index = {child.id: number for number, child in enumerate(market.children)}
        self.seats = tuple(seating.capacity for seating in market.seatings)
        self._settled = [min(seating.settled, seating.capacity) for seating in market.seatings]

    def alone(self, child: int) -> Party:
        """Return a child's list as options, as far as its own seat if that is sure, else down to nothing."""
        options: list[Option] = []
        for position, program in enumerate(self._market.lists[child]):
            options.append(_option(position, [self._seat(child, position)]))
            if self._market.ranks[child][position] < self._settled[program]:
                return Party((child,), tuple(options))
        return Party((child,), (*options, _option(len(options), [])))

    def family(self, family: Family) -> Party:
        """Return the tuples that can be had as options, then what the children have already."""
        children = tuple(sorted({self._index[child] for row in family.tuples for child in row}))
        own = {child: self._own(child) for child in children}
        options: list[Option] = []
        for rank, row in enumerate([*family.tuples, {}]):
            wanted = self._wanted(row)
            if wanted is not None and self._keeps_pins({**own, **wanted}, own):
                seats = ((child, at) for child, at in {**own, **wanted}.items() if at is not None)
                options.append(_option(rank, [self._seat(child, at) for child, at in seats]))
        return Party(children, tuple(options), family)

    def _seat(self, child: int, position: int) -> Seat:
        program = self._market.lists[child][position]
        return Seat(child, position, program, self._market.ranks[child][position])

    def _own(self, child: int) -> int | None:
        """Return the position of the seat a child is sure of: where it is pinned, else where it is today."""
        for position, program in enumerate(self._market.lists[child]):
            if self._market.ranks[child][position] < self._settled[program]:
                return position
        return None

    def _wanted(self, row: Mapping[str, str | None]) -> dict[int, int] | None:
        """Return a tuple as positions in the children's lists; None where a child can't have its program."""
        found: dict[int, int] = {}
        for name, program in row.items():
            if program is not None:
                child, wanted = self._index[name], self._market.index_of_program[program]
                if wanted not in self._market.lists[child]:
                    return None
                found[child] = self._market.lists[child].index(wanted)
        return found

    def _keeps_pins(self, wanted: Mapping[int, int | None], own: Mapping[int, int | None]) -> bool:
        """Return whether who is pinned, which is the first of its list, and has room there is put there."""
        pinned = [child for child in own if self._market.children[child].pinned is not None]
        return all(own[child] != 0 or wanted[child] == 0 for child in pinned)


def _option(rank: int, seats: Sequence[Seat]) -> Option:
    stakes: dict[int, Stake] = {}
    for seat in seats:
        before = stakes.get(seat.program, Stake(seat.program, seat.rank, 0))
        stakes[seat.program] = Stake(seat.program, max(before.rank, seat.rank), before.seats + 1)
    return Option(rank, tuple(seats), tuple(stakes.values()))


def _option_of(party: Party, positions: Sequence[int]) -> int:
    got = {(child, positions[child]) for child in party.children if positions[child] != UNPLACED}
    for number, option in enumerate(party.options):
        if {(seat.child, seat.position) for seat in option.seats} == got:
            return number
    return len(party.options)
