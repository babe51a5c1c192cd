"""The round under many lotteries: how often a child gets each wish, and where a program's line then lies.

Draw number n is the round with the seed `lottery.draw_seed(seed, n)`; nothing else differs.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Literal

import msgspec

from opptak.engine.canonical import input_hash
from opptak.engine.instance import Algorithm, Instance, PriorityMode
from opptak.engine.lottery import draw_seed
from opptak.engine.market import UNPLACED, Market, Standing
from opptak.engine.outcome import Outcome
from opptak.engine.paths import Path, choose
from opptak.engine.solving import SOLVERS
from opptak.engine.wellformed import check, check_algorithm

__all__ = ("Chance", "Chances", "ChildChances", "Draws", "Line", "ProgramChances", "Tie", "chances", "draw")

MILLION = 1_000_000


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the parts of the report; `_ppm` are parts per million of the draws, rounded down."""


class Chance(_Part, frozen=True):
    """How often a child gets a program of its list."""

    program: str
    ppm: int


class ChildChances(_Part, frozen=True):
    """A child's list, best first: wishes, own seat, places under the guarantee."""

    list: tuple[Chance, ...]
    unplaced_ppm: int


class Line(_Part, frozen=True, omit_defaults=True):
    """What the last child admitted has, but for its lottery number."""

    tier: int
    points: int
    ties: tuple[int, ...]
    fallback: bool = False


class ProgramChances(_Part, frozen=True):
    """How often a program is full, and between which lines; None where it is never full of children."""

    full_ppm: int
    tightest: Line | None
    loosest: Line | None


class Chances(_Part, frozen=True, kw_only=True):
    """What `simulate --draws` writes."""

    format: Literal["opptak-allocation-chances/1"] = "opptak-allocation-chances/1"
    input_hash: str
    algorithm: Algorithm
    seed: str
    draws: int
    children: dict[str, ChildChances]
    programs: dict[str, ProgramChances]


@dataclass(frozen=True)
class Draws:
    """Counts over draws; programs and lists are those of the market."""

    market: Market
    number: int
    got: list[list[int]]
    """In how many draws each child got each contract of its list."""
    full: list[int]
    """In how many draws each program was full, of children or for want of any place."""
    tightest: list[int]
    """The best rank that was ever the last admitted to the full program; UNPLACED if none ever was."""
    loosest: list[int]

    def of(self, child: str) -> Mapping[str, int]:
        """Return in how many draws a child got each program; raises KeyError."""
        index = self._index[child]
        found: Counter[str] = Counter()
        for program, times in zip(self.market.lists[index], self.got[index], strict=True):
            found[self.market.programs[program].id] += times
        return found

    @cached_property
    def _index(self) -> Mapping[str, int]:
        return {child.id: index for index, child in enumerate(self.market.children)}


@dataclass(frozen=True)
class Tie:
    """Contracts at one program that nothing but the lottery tells apart: ranks `first` and following."""

    program: int
    first: int
    standings: list[Standing]


def chances(instance: Instance, number: int, path: Path = Path.AUTO) -> Chances:
    """Report on so many draws; raises Malformed, MissingExtra."""
    check(instance)
    check_algorithm(instance)
    market = Market.of(instance)
    found = draw(market, number, path)
    return Chances(
        input_hash=input_hash(instance),
        algorithm=instance.rules.algorithm,
        seed=instance.round.seed,
        draws=number,
        children={child.id: _child(found, index) for index, child in enumerate(market.children)},
        programs={program.id: _program(found, index) for index, program in enumerate(market.programs)},
    )


def draw(market: Market, number: int, path: Path = Path.AUTO) -> Draws:
    """Run so many draws, at least one; raises MissingExtra.

    Where whole seats are given without reserves and caps, on arrays: the rest is much slower.
    """
    ties = list(tied(market))
    taken = choose(path, number * sum(map(len, market.lists)))
    if not ties:
        return _all_alike(market, number)
    if taken is Path.PYTHON or not _on_arrays(market):
        return _one_by_one(market, number)
    # Neither numpy nor machine code is loaded by a process that draws nothing.
    from opptak.engine.lab.draws_arrays import draw_on_arrays  # noqa: PLC0415

    return draw_on_arrays(market, ties, number, taken)


def tied(market: Market) -> list[Tie]:
    """Return the ties of different families, in the order of programs and ranks."""
    rules = market.instance.rules
    if not rules.lottery:
        return []
    found = []
    for index, program in enumerate(market.programs):
        listed = rules.priority is PriorityMode.LISTED and program.ranking is not None
        if not listed:
            found += _ties_of(market, index)
    return found


def _ties_of(market: Market, program: int) -> list[Tie]:
    families = [market.children[child].family for child in market.applicants[program]]
    found, first = [], 0
    for _, those in groupby(market.standings[program], key=lambda standing: standing[:4]):
        standings = list(those)
        if len(set(families[first : first + len(standings)])) > 1:
            found.append(Tie(program, first, standings))
        first += len(standings)
    return found


def _on_arrays(market: Market) -> bool:
    whole = market.instance.rules.algorithm in (Algorithm.DEFERRED_ACCEPTANCE, Algorithm.SENIORITY)
    return whole and all(seating.plain for seating in market.seatings)


def _all_alike(market: Market, number: int) -> Draws:
    once = _one_by_one(market, 1)
    return Draws(
        market,
        number,
        got=[[number * times for times in own] for own in once.got],
        full=[number * times for times in once.full],
        tightest=once.tightest,
        loosest=once.loosest,
    )


def _one_by_one(market: Market, number: int) -> Draws:
    programs = len(market.programs)
    got = [[0] * len(wished) for wished in market.lists]
    full, lines = [0] * programs, [set[int]() for _ in range(programs)]
    for index in range(number):
        outcome = _outcome(market.instance, index)
        for child, position in enumerate(outcome.got):
            if position != UNPLACED:
                got[child][position] += 1
        for program, table in enumerate(outcome.seated):
            full[program] += table.full
            last = table.cutoff()
            if table.full and last is not None:
                lines[program].add(last[0])
    tightest = [min(ranks, default=UNPLACED) for ranks in lines]
    return Draws(market, number, got, full, tightest, [max(ranks, default=UNPLACED) for ranks in lines])


def _outcome(instance: Instance, index: int) -> Outcome:
    seed = draw_seed(instance.round.seed, index)
    drawn = msgspec.structs.replace(instance.round, seed=seed)
    market = Market.of(msgspec.structs.replace(instance, round=drawn))
    solved = SOLVERS[instance.rules.algorithm](market, Path.PYTHON)
    return Outcome(market, solved.positions, strict=solved.strict)


def _child(draws: Draws, child: int) -> ChildChances:
    programs = [draws.market.programs[program].id for program in draws.market.lists[child]]
    return ChildChances(
        list=tuple(
            Chance(program=program, ppm=times * MILLION // draws.number)
            for program, times in zip(programs, draws.got[child], strict=True)
        ),
        unplaced_ppm=(draws.number - sum(draws.got[child])) * MILLION // draws.number,
    )


def _program(draws: Draws, program: int) -> ProgramChances:
    return ProgramChances(
        full_ppm=draws.full[program] * MILLION // draws.number,
        tightest=_line(draws.market, program, draws.tightest[program]),
        loosest=_line(draws.market, program, draws.loosest[program]),
    )


def _line(market: Market, program: int, rank: int) -> Line | None:
    """Return what the rank stands for: draws change who has it, but not its tier, points and ties."""
    if rank == UNPLACED:
        return None
    standing = market.standings[program][rank]
    return Line(tier=standing.tier, points=standing.points, ties=standing.ties, fallback=standing.fallback)
