"""Programs propose, in rounds (`da_offers`): the way of a day on which kindergartens hand out their places.

In each round a program offers to those it would choose among all who ask for it and have not refused it. A
child keeps the best offer it has and refuses the others. When nobody refuses any more, everybody has the best
offer; no program could get a child it would rather have.
"""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from opptak.engine.da import repair_claims
from opptak.engine.instance import Algorithm, Instance, Malformed
from opptak.engine.market import UNPLACED, Market

__all__ = ("Answer", "Offer", "offered_acceptance", "replay")


class Answer(StrEnum):
    """What a child says to an offer."""

    KEPT = "kept"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
    """It had kept the offer in an earlier round, and now has a better one."""
    WITHDRAWN = "withdrawn"
    """The program would rather have others after all; only where reserves and caps meet."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One offer and its answer; rounds count from 1."""

    round: int
    program: str
    child: str
    answer: Answer


def offered_acceptance(market: Market) -> list[int]:
    """Return the position in its list of what each child got; UNPLACED for nothing."""
    table = _Table(market)
    for _ in table.rounds():
        pass
    repair_claims(market, table.kept)
    return table.kept


def replay(instance: Instance) -> Iterator[Offer]:
    """Yield the rounds of a well-formed instance, offer by offer; raises Malformed for another algorithm."""
    if instance.rules.algorithm is not Algorithm.OFFERS:
        raise Malformed("$.rules.algorithm", f"only {Algorithm.OFFERS.value!r} goes by rounds of offers")
    market = Market.of(instance)
    for number, answers in enumerate(_Table(market).rounds(), start=1):
        for program, child, answer in answers:
            yield Offer(
                round=number,
                program=market.programs[program].id,
                child=market.children[child].id,
                answer=answer,
            )


class _Table:
    """Who has which offers, and who has refused whom."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._willing = [set(range(len(those))) for those in market.applicants]
        self._offered: list[set[int]] = [set() for _ in market.programs]
        self.kept = [UNPLACED] * len(market.children)

    def rounds(self) -> Iterator[list[tuple[int, int, Answer]]]:
        """Play round after round; yields each one's answers, by program and rank."""
        offering = list(range(len(self._market.programs)))
        while offering:
            answers: list[tuple[int, int, Answer]] = []
            offers: dict[int, list[int]] = {}
            for program in offering:
                answers += self._choose(program, offers)
            for child, positions in offers.items():
                answers += self._answer(child, positions)
            if answers:
                yield sorted(answers, key=self._order)
            offering = sorted({program for program, _, answer in answers if answer in _NO})

    def _choose(self, program: int, offers: dict[int, list[int]]) -> Iterator[tuple[int, int, Answer]]:
        """Choose anew among the willing: adds to `offers` what is new, yields what is withdrawn."""
        chosen = set(self._market.seatings[program].choose(self._willing[program]))
        applicants, positions = self._market.applicants[program], self._market.positions[program]
        for rank in sorted(self._offered[program] - chosen):
            self.kept[applicants[rank]] = UNPLACED
            yield program, applicants[rank], Answer.WITHDRAWN
        for rank in sorted(chosen - self._offered[program]):
            offers.setdefault(applicants[rank], []).append(positions[rank])
        self._offered[program] = chosen

    def _answer(self, child: int, offered: list[int]) -> Iterator[tuple[int, int, Answer]]:
        """Keep the best of the offers and of what was kept before; yields the answers."""
        wished, before = self._market.lists[child], self.kept[child]
        best = min(offered) if before == UNPLACED else min(before, *offered)
        for position in offered:
            yield wished[position], child, Answer.KEPT if position == best else Answer.REFUSED
        if before not in (UNPLACED, best):
            yield wished[before], child, Answer.GIVEN_UP
        self.kept[child] = best
        for position in {before, *offered} - {UNPLACED, best}:
            rank = self._market.ranks[child][position]
            self._willing[wished[position]].remove(rank)
            self._offered[wished[position]].remove(rank)

    def _order(self, answer: tuple[int, int, Answer]) -> tuple[int, int]:
        program, child, _ = answer
        return program, self._market.rank[program][child]


_NO = (Answer.REFUSED, Answer.GIVEN_UP)
