"""Siblings who asked for the same facility and were placed apart."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import combinations

from opptak.engine.instance import Child, Instance, program_of

__all__ = ("siblings_apart",)


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


def _first(child: Child, facility: Mapping[str, str]) -> str | None:
    return facility[program_of(child.wishes[0])] if child.wishes else None


def _place(child: Child, assignment: Mapping[str, str | None], facility: Mapping[str, str]) -> str | None:
    return facility.get(assignment.get(child.id) or "")
