"""Whether the right to a place (rett til plass) could be met at all: proof by counting where it could not."""

from collections.abc import Iterable, Iterator, Sequence

from opptak.engine.market import UNPLACED, Market
from opptak.engine.result import Shortage, ShortageCause
from opptak.engine.week import DAYS, unpack

__all__ = ("shortages",)


def shortages(market: Market, got: Sequence[int]) -> tuple[Shortage, ...]:
    """Sort the children with the right and without a place by cause; empty when the right is met for all.

    `got` holds positions in the children's lists. A seat could still be had if moving children with the right
    from seat to seat, each to a program it accepts, ends at an empty seat or at one whose child has no claim
    to it. Where no such chain exists, the programs reached are full of children who have the right and accept
    nothing else, who keep a place, or who go first by statute: more claims than seats. Where days count, more
    place-units of one weekday are claimed in the programs reached than they have.
    """
    search = _Search(market, got)
    unplaced = [child for child, row in enumerate(market.children) if row.right and got[child] == UNPLACED]
    return tuple(_by_days(search, unplaced) if market.by_days else _by_seats(search, unplaced))


def _by_seats(search: "_Search", unplaced: Sequence[int]) -> Iterator[Shortage]:
    leaky = search.leaky()
    causes: dict[ShortageCause, list[int]] = {cause: [] for cause in ShortageCause}
    for child in unplaced:
        leaks = any(program in leaky for program in search.accepted[child])
        cause = ShortageCause.RULES if leaks else ShortageCause.SEATS
        causes[cause if search.accepts(child) else ShortageCause.CONSENT].append(child)
    for cause, children in causes.items():
        if children:
            programs = search.reach(children) if cause is ShortageCause.SEATS else set()
            yield search.shortage(cause, children, programs, day=None)


def _by_days(search: "_Search", unplaced: Sequence[int]) -> Iterator[Shortage]:
    """Yield a shortage for each set of programs and weekday that proves one, then who is without proof."""
    proved: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    others: dict[ShortageCause, list[int]] = {ShortageCause.CONSENT: [], ShortageCause.RULES: []}
    for child in unplaced:
        programs = search.reach([child])
        day = search.short_day(programs)
        if not search.accepts(child):
            others[ShortageCause.CONSENT].append(child)
        elif day is None:
            others[ShortageCause.RULES].append(child)
        else:
            proved.setdefault((day, tuple(sorted(programs))), []).append(child)
    for (day, programs_), children in sorted(proved.items()):
        yield search.shortage(ShortageCause.SEATS, children, set(programs_), day=day)
    for cause, children in others.items():
        if children:
            yield search.shortage(cause, children, set(), day=None)


class _Search:
    """Chains of moves between programs that count for the guarantee."""

    def __init__(self, market: Market, got: Sequence[int]) -> None:
        self.market = market
        self._got = got
        self.accepted = [
            [program for program in wishes if market.programs[program].counts_for_guarantee]
            for wishes in market.lists
        ]
        self.inside: list[list[int]] = [[] for _ in market.programs]
        for child, position in enumerate(got):
            if position != UNPLACED:
                self.inside[market.lists[child][position]].append(child)
        self._first_tier = min(
            (
                market.standing(child, position).tier
                for child, row in enumerate(market.children)
                if row.right and got[child] == UNPLACED and self._consents(child)
                for position, program in enumerate(market.lists[child])
                if market.programs[program].counts_for_guarantee
            ),
            default=0,
        )

    def accepts(self, child: int) -> bool:
        """Return whether a child takes whatever the guarantee gives it."""
        return self._consents(child) and bool(self.accepted[child])

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

    def leaky(self) -> set[int]:
        """Return the programs from which a chain of moves ends at a seat nobody has a claim to."""
        movable: list[list[int]] = [[] for _ in self.market.programs]
        for program, children in enumerate(self.inside):
            for child in children:
                if self.market.children[child].right:
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

    def short_day(self, programs: set[int]) -> int | None:
        """Return the first weekday on which more place-units are claimed in the programs than they have."""
        claimed, seats = self._claimed_units(programs), self._units(programs)
        return next((day for day in range(DAYS) if claimed[day] > seats[day]), None)

    def shortage(
        self, cause: ShortageCause, children: Sequence[int], programs: set[int], *, day: int | None
    ) -> Shortage:
        """Write a shortage down, with its proof if there is one."""
        if day is not None:
            claims, seats = self._claimed_units(programs)[day], self._units(programs)[day]
        else:
            claims = self._claims(programs) if programs else len(children)
            seats = sum(self.market.seatings[program].capacity for program in programs)
        return Shortage(
            cause=cause,
            children=tuple(self.market.children[child].id for child in children),
            programs=tuple(self.market.programs[program].id for program in sorted(programs)),
            seats=seats,
            claims=claims,
            day=day,
        )

    def _claims(self, programs: set[int]) -> int:
        """Count the children with the right who accept nothing else, and those who sit there without it."""
        rows = self.market.children
        return sum(1 for _ in self._bound(programs)) + sum(
            not rows[child].right for program in programs for child in self.inside[program]
        )

    def _claimed_units(self, programs: set[int]) -> list[int]:
        """Count the place-units of each day that children with a claim need in the programs at the least."""
        needs = [self._least_need(child, programs) for child in self._bound(programs)]
        needs += [
            unpack(self.market.needs[child][self._got[child]])
            for program in programs
            for child in self.inside[program]
            if not self.market.children[child].right and self._has_claim(child)
        ]
        return [sum(need[day] for need in needs) for day in range(DAYS)]

    def _bound(self, programs: set[int]) -> Iterator[int]:
        """Yield the children with the right who accept nothing but the programs."""
        for child, accepted in enumerate(self.accepted):
            if self.market.children[child].right and accepted and programs.issuperset(accepted):
                yield child

    def _least_need(self, child: int, programs: set[int]) -> tuple[int, ...]:
        lists, needs = self.market.lists[child], self.market.needs[child]
        weeks = [unpack(need) for program, need in zip(lists, needs, strict=True) if program in programs]
        return tuple(map(min, zip(*weeks, strict=True)))

    def _units(self, programs: Iterable[int]) -> list[int]:
        weeks = [self.market.seatings[program].week for program in programs]
        return [sum(week[day] for week in weeks) for day in range(DAYS)]

    def _consents(self, child: int) -> bool:
        return self.market.instance.rules.fallback and self.market.children[child].fallback is not None

    def _has_a_seat_left(self, program: int) -> bool:
        inside = self.inside[program]
        full = len(inside) >= self.market.seatings[program].capacity
        return not full or not all(self._has_claim(child) for child in inside)

    def _has_claim(self, child: int) -> bool:
        tier = self.market.standing(child, self._got[child]).tier
        return self.market.children[child].right or tier < max(0, self._first_tier)
