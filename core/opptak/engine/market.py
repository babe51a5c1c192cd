"""An instance made ready to run: who asks where, in which order, and how each program ranks those who ask.

Children and programs become indices in id order, and a child's key at a program becomes its rank there, so
that nothing in a run depends on the order of rows, on sets or on hashes.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import NamedTuple

from opptak.engine.instance import (
    Algorithm,
    Child,
    Instance,
    Need,
    Priority,
    PriorityMode,
    Program,
    Wish,
    program_of,
)
from opptak.engine.lottery import lottery64
from opptak.engine.memory import no_cycles
from opptak.engine.seating import Seating
from opptak.engine.week import WHOLE, fits, pack

__all__ = ("BY_DAYS", "HOLDER", "PINNED", "UNPLACED", "Keys", "Market", "Standing", "need_of")

UNPLACED = -1
"""Position of a child that got nothing."""

HOLDER = -2
"""Tier of a child where it already has a place: before everybody, so that nobody loses by asking."""
PINNED = -1
"""Tier of a child that a case worker has pinned to the program."""
BY_DAYS = (Algorithm.FIT, Algorithm.STRICT)
"""Algorithms under which capacities and needs are place-units a day."""
NO_PRIORITY = Priority(tier=2**16, points=0)
"""Stands in where an instance gives a child no priority: behind every tier there is."""


class Standing(NamedTuple):
    """A child's key at one program; the smaller goes first."""

    tier: int
    fallback: bool
    lack: int
    """Points, negated."""
    ties: tuple[int, ...]
    lottery: int
    ordinal: int
    child: str

    @property
    def points(self) -> int:
        """Points at this program, 0 to 65535."""
        return -self.lack


@dataclass(frozen=True)
class Market:
    """A run's input in the form the algorithms work on.

    A child's list is its contracts, best first; a contract is a program with what the child needs there. An
    algorithm returns for each child the position in its list of what it got, UNPLACED for nothing.
    """

    instance: Instance
    programs: tuple[Program, ...]
    children: tuple[Child, ...]
    lists: list[list[int]]
    """The program of each contract; more than once only where days count."""
    needs: list[list[int]]
    """The need of each contract as a packed week (`opptak.engine.week`)."""
    ranks: list[list[int]]
    """The rank of each contract at its program."""
    standings: list[list[Standing]]
    """The keys of the contracts that name a program, in its order of priority: the position is the rank."""
    applicants: list[list[int]]
    """The same contracts as indices of children."""
    positions: list[list[int]]
    """The same contracts as positions in the children's lists."""

    @classmethod
    @no_cycles()
    def of(cls, instance: Instance) -> "Market":
        """Prepare a well-formed instance."""
        programs = tuple(sorted(instance.programs, key=lambda program: program.id))
        children = tuple(sorted(instance.children, key=lambda child: child.id))
        keys = Keys(instance, programs)
        asked: list[list[tuple[Standing, int, int]]] = [[] for _ in programs]
        lists: list[list[int]] = []
        needs: list[list[int]] = []
        for child_index, child in enumerate(children):
            asks = keys.asks(child)
            lists.append([program for program, _, _ in asks])
            needs.append([need for _, need, _ in asks])
            for position, (program, _, standing) in enumerate(asks):
                # Of a child's contracts with one key the better is last: a strict cut takes it away first.
                asked[program].append((standing, -position, child_index))
        ranks = [[0] * len(wished) for wished in lists]
        for those in asked:
            those.sort()
            for rank, (_, lack, child_index) in enumerate(those):
                ranks[child_index][-lack] = rank
        return cls(
            instance=instance,
            programs=programs,
            children=children,
            lists=lists,
            needs=needs,
            ranks=ranks,
            standings=[[standing for standing, _, _ in those] for those in asked],
            applicants=[[child for _, _, child in those] for those in asked],
            positions=[[-lack for _, lack, _ in those] for those in asked],
        )

    def standing(self, child: int, position: int) -> Standing:
        """Return the key of a child's contract."""
        return self.standings[self.lists[child][position]][self.ranks[child][position]]

    def place(self, child: int, position: int) -> int:
        """Return the program at a position of a child's list; UNPLACED for none."""
        return UNPLACED if position == UNPLACED else self.lists[child][position]

    def preferred(self, child: int, position: int) -> range:
        """Return the positions a child would rather have than one it got."""
        return range(len(self.lists[child]) if position == UNPLACED else position)

    def guaranteed_from(self, child: int) -> int:
        """Return the position in a child's list from which on it is the guarantee's places."""
        positions = range(len(self.lists[child]))
        return bisect_left(positions, True, key=lambda position: self.standing(child, position).fallback)

    @property
    def by_days(self) -> bool:
        """Whether places are given out as place-units a day."""
        return self.instance.rules.algorithm in BY_DAYS

    @cached_property
    def rank(self) -> list[dict[int, int]]:
        """Rank of a child at a program; of its best contract there, if there are several."""
        found: list[dict[int, int]] = [{} for _ in self.programs]
        for child, wished in enumerate(self.lists):
            for program, rank in zip(wished, self.ranks[child], strict=True):
                found[program].setdefault(child, rank)
        return found

    @cached_property
    def index_of_program(self) -> dict[str, int]:
        """Program id to index."""
        return {program.id: index for index, program in enumerate(self.programs)}

    @cached_property
    def seatings(self) -> tuple[Seating, ...]:
        """The rule of each program by which it chooses among those who ask."""
        rows = zip(self.programs, self.applicants, self.positions, self.standings, strict=True)
        return tuple(
            Seating(
                program,
                applicants=[self.children[child] for child in those],
                needs=[self.needs[child][at] for child, at in zip(those, positions, strict=True)]
                if self.by_days
                else [WHOLE] * len(those),
                positions=positions,
                settled=bisect_left(standings, 0, key=lambda standing: standing.tier),
            )
            for program, those, positions, standings in rows
        )


class Keys:
    """Makes the list of a child and the key of each contract on it."""

    def __init__(self, instance: Instance, programs: tuple[Program, ...]) -> None:
        self._instance = instance
        self._by_days = instance.rules.algorithm in BY_DAYS
        self._index = {program.id: index for index, program in enumerate(programs)}
        self._tuples = tuple_programs(instance)
        listed = instance.rules.priority is PriorityMode.LISTED
        self._rankings = {
            program.id: {child: place for place, child in enumerate(program.ranking, start=1)}
            for program in programs
            if listed and program.ranking is not None
        }
        self._draw = cache(partial(lottery64, instance.round))

    def asks(self, child: Child) -> list[tuple[int, int, Standing]]:
        """Return a child's contracts, best first: program, packed need, key."""
        own = pack(child.need) if self._by_days else WHOLE
        asked = dict.fromkeys(self._contracts(child, own))
        named = {program for program, _ in asked}
        guaranteed = child.fallback or () if child.right and self._instance.rules.fallback else ()
        beside = (
            program for program in guaranteed if program not in named and self._eligible(child, program)
        )
        index, key = self._index, self.standing
        asks = [(index[program], week, key(child, program, week)) for program, week in asked]
        asks += [(index[program], own, key(child, program, own, fallback=True)) for program in beside]
        return asks

    def _contracts(self, child: Child, own: int) -> Iterator[tuple[str, int]]:
        """Yield pin, wishes, tuples, own seat, as far as the child may have them: program, packed need."""
        if child.pinned is not None:
            yield child.pinned, own
        for wish in child.wishes:
            program = program_of(wish)
            if self._eligible(child, program):
                yield program, pack(need_of(child, wish)) if self._by_days else WHOLE
        for program in self._tuples.get(child.id, ()):
            if self._eligible(child, program):
                yield program, own
        if child.current in self._index and self._eligible(child, child.current):
            yield child.current, own

    def _eligible(self, child: Child, program: str) -> bool:
        if program in child.blocked:
            return program == child.pinned
        ranking = self._rankings.get(program)
        return ranking is None or child.id in ranking or program in (child.current, child.pinned)

    def standing(self, child: Child, program: str, week: int, *, fallback: bool = False) -> Standing:
        """Return the key a child has at a program, or would have, with a need."""
        own = child.priority_at.get(program, child.priority) or NO_PRIORITY
        ties, drawn, ordinal = own.ties, 0, 0
        if program in self._rankings:
            place = self._rankings[program].get(child.id, 0)
            own, ties = Priority(tier=0, points=0), (place,)
        elif self._instance.rules.lottery:
            drawn, ordinal = self._draw(child.family), child.ordinal
        tier = own.tier
        if program in (child.current, child.pinned) and (not self._by_days or fits(pack(child.need), week)):
            tier = HOLDER if program == child.current else PINNED
        return Standing(tier, fallback, -own.points, ties, drawn, ordinal, child.id)


def need_of(child: Child, wish: str | Wish) -> Need:
    """Return what a child needs under a wish."""
    return child.need if isinstance(wish, str) or wish.need is None else wish.need


def tuple_programs(instance: Instance) -> dict[str, list[str]]:
    """Return the programs that families' tuples name for each child, in their order (`families` only)."""
    found: dict[str, list[str]] = {}
    if instance.rules.algorithm is Algorithm.FAMILIES:
        for family in instance.families:
            for joint in family.tuples:
                for child, program in joint.items():
                    if program is not None:
                        found.setdefault(child, []).append(program)
    return found
