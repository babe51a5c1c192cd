"""What happened to a family's joint wishes (`families`)."""

from collections.abc import Iterator
from typing import NamedTuple

from opptak.engine.explain.facts import Facts
from opptak.engine.instance import Child, Family
from opptak.engine.market import UNPLACED

__all__ = ("JointWish", "better_joint_wishes", "family_of")


class JointWish(NamedTuple):
    """A joint wish that was not met: `full` has no room for all of the family, None if every program had."""

    number: int
    possible: bool
    """Whether it was looked at: every program in it may take the child it names."""
    full: str | None


def family_of(facts: Facts, child: Child) -> Family | None:
    """Return the family with joint wishes that a child belongs to."""
    if facts.result.families:
        for family in facts.instance.families:
            if any(child.id in joint for joint in family.tuples):
                return family
    return None


def better_joint_wishes(facts: Facts, family: Family) -> Iterator[JointWish]:
    """Yield the joint wishes a family would rather have had than what it got."""
    got = facts.result.families[family.id]
    children = sorted({facts.index[child] for joint in family.tuples for child in joint})
    for number, joint in enumerate(family.tuples[:got], start=1):
        wanted = {child: program for child in children if (program := _seat(facts, child, joint)) is not None}
        if _possible(facts, wanted):
            full = (program for program in wanted.values() if not _has_room(facts, program, children, wanted))
            yield JointWish(number, possible=True, full=next(full, None))
        else:
            yield JointWish(number, possible=False, full=None)


def _seat(facts: Facts, child: int, joint: dict[str, str | None]) -> str | None:
    """Return where a joint wish puts a child; where it names none, the place pinned or held before."""
    row = facts.market.children[child]
    place = _pinned(facts, child) or row.current
    asked = facts.market.lists[child]
    own = place if facts.market.index_of_program.get(place or "", UNPLACED) in asked else None
    return joint.get(row.id) or own


def _pinned(facts: Facts, child: int) -> str | None:
    """Return the program a child is pinned to, if that is where it is."""
    row = facts.market.children[child]
    return row.pinned if facts.result.assignment[row.id] == row.pinned else None


def _possible(facts: Facts, wanted: dict[int, str]) -> bool:
    return all(
        facts.market.index_of_program[program] in facts.market.lists[child]
        and _pinned(facts, child) in (None, program)
        for child, program in wanted.items()
    )


def _has_room(facts: Facts, program: str, family: list[int], wanted: dict[int, str]) -> bool:
    index = facts.market.index_of_program[program]
    rank, applicants = facts.market.rank[index], facts.market.applicants[index]
    ours = {rank[child] for child, place in wanted.items() if place == program}
    others = [held for held in facts.outcome.held[index] if applicants[held] not in family]
    return ours <= facts.market.seatings[index].admit([*others, *ours]).slots.keys()
