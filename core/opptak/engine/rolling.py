"""Places that fall vacant after a round: who is proposed each, and the chain of moves that follows.

The rule is that of the round. A place goes to the first in the program's order who would rather have it and
fits beside all who are there; nobody who has a place loses it. Who moves frees a place in turn.
"""

from collections import deque
from collections.abc import Collection

import msgspec

from opptak.engine.checks import require_same
from opptak.engine.instance import Algorithm, Instance
from opptak.engine.market import UNPLACED, Market
from opptak.engine.outcome import Outcome, outcome_of
from opptak.engine.result import Result

__all__ = ("Proposal", "proposals")


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A place for a child; `leaves` is the program it then moves out of, `follows` what freed the place.

    `follows` is the index of the earlier proposal whose child left; None where the place was vacant from the
    start. A proposal is sent once the one it follows has been accepted.
    """

    child: str
    program: str
    leaves: str | None
    follows: int | None


def proposals(instance: Instance, result: Result, left: Collection[str]) -> list[Proposal]:
    """Propose the places of the children who have left, and those that become free in turn.

    Programs with vacant places take turns in id order, then in the order in which places became free. Raises
    ResultOfAnotherInstance.
    """
    require_same(instance, result)
    return _Rolling(outcome_of(Market.of(instance), result), left).run()


class _Rolling:
    """Who is where after the proposals made so far."""

    def __init__(self, outcome: Outcome, left: Collection[str]) -> None:
        self._market = outcome.market
        self._strict = outcome.market.instance.rules.algorithm is Algorithm.STRICT
        self._got = list(outcome.got)
        self._inside = [set(ranks) for ranks in outcome.held]
        self._gone = {child for child, row in enumerate(self._market.children) if row.id in left}
        self._made: list[Proposal] = []
        self._vacant: deque[tuple[int, int | None]] = deque()
        for program, child in sorted((outcome.place[child], child) for child in self._gone):
            if program != UNPLACED:
                self._leave(child, follows=None)

    def run(self) -> list[Proposal]:
        """Make proposals until no vacant place is wanted."""
        while self._vacant:
            program, follows = self._vacant.popleft()
            while (rank := self._next(program)) is not None:
                self._propose(program, rank, follows)
        return self._made

    def _next(self, program: int) -> int | None:
        """Return the first who would rather be there and fits; under the strict rule the first or none."""
        for rank in range(len(self._market.applicants[program])):
            if self._wanted(program, rank):
                fitting = [one for one in self._alike(program, rank) if self._fits(program, one)]
                if fitting:
                    return min(fitting, key=lambda one: self._market.positions[program][one])
                if self._strict:
                    return None
        return None

    def _wanted(self, program: int, rank: int) -> bool:
        child, position = self._market.applicants[program][rank], self._market.positions[program][rank]
        return child not in self._gone and position in self._market.preferred(child, self._got[child])

    def _alike(self, program: int, rank: int) -> list[int]:
        """Return the contracts that the child of one would rather have here with the same key."""
        keys = self._market.standings[program]
        twins = self._market.seatings[program].twins.get(rank, ())
        return [rank, *(one for one in twins if keys[one] == keys[rank] and self._wanted(program, one))]

    def _fits(self, program: int, rank: int) -> bool:
        seating = self._market.seatings[program]
        others = self._inside[program].difference(seating.twins.get(rank, ()))
        return others.union((rank,)) == seating.admit([*others, rank]).slots.keys()

    def _propose(self, program: int, rank: int, follows: int | None) -> None:
        child = self._market.applicants[program][rank]
        place = self._market.place(child, self._got[child])
        self._made.append(
            Proposal(
                child=self._market.children[child].id,
                program=self._market.programs[program].id,
                leaves=None if place == UNPLACED else self._market.programs[place].id,
                follows=follows,
            )
        )
        if place != UNPLACED:
            self._leave(child, follows=len(self._made) - 1)
        self._got[child] = self._market.positions[program][rank]
        self._inside[program].add(rank)

    def _leave(self, child: int, *, follows: int | None) -> None:
        place, position = self._market.place(child, self._got[child]), self._got[child]
        self._inside[place].remove(self._market.ranks[child][position])
        self._got[child] = UNPLACED
        self._vacant.append((place, follows))
