"""What is published about an assignment: cut-offs, waiting lists, and for each wish what decided it."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from opptak.engine.families import family_claims, tuples_obtained
from opptak.engine.families_town import Town
from opptak.engine.instance import Algorithm, PriorityMode, program_of
from opptak.engine.market import UNPLACED, Market, Standing, need_of
from opptak.engine.result import OPEN, Cutoff, Reason, Result, Status, WishOutcome
from opptak.engine.week import WHOLE, fits, pack

__all__ = ("Claim", "Outcome", "deciding", "outcome_of", "stated_positions")

OFFERS = (Status.OFFERED, Status.OFFERED_BY_FALLBACK)


class Claim(NamedTuple):
    """A child with a contract that its program would give it, and that it would rather have."""

    child: int
    position: int
    program: int


class Outcome:
    """An assignment seen from the programs and from the children.

    `got` holds positions in the children's lists, `strict` the programs under the strict rule or settled.
    """

    def __init__(self, market: Market, got: Sequence[int], *, strict: Collection[int] = ()) -> None:
        self.market = market
        self.got = got
        self.strict = frozenset(strict)
        self.place = [market.place(child, position) for child, position in enumerate(got)]
        held: list[list[int]] = [[] for _ in market.programs]
        for child, program in enumerate(self.place):
            if program != UNPLACED:
                held[program].append(market.ranks[child][got[child]])
        self.held = [sorted(ranks) for ranks in held]
        self.seated = [seating.admit(ranks) for seating, ranks in zip(market.seatings, held, strict=True)]
        self._last = [table.cutoff() for table in self.seated]
        self._used = [
            [0, *accumulate(seating.needs[rank] for rank in ranks)]
            for seating, ranks in zip(market.seatings, self.held, strict=True)
        ]

    @cached_property
    def _town(self) -> Town | None:
        """Who is placed together; None where nobody asks to be."""
        joint = self.market.instance.rules.algorithm is Algorithm.FAMILIES
        return Town.of(self.market) if joint else None

    def tuples(self) -> dict[str, int | None]:
        """Return the index of the tuple each family with tuples has got; empty but under `families`."""
        return {} if self._town is None else tuples_obtained(self._town, self.got)

    def preferred(self, child: int) -> range:
        """Return the positions of the contracts a child would rather have than what it got."""
        return self.market.preferred(child, self.got[child])

    def claims(self) -> Iterator[Claim]:
        """Yield the claims, those at programs under the strict rule or settled included.

        Under `families` one for each family that blocks.
        """
        if self._town is not None:
            seats = family_claims(self._town, self.got)
            yield from (Claim(seat.child, seat.position, seat.program) for seat in seats)
            return
        for child in range(len(self.place)):
            wished, ranks = self.market.lists[child], self.market.ranks[child]
            for position in self.preferred(child):
                if self._would_take(wished[position], ranks[position]):
                    yield Claim(child, position, wished[position])

    def passed(self) -> Iterator[Claim]:
        """Yield who was passed by a child behind, under `strict`."""
        if self.market.instance.rules.algorithm is not Algorithm.STRICT:
            return
        for child in range(len(self.place)):
            for position in self.preferred(child):
                program = self.market.lists[child][position]
                rank = self.market.ranks[child][position]
                if self._is_passed(program, rank):
                    yield Claim(child, position, program)

    def cutoff(self, program: int) -> Cutoff:
        """Return the cut-off of a program."""
        last = self._last[program]
        full, strict = self.seated[program].full, program in self.strict
        if last is None or not full:
            return Cutoff(full=full, tier=None, points=None, ties=(), lottery=None, slot=OPEN, strict=strict)
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
            strict=strict,
        )

    def waiting(self) -> list[list[int]]:
        """Return for each program the children who would rather be there, in its order."""
        ranks: list[list[int]] = [[] for _ in self.market.programs]
        for child in range(len(self.place)):
            for position in self.preferred(child):
                ranks[self.market.lists[child][position]].append(self.market.ranks[child][position])
        applicants = self.market.applicants
        return [
            list(dict.fromkeys(applicants[program][rank] for rank in sorted(those)))
            for program, those in enumerate(ranks)
        ]

    def wishes(self, child: int) -> tuple[WishOutcome, ...]:
        """Return what became of each wish, of a holder's own seat, of the guarantee's places asked for."""
        market, wished = self.market, self.market.lists[child]
        stated = stated_positions(market, child)
        asked = len(self.preferred(child)) + (self.got[child] != UNPLACED)
        told = max(asked, market.guaranteed_from(child))
        beside = sorted(set(range(told)).difference(stated))
        programs = [market.index_of_program[program_of(wish)] for wish in market.children[child].wishes]
        shown = zip([*programs, *(wished[position] for position in beside)], [*stated, *beside], strict=True)
        seen: set[int] = set()
        rows: list[WishOutcome] = []
        for program, position in shown:
            rows.append(self._wish(child, program, position, again=position in seen))
            seen.add(position)
        return tuple(rows)

    def last(self, program: int, rank: int) -> int | None:
        """Return the worst rank of another child in the places an applicant competes for; None if none is."""
        rank_last, slot = self._last[program] or (rank, "")
        if slot == OPEN and rank_last not in self.market.seatings[program].twins.get(rank, ()):
            return rank_last
        return self.seated[program].last(rank)

    def refusal(self, program: int, rank: int) -> Reason | None:
        """Return what shut an applicant out; None where there are no seats at all."""
        if not self.market.seatings[program].capacity:
            return None
        if self.seated[program].cap_reached(rank):
            return Reason.CAP
        algorithm = self.market.instance.rules.algorithm
        if (program in self.strict or algorithm is Algorithm.FAMILIES) and self._would_take(program, rank):
            return Reason.STRICT_SWITCH if program in self.strict else None
        last = self.last(program, rank)
        if self.market.by_days and self._too_big(program, rank, last):
            return Reason.SIZE
        if last is None or last > rank:
            return Reason.RESERVE
        standings = self.market.standings[program]
        if self._listed(program):
            return Reason.TIER if standings[last].tier < 0 else Reason.LISTED
        return deciding(standings[rank], standings[last])

    def _wish(self, child: int, program: int, position: int, *, again: bool) -> WishOutcome:
        row, got, by = self.market.children[child], self.got[child], None
        place = self.place[child]
        pinned = place != UNPLACED and self.market.programs[place].id == row.pinned
        if position == UNPLACED:
            status = Status.FILTERED
            by = None if self.market.programs[program].id in row.blocked else Reason.LISTED
        elif position == got:
            fallback = self.market.standing(child, position).fallback
            offered = Status.OFFERED_BY_FALLBACK if fallback else Status.OFFERED
            status = Status.NOT_NEEDED if again else offered
        elif pinned:
            status = Status.FILTERED
        elif position in self.preferred(child):
            status = Status.REFUSED
            by = self.refusal(program, self.market.ranks[child][position])
        else:
            status = Status.NOT_NEEDED
        return WishOutcome(program=self.market.programs[program].id, status=status, by=by)

    def _would_take(self, program: int, rank: int) -> bool:
        seating = self.market.seatings[program]
        if seating.plain:
            return self._fits_behind(program, rank)
        return rank in seating.admit([*self._others(program, rank), rank]).slots

    def _fits_behind(self, program: int, rank: int) -> bool:
        """Return whether there is room for an applicant beside those ahead of it, itself set aside."""
        seating = self.market.seatings[program]
        used = self._used[program][bisect_left(self.held[program], rank)]
        for twin in seating.twins.get(rank, ()):
            if twin < rank and twin in self.seated[program].slots:
                used -= seating.needs[twin]
        return fits(seating.room, used + seating.needs[rank])

    def _too_big(self, program: int, rank: int, last: int | None) -> bool:
        """Return whether a need did not fit behind those ahead, but one behind it did, or nobody is there."""
        others = self._others(program, rank)
        if others and (last is None or last < rank or self.seated[program].slots[last] != OPEN):
            return False
        if self.market.seatings[program].plain:
            return not self._fits_behind(program, rank)
        ahead = [other for other in others if other < rank]
        return rank not in self.market.seatings[program].admit([*ahead, rank]).slots

    def _is_passed(self, program: int, rank: int) -> bool:
        """Return whether somebody behind a child is in a place that it competes for."""
        seating, slots = self.market.seatings[program], self.seated[program].slots
        behind = (other for other in self._others(program, rank) if other > rank)
        return any(seating.may_sit(rank, slots[other]) for other in behind if other in slots)

    def _others(self, program: int, rank: int) -> list[int]:
        """Return who is there beside an applicant, which may itself be there under another contract."""
        twins = self.market.seatings[program].twins.get(rank, ())
        return [other for other in self.held[program] if other not in twins]

    def _listed(self, program: int) -> bool:
        listed = self.market.instance.rules.priority is PriorityMode.LISTED
        return listed and self.market.programs[program].ranking is not None


def outcome_of(market: Market, result: Result) -> Outcome:
    """Return the outcome a result tells of; a place the child has not asked for is none."""
    strict = {market.index_of_program[name] for name, cutoff in result.cutoffs.items() if cutoff.strict}
    got = [_position_of(market, child, result) for child in range(len(market.children))]
    return Outcome(market, got, strict=strict)


def _position_of(market: Market, child: int, result: Result) -> int:
    """Return the position of the contract that is offered, or else of the first at the program given."""
    row = market.children[child]
    given = market.index_of_program.get(result.assignment[row.id] or "", UNPLACED)
    stated = stated_positions(market, child)
    told = [*stated, *sorted(set(range(len(market.lists[child]))).difference(stated))]
    rows = result.wishes.get(row.id, ())
    offered = [at for at, wish in zip(told, rows, strict=False) if wish.status in OFFERS]
    possible = [at for at in (*offered, *told) if at != UNPLACED and market.lists[child][at] == given]
    return possible[0] if possible else UNPLACED


def stated_positions(market: Market, child: int) -> list[int]:
    """Return where each stated wish stands in a child's list; UNPLACED for one that was left out."""
    row = market.children[child]
    where: dict[tuple[int, int], int] = {}
    for position, contract in enumerate(zip(market.lists[child], market.needs[child], strict=True)):
        where.setdefault(contract, position)
    return [
        where.get(
            (
                market.index_of_program[program_of(wish)],
                pack(need_of(row, wish)) if market.by_days else WHOLE,
            ),
            UNPLACED,
        )
        for wish in row.wishes
    ]


def deciding(own: Standing, last: Standing) -> Reason:
    """Return the first part of the key in which an applicant differs from the last admitted."""
    if (own.tier, own.fallback) != (last.tier, last.fallback):
        return Reason.TIER
    if own.lack != last.lack:
        return Reason.POINTS
    if own.ties == last.ties and own.lottery != last.lottery:
        return Reason.LOTTERY
    return Reason.TIE
