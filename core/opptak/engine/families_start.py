"""A first outcome for `families`: parties ask from the top, and who is driven out asks again.

With children alone this is deferred acceptance. With families a seat may be given back after others were
refused it; those may then ask again. That need not come to an end, hence the limit.
"""

from bisect import bisect_left, insort
from collections import Counter, deque
from collections.abc import Iterator

from opptak.engine.families_town import Option, Town

__all__ = ("first_outcome",)

VISITS = 50
"""How often a party may ask before it keeps what it has."""


def first_outcome(town: Town) -> list[int]:
    """Return the option of each party; no program is overfull, but a party may be left that blocks."""
    room = _Room(town)
    asking = deque(sorted(range(len(town.parties)), key=lambda party: len(town.parties[party].children)))
    waiting = set(asking)
    visits: Counter[int] = Counter()
    while asking:
        party = asking.popleft()
        waiting.discard(party)
        visits[party] += 1
        for other in room.ask(party):
            if other not in waiting and visits[other] < VISITS:
                waiting.add(other)
                asking.append(other)
    return room.chosen


class _Room:
    """Who is where."""

    def __init__(self, town: Town) -> None:
        self._town = town
        parties = enumerate(town.parties)
        self._party_of = {child: number for number, party in parties for child in party.children}
        self.chosen = [len(party.options) - 1 for party in town.parties]
        self._there = town.occupied(self.chosen)

    def ask(self, party: int) -> dict[int, None]:
        """Give a party the best option it can have; return the parties to whom that makes a difference."""
        options = self._town.parties[party].options
        for option in range(self.chosen[party]):
            if self._takes(options[self.chosen[party]], options[option]):
                return self._give(party, option)
        return {}

    def _takes(self, now: Option, option: Option) -> bool:
        for program, rank, count in option.stakes:
            before = bisect_left(self._there[program], rank)
            before -= sum(seat.program == program and seat.rank < rank for seat in now.seats)
            if before + count > self._town.seats[program]:
                return False
        return True

    def _give(self, party: int, option: int) -> dict[int, None]:
        """Seat a party; whoever has no room then goes back to what it has anyway."""
        left = self._move(party, option)
        driven_out: dict[int, None] = {}
        for other in self._without_room(party):
            driven_out[other] = None
            left += self._move(other, len(self._town.parties[other].options) - 1)
        spare = [program for program in left if len(self._there[program]) < self._town.seats[program]]
        return driven_out | dict.fromkeys(other for program in spare for other in self._would_come(program))

    def _without_room(self, party: int) -> Iterator[int]:
        """Yield parties that have no room after a move; each moves before the next is looked for."""
        moved = [party]
        for one in moved:
            for program, _, _ in self._option(one).stakes:
                while len(self._there[program]) > self._town.seats[program]:
                    last = self._there[program][-1]
                    moved.append(self._party_of[self._town.market.applicants[program][last]])
                    yield moved[-1]

    def _option(self, party: int) -> Option:
        return self._town.parties[party].options[self.chosen[party]]

    def _move(self, party: int, option: int) -> list[int]:
        """Seat a party anew; return the programs it leaves."""
        before = self._option(party).seats
        self.chosen[party] = option
        for seat in before:
            self._there[seat.program].remove(seat.rank)
        for seat in self._option(party).seats:
            insort(self._there[seat.program], seat.rank)
        return [seat.program for seat in before]

    def _would_come(self, program: int) -> Iterator[int]:
        """Yield the parties that have an option with the program before what they got."""
        for child in self._town.market.applicants[program]:
            party = self._party_of[child]
            better = self._town.parties[party].options[: self.chosen[party]]
            if any(stake.program == program for option in better for stake in option.stakes):
                yield party
