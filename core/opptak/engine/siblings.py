"""Siblings: the joint wishes a rule makes of each one's own wishes, and who was placed apart."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from heapq import heapify, heappop, heappush
from itertools import chain, combinations
from typing import NamedTuple

from opptak.engine.instance import Algorithm, Child, Instance, program_of

__all__ = (
    "MOST_TUPLES",
    "JointWishes",
    "SiblingRule",
    "families_split",
    "joint_wishes",
    "siblings_apart",
)

MOST_TUPLES = 64
"""How many tuples a family may have; the best are kept."""


class SiblingRule(StrEnum):
    """What siblings who apply together want."""

    TOGETHER_OR_NONE = "together_or_none"
    """All in one facility, or no place for any of them."""
    TOGETHER_PREFERRED = "together_preferred"
    """All in one facility; else all somewhere; else as many of them as can be."""
    SEPARATE_OK = "separate_ok"
    """No joint wishes: each for itself."""


class JointWishes(NamedTuple):
    """A family's tuples, best first; `complete` is False where worse ones were left out."""

    tuples: tuple[dict[str, str | None], ...]
    complete: bool


def joint_wishes(
    siblings: Iterable[Child], facilities: Mapping[str, str], rule: SiblingRule, *, most: int = MOST_TUPLES
) -> JointWishes:
    """Make a family's tuples, at most `most`; `facilities` maps programs to theirs.

    Of two combinations the rule does not tell apart the smaller sum of the wishes' places in the children's
    own lists goes first, then the one in which the older child has the better wish. Siblings of different
    ages are together in one facility, in programs that differ. Who has no wishes does not take part.
    """
    asking = sorted(
        (child for child in siblings if child.wishes), key=lambda child: (child.ordinal, child.id)
    )
    lists = [list(enumerate(dict.fromkeys(map(program_of, child.wishes)))) for child in asking]
    if rule is SiblingRule.SEPARATE_OK or len(lists) < 2:
        return JointWishes((), complete=True)
    rows: dict[_Row, None] = {}
    for row in _allowed(lists, facilities, rule):
        if len(rows) == most and row not in rows:
            return JointWishes(_named(asking, rows), complete=False)
        rows[row] = None
    return JointWishes(_named(asking, rows), complete=True)


def siblings_apart(instance: Instance, assignment: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the ids of siblings whose first wish was one facility and who ended apart, in id order."""
    facility = {program.id: program.facility for program in instance.programs}
    families: defaultdict[str, list[Child]] = defaultdict(list)
    for child in instance.children:
        families[child.family].append(child)
    apart: set[str] = set()
    for siblings in families.values():
        for one, other in combinations(siblings, 2):
            together = _first(one, facility) == _first(other, facility) is not None
            if together and _place(one, assignment, facility) != _place(other, assignment, facility):
                apart |= {one.id, other.id}
    return tuple(sorted(apart))


def families_split(instance: Instance, assignment: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the ids of children whose family has none of its joint wishes whole, but some of its children
    somewhere, in id order. A child that a wish leaves out may have the seat it is sure of.
    """
    if instance.rules.algorithm is not Algorithm.FAMILIES:
        return ()
    sure = {child.id: {None, child.pinned, child.current} for child in instance.children}

    def has(joint: Mapping[str, str | None], child: str) -> bool:
        wanted, given = joint.get(child), assignment[child]
        return given == wanted if wanted is not None else given in sure[child]

    split: set[str] = set()
    for family in instance.families:
        members = set().union(*family.tuples)
        if not any(all(has(joint, child) for child in members) for joint in (*family.tuples, {})):
            split |= members
    return tuple(sorted(split))


def _first(child: Child, facility: Mapping[str, str]) -> str | None:
    return facility[program_of(child.wishes[0])] if child.wishes else None


def _place(child: Child, assignment: Mapping[str, str | None], facility: Mapping[str, str]) -> str | None:
    return facility.get(assignment.get(child.id) or "")


_Row = tuple[str | None, ...]
_Choices = list[tuple[int, str]]
"""Wishes of a child with their places in its list."""
_ABSENT = [(2**32, None)]
"""Behind every wish, so that of equals the one that places the older child goes first."""


def _named(children: Sequence[Child], rows: Iterable[_Row]) -> tuple[dict[str, str | None], ...]:
    ids = [child.id for child in children]
    return tuple(dict(zip(ids, row, strict=True)) for row in rows)


def _allowed(lists: Sequence[_Choices], facilities: Mapping[str, str], rule: SiblingRule) -> Iterator[_Row]:
    """Return the combinations that the rule allows, best first; some come twice."""
    at = [_by_facility(own, facilities) for own in lists]
    together = _best_first([own.get(place, []) for own in at] for place in at[0])
    if rule is SiblingRule.TOGETHER_OR_NONE:
        return together
    fewer = (
        _best_first(
            [own if number in some else _ABSENT for number, own in enumerate(lists)]
            for some in combinations(range(len(lists)), placed)
        )
        for placed in range(len(lists), 0, -1)
    )
    return chain(together, chain.from_iterable(fewer))


def _by_facility(own: _Choices, facilities: Mapping[str, str]) -> Mapping[str, _Choices]:
    found: defaultdict[str, _Choices] = defaultdict(list)
    for choice in own:
        found[facilities[choice[1]]].append(choice)
    return found


def _best_first(grids: Iterable[Sequence[Sequence[tuple[int, str | None]]]]) -> Iterator[_Row]:
    """Yield the combinations of one choice a child, out of several grids, by the sum of their places."""
    given = [grid for grid in grids if all(grid)]

    def entry(number: int, at: tuple[int, ...]) -> tuple[int, tuple[int, ...], int, tuple[int, ...]]:
        places = tuple(choices[index][0] for choices, index in zip(given[number], at, strict=True))
        return sum(places), places, number, at

    heap = [entry(number, (0,) * len(grid)) for number, grid in enumerate(given)]
    heapify(heap)
    while heap:
        _, _, number, at = heappop(heap)
        grid = given[number]
        yield tuple(choices[index][1] for choices, index in zip(grid, at, strict=True))
        for step in reversed(range(len(at))):
            if at[step] + 1 < len(grid[step]):
                heappush(heap, entry(number, (*at[:step], at[step] + 1, *at[step + 1 :])))
            if at[step]:  # the steps before it lead there by another way
                break
