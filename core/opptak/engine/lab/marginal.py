"""Where one more place helps: the round run again for each program, with one more."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import msgspec

from opptak.engine.canonical import input_hash
from opptak.engine.instance import Algorithm, Instance, Need, Program
from opptak.engine.market import UNPLACED, Market
from opptak.engine.outcome import Outcome
from opptak.engine.paths import Path, choose
from opptak.engine.solving import SOLVERS
from opptak.engine.wellformed import check, check_algorithm

__all__ = ("Marginal", "OneMore", "marginal", "where_one_more_helps")


class OneMore(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one more place in a program does, by weekdays one place-unit more each day.

    `worse` is 0 under deferred acceptance. A child without a place counts as standing behind the last of
    its list, in `ranks_gained` too; `moves` are the children whose place changes, along the whole chain.
    """

    program: str
    newly_placed: int
    better: int
    worse: int
    ranks_gained: int
    moves: int


class Marginal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `simulate --marginal` writes; programs that help most go first."""

    format: Literal["opptak-allocation-marginal/1"] = "opptak-allocation-marginal/1"
    input_hash: str
    programs: tuple[OneMore, ...]


Positions = Sequence[int]


def marginal(instance: Instance, path: Path = Path.AUTO) -> Marginal:
    """Report on every program; raises Malformed, MissingExtra."""
    check(instance)
    check_algorithm(instance)
    market = Market.of(instance)
    found = where_one_more_helps(market, most=len(market.programs), path=path)
    return Marginal(input_hash=input_hash(instance), programs=tuple(found))


def where_one_more_helps(market: Market, *, most: int = 5, path: Path = Path.AUTO) -> list[OneMore]:
    """Return the programs where one more place helps most: by newly placed, better off, ranks gained, id."""
    taken = choose(path, sum(map(len, market.lists)) * len(market.programs))
    before = SOLVERS[market.instance.rules.algorithm](market, taken).positions
    wanted = _worth_trying(market, before)
    again = _runner(market, taken)
    found = [
        _compare(market, index, before, again(index) if index in wanted else before)
        for index in range(len(market.programs))
    ]
    found.sort(key=lambda one: (-one.newly_placed, -one.better, -one.ranks_gained, one.program))
    return found[:most]


def _whole(market: Market) -> bool:
    rules = market.instance.rules
    plain = all(seating.plain for seating in market.seatings)
    return plain and rules.algorithm in (Algorithm.DEFERRED_ACCEPTANCE, Algorithm.SENIORITY)


def _worth_trying(market: Market, positions: Positions) -> frozenset[int]:
    """Return the programs where one more can matter; without reserves and caps, those someone waits for."""
    if not _whole(market):
        return frozenset(range(len(market.programs)))
    outcome = Outcome(market, positions)
    return frozenset(index for index, waiting in enumerate(outcome.waiting()) if waiting)


def _runner(market: Market, path: Path) -> Callable[[int], Positions]:
    """Return what runs the round with one more place in a program."""
    if path is Path.PYTHON or not _whole(market):
        solve = SOLVERS[market.instance.rules.algorithm]
        return lambda index: solve(_with_one_more(market, index), path).positions
    from opptak.engine.lab.marginal_arrays import rerun_on_arrays  # noqa: PLC0415 -- loads numpy

    return rerun_on_arrays(market, path)


def _with_one_more(market: Market, index: int) -> Market:
    """Return the market with one more place; lists and ranks stay what they are."""
    programs = list(market.programs)
    program = programs[index]
    programs[index] = msgspec.structs.replace(program, capacity=_one_more(program.capacity))
    instance = msgspec.structs.replace(market.instance, programs=tuple(programs))
    return replace(market, instance=instance, programs=tuple(programs))


def _one_more(capacity: Need) -> Need:
    return capacity + 1 if isinstance(capacity, int) else tuple(units + 1 for units in capacity)


def _compare(market: Market, index: int, before: Positions, after: Positions) -> OneMore:
    program: Program = market.programs[index]
    gains = [
        (len(wished) if was == UNPLACED else was) - (len(wished) if now == UNPLACED else now)
        for wished, was, now in zip(market.lists, before, after, strict=True)
    ]
    newly = sum(now != UNPLACED == was for was, now in zip(before, after, strict=True))
    return OneMore(
        program=program.id,
        newly_placed=newly,
        better=sum(gain > 0 for gain in gains),
        worse=sum(gain < 0 for gain in gains),
        ranks_gained=sum(gains),
        moves=sum(gain != 0 for gain in gains),
    )
