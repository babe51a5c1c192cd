"""Whether the right to a place (rett til plass) could be met at all: proof by counting where it could not."""

from collections.abc import Sequence

from opptak.engine.da import UNPLACED
from opptak.engine.market import Market
from opptak.engine.result import Shortage, ShortageCause

__all__ = ("shortages",)


def shortages(market: Market, place: Sequence[int]) -> tuple[Shortage, ...]:
    """Sort the children with the right and without a place by cause; empty when the right is met for all.

    A seat could still be had if moving children with the right from seat to seat, each to a program it
    accepts, ends at an empty seat or at one whose child has no claim to it. Where no such chain exists, the
    programs reached are full of children who have the right and accept nothing else, who keep a place, or who
    go first by statute: more claims than seats.
    """
    search = _Search(market, place)
    causes: dict[ShortageCause, list[int]] = {cause: [] for cause in ShortageCause}
    for child, row in enumerate(market.children):
        if row.right and place[child] == UNPLACED:
            causes[search.cause(child)].append(child)
    found = []
    for cause, children in causes.items():
        if children:
            programs = search.reach(children) if cause is ShortageCause.SEATS else set()
            found.append(_shortage(market, cause, children, programs, search))
    return tuple(found)


class _Search:
    """Chains of moves between programs that count for the guarantee."""

    def __init__(self, market: Market, place: Sequence[int]) -> None:
        self.market = market
        self.accepted = [
            [program for program in wishes if market.programs[program].counts_for_guarantee]
            for wishes in market.lists
        ]
        self.inside: list[list[int]] = [[] for _ in market.programs]
        for child, program in enumerate(place):
            if program != UNPLACED:
                self.inside[program].append(child)
        self._first_tier = min(
            (
                market.standing(program, child).tier
                for child, row in enumerate(market.children)
                if row.right and place[child] == UNPLACED and self._consents(child)
                for program in self.accepted[child]
            ),
            default=0,
        )
        self._leaky = self._find_leaky(place)

    def cause(self, child: int) -> ShortageCause:
        """Return why a child with the right has no place."""
        if not self._consents(child) or not self.accepted[child]:
            return ShortageCause.CONSENT
        leaks = any(program in self._leaky for program in self.accepted[child])
        return ShortageCause.RULES if leaks else ShortageCause.SEATS

    def reach(self, children: Sequence[int]) -> set[int]:
        """Return the programs that chains of moves from the children lead to."""
        reached: set[int] = set()
        ahead = [program for child in children for program in self.accepted[child]]
        while ahead:
            program = ahead.pop()
            if program not in reached:
                reached.add(program)
                movable = [child for child in self.inside[program] if self.market.children[child].right]
                ahead.extend(after for child in movable for after in self.accepted[child])
        return reached

    def claims(self, programs: set[int]) -> int:
        """Count the children with the right who accept nothing else, and those who sit there without it."""
        rows = self.market.children
        bound = sum(
            rows[child].right and bool(accepted) and programs.issuperset(accepted)
            for child, accepted in enumerate(self.accepted)
        )
        return bound + sum(not rows[child].right for program in programs for child in self.inside[program])

    def _consents(self, child: int) -> bool:
        return self.market.instance.rules.fallback and self.market.children[child].fallback is not None

    def _find_leaky(self, place: Sequence[int]) -> set[int]:
        """Return the programs from which a chain of moves ends at a seat nobody has a claim to."""
        movable: list[list[int]] = [[] for _ in self.market.programs]
        for child, program in enumerate(place):
            if program != UNPLACED and self.market.children[child].right:
                for other in self.accepted[child]:
                    movable[other].append(program)
        ahead = [program for program in range(len(movable)) if self._has_a_seat_left(program)]
        leaky: set[int] = set()
        while ahead:
            program = ahead.pop()
            if program not in leaky:
                leaky.add(program)
                ahead.extend(movable[program])
        return leaky

    def _has_a_seat_left(self, program: int) -> bool:
        inside = self.inside[program]
        full = len(inside) >= self.market.seatings[program].capacity
        return not full or not all(self._has_claim(program, child) for child in inside)

    def _has_claim(self, program: int, child: int) -> bool:
        tier = self.market.standing(program, child).tier
        return self.market.children[child].right or tier < max(0, self._first_tier)


def _shortage(
    market: Market, cause: ShortageCause, children: list[int], programs: set[int], search: _Search
) -> Shortage:
    return Shortage(
        cause=cause,
        children=tuple(market.children[child].id for child in children),
        programs=tuple(market.programs[program].id for program in sorted(programs)),
        seats=sum(market.seatings[program].capacity for program in programs),
        claims=search.claims(programs) if programs else len(children),
    )
