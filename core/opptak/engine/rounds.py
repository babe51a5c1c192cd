"""Children ask in rounds and programs choose by days: the common part of `fit` and `strict`."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from opptak.engine.market import UNPLACED, Market
from opptak.engine.seating import NO_CUT

__all__ = ("Placing", "Rounds")


class Placing(NamedTuple):
    """What each child got, as positions in the lists, and the programs under the strict rule or settled."""

    got: list[int]
    strict: frozenset[int]


class Rounds:
    """Who is where, as contracts: `at` is a child's position, the length of its list for none."""

    def __init__(self, market: Market, *, strict: Iterable[int] = ()) -> None:
        self.market = market
        self.at = list(map(len, market.lists))
        self.held: list[set[int]] = [set() for _ in market.programs]
        self.cuts: dict[int, list[int]] = {}
        for program in strict:
            self.cuts[program] = [NO_CUT] * market.seatings[program].steps

    def choose(self, program: int, ranks: Iterable[int]) -> Sequence[int]:
        """Return whom a program takes of those who ask."""
        return self.market.seatings[program].choose(ranks, cuts=self.cuts.get(program))

    def run(self) -> None:
        """Let all who are without a place ask at once, round after round, until everybody rests."""
        market = self.market
        asking = list(range(len(market.children)))
        self.at = [0] * len(asking)
        while asking:
            asked: dict[int, list[int]] = {}
            for child in asking:
                position = self.at[child]
                if position < len(market.lists[child]):
                    program = market.lists[child][position]
                    asked.setdefault(program, []).append(market.ranks[child][position])
            asking = [child for program, ranks in asked.items() for child in self._answer(program, ranks)]
            for child in asking:
                self.at[child] += 1

    def _answer(self, program: int, ranks: Sequence[int]) -> list[int]:
        """Let a program choose among those it has and those who ask; returns the children refused."""
        present = self.held[program].union(ranks)
        self.held[program] = set(self.choose(program, present))
        applicants = self.market.applicants[program]
        return [applicants[rank] for rank in present - self.held[program]]

    def placing(self, *, settled: Iterable[int] = ()) -> Placing:
        """Return who got what."""
        lengths = map(len, self.market.lists)
        got = [UNPLACED if at == length else at for at, length in zip(self.at, lengths, strict=True)]
        return Placing(got, frozenset((*self.cuts, *settled)))
