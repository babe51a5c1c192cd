"""What would have happened: the round run again with one thing changed, for one child at a time.

A place ahead of the last child admitted is not yet a place: whoever is displaced may displace others, until
one of them comes back with a better key. So these sentences are told only after a run that shows it.
"""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from opptak.engine.explain.common import Say
from opptak.engine.explain.facts import Facts
from opptak.engine.explain.sentences import Predicate, Sentence
from opptak.engine.instance import Algorithm, Child, Instance, Need
from opptak.engine.market import UNPLACED, Market
from opptak.engine.outcome import Outcome
from opptak.engine.paths import Path
from opptak.engine.result import Status
from opptak.engine.rounds import Rounds
from opptak.engine.solving import SOLVERS

__all__ = ("Chances", "chances_told", "deeper")

DRAWS = 1000
"""Lottery draws behind a chance."""
Chances = Callable[[str], Mapping[str, int]]
"""In how many of the draws (`opptak.engine.lottery.draw_seed`) a child, named by id, gets each program."""


def deeper(facts: Facts, child: int, say: Say) -> Iterator[Sentence]:
    """Yield what one change alone would have given the child; nothing where there may be several outcomes."""
    row, got = facts.market.children[child], facts.outcome.got[child]
    if not _repeatable(facts.market):
        return
    for program in _better(facts, child):
        if _place_after(one_more(facts.instance, row, program), row.id) == program:
            yield say("one_more", Predicate.ONE_MORE, program=program)
    if got == UNPLACED:
        for program in _unasked(facts, child):
            if _place_after(had_listed(facts.instance, row, program), row.id) == program:
                yield say("had_listed", Predicate.HAD_LISTED, program=program)


def chances_told(facts: Facts, child: int, chances: Chances, say: Say) -> Iterator[Sentence]:
    """Yield how often the child would have got each better wish in other draws of the lottery."""
    found = chances(facts.market.children[child].id)
    for program in _better(facts, child):
        yield say("chance", Predicate.CHANCE, program=program, count=found.get(program, 0), draws=DRAWS)


def one_more(instance: Instance, child: Child, program: str) -> Instance:
    """Return the instance with one more place, as large as the child needs, in a program."""
    by_days = instance.rules.algorithm in (Algorithm.FIT, Algorithm.STRICT)
    programs = tuple(
        msgspec.structs.replace(one, capacity=_sum(one.capacity, child.need if by_days else 1))
        if one.id == program
        else one
        for one in instance.programs
    )
    return msgspec.structs.replace(instance, programs=programs)


def had_listed(instance: Instance, child: Child, program: str) -> Instance:
    """Return the instance with one more wish of the child, the last."""
    changed = msgspec.structs.replace(child, wishes=(*child.wishes, program))
    children = tuple(changed if one.id == child.id else one for one in instance.children)
    return msgspec.structs.replace(instance, children=children)


def _sum(capacity: Need, need: Need) -> Need:
    if isinstance(capacity, int) and isinstance(need, int):
        return capacity + need
    weeks = ((units,) * 5 if isinstance(units, int) else units for units in (capacity, need))
    return tuple(map(sum, zip(*weeks, strict=True)))


def _better(facts: Facts, child: int) -> list[str]:
    """Return the stated wishes refused, each program once."""
    refused = (
        wish.program
        for wish, at in facts.rows(child)
        if wish.status is Status.REFUSED and not facts.market.standing(child, at).fallback
    )
    return list(dict.fromkeys(refused))


def _unasked(facts: Facts, child: int) -> Iterator[str]:
    """Yield programs of the child's age and district that it did not ask for."""
    row, asked = facts.market.children[child], {*facts.market.lists[child]}
    for index, program in enumerate(facts.market.programs):
        near = program.district == row.district and program.band in (None, row.band)
        if near and index not in asked and program.id not in row.blocked and program.ranking is None:
            yield program.id


def _repeatable(market: Market) -> bool:
    """Return whether the rules leave but one outcome, which anybody can compute again by plain means."""
    several = any(seating.crossing or (seating.twins and not seating.plain) for seating in market.seatings)
    return market.instance.rules.algorithm is not Algorithm.FAMILIES and not several


def _place_after(instance: Instance, child: str) -> str | None:
    """Return what a child gets in a changed round; None for nothing, or where a repair had to decide."""
    market = Market.of(instance)
    index = next(index for index, one in enumerate(market.children) if one.id == child)
    if instance.rules.algorithm is Algorithm.FIT:
        rounds = Rounds(market)
        rounds.run()
        got = rounds.placing().got
        if any(True for _ in Outcome(market, got).claims()):
            return None
    else:
        got = SOLVERS[instance.rules.algorithm](market, Path.PYTHON).positions
    place = market.place(index, got[index])
    return None if place == UNPLACED else market.programs[place].id
