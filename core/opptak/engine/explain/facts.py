"""What explanations state, worked out from the instance and the published result alone."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property
from itertools import chain, islice

from opptak.engine.checks import require_same
from opptak.engine.instance import Algorithm, Child, Instance, PriorityMode, Program
from opptak.engine.market import UNPLACED, Keys, Market, Standing
from opptak.engine.outcome import Outcome, deciding, outcome_of, stated_positions
from opptak.engine.result import Reason, Result, Shortage, WishOutcome
from opptak.engine.week import DAYS, WHOLE, fits, pack, unpack

__all__ = ("CROWD", "Facts", "days_short")

CROWD = 5
"""How many families other than the child's own must share a tier at a program before its numbers are told."""
SUGGESTIONS = 3
"""How many other programs an unplaced family is told of."""


class Facts:
    """Answers to what an explanation asks about one result; what many children ask is worked out once."""

    def __init__(self, outcome: Outcome, result: Result) -> None:
        self.outcome = outcome
        self.market = outcome.market
        self.instance = outcome.market.instance
        self.result = result
        self._keys = Keys(self.instance, self.market.programs)
        self._latest: tuple[int, list[int], list[tuple[WishOutcome, int]]] = (UNPLACED, [], [])
        self.index = {child.id: index for index, child in enumerate(self.market.children)}
        self._families: dict[int, dict[int, set[str]]] = {}
        self._positions: dict[str, dict[str, int]] = {}
        self._places_left: dict[tuple[str | None, str | None], list[int]] = {}

    @classmethod
    def of(cls, instance: Instance, result: Result) -> "Facts":
        """Work out the outcome again; raises ResultOfAnotherInstance."""
        require_same(instance, result)
        return cls(outcome_of(Market.of(instance), result), result)

    @property
    def algorithm(self) -> Algorithm:
        """How the places were given out."""
        return self.instance.rules.algorithm

    @property
    def in_one_queue(self) -> bool:
        """Whether all programs go by one queue."""
        return self.algorithm is Algorithm.SENIORITY

    def rows(self, child: int) -> list[tuple[WishOutcome, int]]:
        """Return what is published of each wish with its position in the child's list, if it has one."""
        return self._told_of(child)[1]

    def got_number(self, child: int) -> int | None:
        """Return which stated wish was met, counted from 1; None if none was."""
        got, stated = self.outcome.got[child], self._told_of(child)[0]
        return stated.index(got) + 1 if got != UNPLACED and got in stated else None

    def _told_of(self, child: int) -> tuple[list[int], list[tuple[WishOutcome, int]]]:
        """Return where the stated wishes stand, and the rows: asked for several times in a row."""
        if self._latest[0] != child:
            stated = stated_positions(self.market, child)
            rest = sorted(set(range(len(self.market.lists[child]))).difference(stated))
            published = self.result.wishes[self.market.children[child].id]
            self._latest = (child, stated, list(zip(published, (*stated, *rest), strict=False)))
        return self._latest[1:]

    def days_given(self, child: int) -> tuple[int, ...] | None:
        """Return the days of the place where it isn't all five; None where it is, or days don't count."""
        got = self.outcome.got[child]
        if not self.market.by_days or got == UNPLACED:
            return None
        days = named_days(self.market.needs[child][got])
        return days if len(days) < DAYS else None

    def slot(self, child: int) -> str:
        """Return the slot of the place a child has got."""
        program, got = self.outcome.place[child], self.outcome.got[child]
        return self.outcome.seated[program].slots[self.market.ranks[child][got]]

    def last(self, child: int, position: int) -> Standing | None:
        """Return the key of the last other child there in the places a child competes for."""
        program, rank = self.market.lists[child][position], self.market.ranks[child][position]
        last = self.outcome.last(program, rank)
        return None if last is None else self.market.standings[program][last]

    def in_a_crowd(self, program: int, tier: int, family: str) -> bool:
        """Return whether enough families other than one's own share a tier among those who got a place."""
        if program not in self._families:
            found = defaultdict[int, set[str]](set)
            for rank in self.outcome.held[program]:
                row = self.market.children[self.market.applicants[program][rank]]
                found[self.market.standings[program][rank].tier].add(row.family)
            self._families[program] = found
        return len(self._families[program].get(tier, set()) - {family}) >= CROWD

    def ahead(self, child: int, position: int) -> Counter[str]:
        """Count those who have a place a child was refused, by the part of the key that put them ahead.

        `behind` are those who go behind the child, in places kept for them or with a need that fitted.
        """
        program, rank = self.market.lists[child][position], self.market.ranks[child][position]
        standings = self.market.standings[program]
        twins = self.market.seatings[program].twins.get(rank, ())
        others = [other for other in self.outcome.held[program] if other not in twins]
        listed = self.listed(program)
        return Counter(_component(standings[rank], standings[other], listed=listed) for other in others)

    def listed(self, program: int) -> bool:
        """Return whether a program goes by its owner's list."""
        return (
            self.instance.rules.priority is PriorityMode.LISTED
            and self.market.programs[program].ranking is not None
        )

    def days_without_room(self, child: int, position: int) -> tuple[int, ...]:
        """Return the days of a need on which it does not fit beside those there who go ahead."""
        program, rank = self.market.lists[child][position], self.market.ranks[child][position]
        seating = self.market.seatings[program]
        twins = seating.twins.get(rank, ())
        ahead = [other for other in self.outcome.held[program] if other < rank and other not in twins]
        room = seating.admit(ahead).room(settled=rank < seating.settled)
        return days_short(room, self.market.needs[child][position])

    def waiting_position(self, child: str, program: str) -> int:
        """Return the place on a waiting list, counted from 1."""
        if program not in self._positions:
            waiting = self.result.waiting[program]
            self._positions[program] = {one: number for number, one in enumerate(waiting, start=1)}
        return self._positions[program][child]

    @cached_property
    def queue(self) -> dict[str, int]:
        """The place of each child in the one queue of `seniority`, counted from 1."""
        keys = sorted(self._keys.standing(child, "", WHOLE) for child in self.market.children)
        return {key.child: number for number, key in enumerate(keys, start=1)}

    @cached_property
    def shortages(self) -> dict[str, Shortage]:
        """Why each child with the right and without a place has none."""
        return {child: entry for entry in self.result.shortage for child in entry.children}

    def would_take(self, child: Child) -> Iterator[tuple[Program, bool]]:
        """Yield programs not asked for that would take a child as things stand, and whether they are full.

        Places left come first, the own district's before others, then places of the own district's programs
        whose last child the child stands ahead of.
        """
        blocked = (self.market.index_of_program[program] for program in child.blocked)
        asked = {*self.market.lists[self.index[child.id]], *blocked}
        near = self._left(child.band, child.district) if child.district else []
        left = chain(near, (index for index in self._left(child.band, None) if index not in near))
        found = (index for index in left if self._takes(index, child))
        full = (index for index in self._of_district[child.district] if self._would_stand_ahead(index, child))
        for index in islice((one for one in chain(found, full) if one not in asked), SUGGESTIONS):
            program = self.market.programs[index]
            yield program, self.result.cutoffs[program.id].full

    @cached_property
    def _of_district(self) -> defaultdict[str | None, list[int]]:
        """The programs of each district that may be suggested."""
        found = defaultdict[str | None, list[int]](list)
        for index, program in enumerate(self.market.programs):
            plain = not program.reserves and not program.age_caps
            if program.ranking is None and plain and index not in self.outcome.strict:
                found[program.district].append(index)
        return found

    def _left(self, band: str | None, district: str | None) -> list[int]:
        """Return the programs with places left for an age band; None is every district."""
        key = (band, district)
        if key not in self._places_left:
            some = self._of_district[district] if district else chain(*self._of_district.values())
            self._places_left[key] = [
                index
                for index in sorted(some)
                if self._of_age(index, band) and not self.result.cutoffs[self.market.programs[index].id].full
            ]
        return self._places_left[key]

    def _of_age(self, index: int, band: str | None) -> bool:
        return self.market.programs[index].band in (None, band)

    def _would_stand_ahead(self, index: int, child: Child) -> bool:
        """Return whether a child goes ahead of the last one in a full program, and its family may be told."""
        held = self.outcome.held[index]
        if (
            not held
            or not self._of_age(index, child.band)
            or not self.result.cutoffs[self.market.programs[index].id].full
        ):
            return False
        last = self.market.standings[index][max(held)]
        told = last.tier >= 0 and self.in_a_crowd(index, last.tier, child.family)
        return told and self._key_at(index, child) < last and self._takes(index, child)

    def _takes(self, index: int, child: Child) -> bool:
        """Return whether a program, choosing among those there and one who did not ask, takes it."""
        own = self._key_at(index, child)
        standings, applicants = self.market.standings[index], self.market.applicants[index]
        need = pack(child.need) if self.market.by_days else WHOLE
        room = pack(self.market.seatings[index].week)
        for rank in self.outcome.held[index]:
            if standings[rank] < own:
                room -= self.market.needs[applicants[rank]][self.market.positions[index][rank]]
        return fits(room, need)

    def _key_at(self, index: int, child: Child) -> Standing:
        need = pack(child.need) if self.market.by_days else WHOLE
        return self._keys.standing(child, self.market.programs[index].id, need)


def named_days(need: int) -> tuple[int, ...]:
    """Return the days a packed need names."""
    return tuple(day for day, units in enumerate(unpack(need)) if units)


def days_short(room: tuple[int, ...], need: int) -> tuple[int, ...]:
    """Return the days on which a packed need is more than the room."""
    rows = enumerate(zip(unpack(need), room, strict=True))
    return tuple(day for day, (units, left) in rows if units and units > left)


def _component(own: Standing, other: Standing, *, listed: bool) -> str:
    if other > own:
        return "behind"
    if other.tier < 0:
        return "kept"
    return Reason.LISTED.value if listed else deciding(own, other).value
