"""What is published about an assignment: cut-offs, waiting lists, and for each wish what decided it."""

from collections.abc import Iterator, Sequence

from opptak.engine.da import UNPLACED
from opptak.engine.instance import PriorityMode, program_of
from opptak.engine.market import Market, Standing
from opptak.engine.result import OPEN, Cutoff, Reason, Status, WishOutcome

__all__ = ("Outcome",)


class Outcome:
    """An assignment seen from the programs and from the children."""

    def __init__(self, market: Market, place: Sequence[int]) -> None:
        self.market = market
        self.place = place
        held: list[list[int]] = [[] for _ in market.programs]
        for child, program in enumerate(place):
            if program != UNPLACED:
                held[program].append(market.rank[program][child])
        self.held = held
        self.seated = [seating.admit(ranks) for seating, ranks in zip(market.seatings, held, strict=True)]
        self._last = [table.cutoff() for table in self.seated]

    def preferred(self, child: int) -> Sequence[int]:
        """Return the programs a child asked for and would rather have than what it got."""
        wishes = self.market.lists[child]
        if self.place[child] == UNPLACED:
            return wishes
        return wishes[: wishes.index(self.place[child])]

    def claims(self) -> Iterator[tuple[int, int]]:
        """Yield each child with a program that would take it, and that it would rather have."""
        for child in range(len(self.place)):
            for program in self.preferred(child):
                if self._would_take(program, self.market.rank[program][child]):
                    yield child, program

    def cutoff(self, program: int) -> Cutoff:
        """Return the cut-off of a program."""
        last = self._last[program]
        full = not self.seated[program].open_seats
        if last is None or not full:
            return Cutoff(full=full, tier=None, points=None, ties=(), lottery=None, slot=OPEN)
        rank, slot = last
        standing = self.market.standings[program][rank]
        drawn = self.market.instance.rules.lottery and not self._listed(program)
        return Cutoff(
            full=True,
            tier=standing.tier,
            points=standing.points,
            ties=standing.ties,
            lottery=f"{standing.lottery:016x}" if drawn else None,
            slot=slot,
            fallback=standing.fallback,
        )

    def waiting(self) -> list[list[int]]:
        """Return for each program the children who would rather be there, in its order."""
        ranks: list[list[int]] = [[] for _ in self.market.programs]
        for child in range(len(self.place)):
            for program in self.preferred(child):
                ranks[program].append(self.market.rank[program][child])
        applicants = self.market.applicants
        return [[applicants[program][rank] for rank in sorted(those)] for program, those in enumerate(ranks)]

    def wishes(self, child: int) -> tuple[WishOutcome, ...]:
        """Return what became of each wish, of a holder's own seat, of the guarantee's places asked for."""
        index_of = self.market.index_of_program
        stated = [index_of[program_of(wish)] for wish in self.market.children[child].wishes]
        preferred = self.preferred(child)
        shown = list(stated)
        for program in self.market.lists[child]:
            asked = program in preferred or program == self.place[child]
            if program not in stated and (asked or not self.market.standing(program, child).fallback):
                shown.append(program)
        return tuple(
            self._wish(child, program, refused=program in preferred, again=program in shown[:position])
            for position, program in enumerate(shown)
        )

    def refusal(self, program: int, rank: int) -> Reason | None:
        """Return what shut an applicant out; None where there are no seats at all."""
        if not self.market.seatings[program].capacity:
            return None
        if self.seated[program].cap_reached(rank):
            return Reason.CAP
        last = self.seated[program].last(rank)
        if last is None or last > rank:
            return Reason.RESERVE
        standings = self.market.standings[program]
        if self._listed(program):
            return Reason.TIER if standings[last].tier < 0 else Reason.LISTED
        return _deciding(standings[rank], standings[last])

    def _wish(self, child: int, program: int, *, refused: bool, again: bool) -> WishOutcome:
        row, place = self.market.children[child], self.place[child]
        by: Reason | None = None
        if program == place:
            fallback = self.market.standing(program, child).fallback
            offered = Status.OFFERED_BY_FALLBACK if fallback else Status.OFFERED
            status = Status.NOT_NEEDED if again else offered
        elif child not in self.market.rank[program]:
            status = Status.FILTERED
            by = None if self.market.programs[program].id in row.blocked else Reason.LISTED
        elif place != UNPLACED and self.market.programs[place].id == row.pinned:
            status = Status.FILTERED
        elif refused:
            status = Status.REFUSED
            by = self.refusal(program, self.market.rank[program][child])
        else:
            status = Status.NOT_NEEDED
        return WishOutcome(program=self.market.programs[program].id, status=status, by=by)

    def _would_take(self, program: int, rank: int) -> bool:
        seating, held = self.market.seatings[program], self.held[program]
        if seating.plain:
            return len(held) < seating.capacity or rank < max(held, default=-1)
        return rank in seating.admit([*held, rank]).slots

    def _listed(self, program: int) -> bool:
        listed = self.market.instance.rules.priority is PriorityMode.LISTED
        return listed and self.market.programs[program].ranking is not None


def _deciding(own: Standing, last: Standing) -> Reason:
    """Return the first part of the key in which an applicant differs from the last admitted."""
    if (own.tier, own.fallback) != (last.tier, last.fallback):
        return Reason.TIER
    if own.lack != last.lack:
        return Reason.POINTS
    if own.ties == last.ties and own.lottery != last.lottery:
        return Reason.LOTTERY
    return Reason.TIE
