"""An instance made ready to run: who asks where, in which order, and how each program ranks those who ask.

Children and programs become indices in id order, and a child's key at a program becomes its rank there, so
that nothing in a run depends on the order of rows, on sets or on hashes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from opptak.engine.instance import Child, Instance, Priority, PriorityMode, Program, program_of
from opptak.engine.lottery import lottery64
from opptak.engine.seating import Seating

__all__ = ("HOLDER", "PINNED", "Market", "Standing")

HOLDER = -2
"""Tier of a child where it already has a place: before everybody, so that nobody loses by asking."""
PINNED = -1
"""Tier of a child that a case worker has pinned to the program."""
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
    """A run's input in the form the algorithms work on; `lists` hold program indices, best first."""

    instance: Instance
    programs: tuple[Program, ...]
    children: tuple[Child, ...]
    lists: list[list[int]]
    standings: list[list[Standing]]
    """A program's applicants in its order of priority: the position is the rank."""
    applicants: list[list[int]]
    """The same applicants as indices of children."""
    rank: list[dict[int, int]]
    """Rank of a child at a program."""

    @classmethod
    def of(cls, instance: Instance) -> "Market":
        """Prepare a well-formed instance."""
        programs = tuple(sorted(instance.programs, key=lambda program: program.id))
        children = tuple(sorted(instance.children, key=lambda child: child.id))
        keys = _Keys(instance, programs)
        asked: list[list[tuple[Standing, int]]] = [[] for _ in programs]
        lists: list[list[int]] = []
        for child_index, child in enumerate(children):
            asks = dict(keys.asks(child))
            lists.append(list(asks))
            for program_index, standing in asks.items():
                asked[program_index].append((standing, child_index))
        for those in asked:
            those.sort()
        return cls(
            instance=instance,
            programs=programs,
            children=children,
            lists=lists,
            standings=[[standing for standing, _ in those] for those in asked],
            applicants=[[child for _, child in those] for those in asked],
            rank=[{child: rank for rank, (_, child) in enumerate(those)} for those in asked],
        )

    def standing(self, program: int, child: int) -> Standing:
        """Return the key of a child that asks for the program."""
        return self.standings[program][self.rank[program][child]]

    @cached_property
    def index_of_program(self) -> dict[str, int]:
        """Program id to index."""
        return {program.id: index for index, program in enumerate(self.programs)}

    @cached_property
    def seatings(self) -> tuple[Seating, ...]:
        """The rule of each program by which it chooses among those who ask."""
        return tuple(
            Seating(
                program,
                applicants=[self.children[child] for child in those],
                settled=sum(standing.tier < 0 for standing in standings),
            )
            for program, those, standings in zip(self.programs, self.applicants, self.standings, strict=True)
        )


class _Keys:
    """Makes the list of a child and its key at each program on it."""

    def __init__(self, instance: Instance, programs: tuple[Program, ...]) -> None:
        self._instance = instance
        self._index = {program.id: index for index, program in enumerate(programs)}
        listed = instance.rules.priority is PriorityMode.LISTED
        self._rankings = {
            program.id: {child: place for place, child in enumerate(program.ranking, start=1)}
            for program in programs
            if listed and program.ranking is not None
        }
        self._draws: dict[str, int] = {}

    def asks(self, child: Child) -> Iterator[tuple[int, Standing]]:
        """Yield the programs a child asks for, best first, with its key: pin, wishes, own seat, guarantee."""
        wishes = [program_of(wish) for wish in child.wishes]
        if child.pinned is not None:
            yield self._index[child.pinned], self._standing(child, child.pinned, tier=PINNED)
        if child.current is not None and child.current in self._index:
            wishes.append(child.current)
        wanted = dict.fromkeys(wish for wish in wishes if wish != child.pinned)
        for program in wanted:
            if self._eligible(child, program):
                yield self._index[program], self._standing(child, program)
        if child.right and self._instance.rules.fallback:
            for program in child.fallback or ():
                if program not in wanted and program != child.pinned and self._eligible(child, program):
                    yield self._index[program], self._standing(child, program, fallback=True)

    def _eligible(self, child: Child, program: str) -> bool:
        if program in child.blocked:
            return False
        ranking = self._rankings.get(program)
        return ranking is None or child.id in ranking or program == child.current

    def _standing(
        self, child: Child, program: str, *, tier: int | None = None, fallback: bool = False
    ) -> Standing:
        own = child.priority_at.get(program, child.priority) or NO_PRIORITY
        ties, drawn, ordinal = own.ties, 0, 0
        if program in self._rankings:
            place = self._rankings[program].get(child.id, 0)
            own, ties = Priority(tier=0, points=0), (place,)
        elif self._instance.rules.lottery:
            drawn, ordinal = self._draw(child.family), child.ordinal
        if program == child.current:
            tier = HOLDER
        return Standing(
            own.tier if tier is None else tier, fallback, -own.points, ties, drawn, ordinal, child.id
        )

    def _draw(self, family: str) -> int:
        if family not in self._draws:
            self._draws[family] = lottery64(self._instance.round, family)
        return self._draws[family]
