"""What the shape of an instance can't say: ids are unique, references point somewhere, caps nest.

An instance that is well-formed but hopeless (no wishes, no seats, a current place that has closed) passes:
that is an outcome of the run.
"""

from collections.abc import Container, Hashable, Iterable

from opptak.engine.instance import (
    AgeCap,
    Algorithm,
    Child,
    Instance,
    Malformed,
    PriorityMode,
    Program,
    Wish,
    decode,
    program_of,
)
from opptak.engine.market import BY_DAYS
from opptak.engine.memory import no_cycles

__all__ = ("check", "check_algorithm", "parse_instance")


@no_cycles()
def parse_instance(raw: bytes) -> Instance:
    """Read an instance; raises Malformed with the JSON path of the first fault."""
    instance = decode(raw, Instance)
    check(instance)
    return instance


def check(instance: Instance) -> None:
    """Raise Malformed at the first id that is given twice or points nowhere."""
    _each_once((program.id for program in instance.programs), "$.programs[{}].id")
    _each_once((child.id for child in instance.children), "$.children[{}].id")
    _each_once((family.id for family in instance.families), "$.families[{}].id")
    programs = {program.id for program in instance.programs}
    children = {child.id for child in instance.children}
    for index, program in enumerate(instance.programs):
        _check_program(program, f"$.programs[{index}]", children)
    for index, child in enumerate(instance.children):
        _check_child(child, f"$.children[{index}]", programs)
    _check_families(instance, programs, children)


def check_algorithm(instance: Instance) -> None:
    """Raise Malformed where a capacity, a need, a limit or a priority does not suit the algorithm."""
    algorithm = instance.rules.algorithm
    if algorithm not in BY_DAYS:
        _check_whole(instance)
    if algorithm in (Algorithm.STRICT, Algorithm.FAMILIES):
        _check_unlimited(instance)
    if algorithm is Algorithm.SENIORITY:
        _check_one_queue(instance)


def _check_whole(instance: Instance) -> None:
    problem = "this algorithm gives whole seats, one to a child"
    for index, program in enumerate(instance.programs):
        if not isinstance(program.capacity, int):
            raise Malformed(f"$.programs[{index}].capacity", problem)
    for index, child in enumerate(instance.children):
        if child.need != 1:
            raise Malformed(f"$.children[{index}].need", problem)
        for position, wish in enumerate(child.wishes):
            if not isinstance(wish, str) and wish.need not in (None, 1):
                raise Malformed(f"$.children[{index}].wishes[{position}].need", problem)


def _check_unlimited(instance: Instance) -> None:
    for index, program in enumerate(instance.programs):
        for name, limits in (("reserves", program.reserves), ("age_caps", program.age_caps)):
            if limits:
                raise Malformed(f"$.programs[{index}].{name}", "this algorithm knows no reserves and no caps")


def _check_one_queue(instance: Instance) -> None:
    if instance.rules.priority is PriorityMode.LISTED:
        raise Malformed("$.rules.priority", "this algorithm has one queue for all programs")
    for index, child in enumerate(instance.children):
        if child.priority_at:
            raise Malformed(
                f"$.children[{index}].priority_at", "this algorithm has one queue for all programs"
            )


def _check_program(program: Program, path: str, children: Container[str]) -> None:
    if program.ranking is not None:
        _each_once(program.ranking, f"{path}.ranking[{{}}]")
        _all_known(program.ranking, children, f"{path}.ranking[{{}}]", "child")
    for later, cap in enumerate(program.age_caps):
        if not all(_nested(cap, earlier) for earlier in program.age_caps[:later]):
            raise Malformed(f"{path}.age_caps[{later}].bands", "caps must be nested or apart")


def _nested(one: AgeCap, other: AgeCap) -> bool:
    mine, theirs = set(one.bands), set(other.bands)
    return mine <= theirs or mine >= theirs or mine.isdisjoint(theirs)


def _check_child(child: Child, path: str, programs: Container[str]) -> None:
    wished = [program_of(wish) for wish in child.wishes]
    for position, program in enumerate(wished):
        if program not in programs:
            raise Malformed(f"{path}.wishes[{position}]", f"no program {program!r}")
    if len(set(wished)) < len(wished):
        _each_once(map(_contract, child.wishes), f"{path}.wishes[{{}}]")
    if child.fallback is not None:
        _each_once(child.fallback, f"{path}.fallback[{{}}]")
        _all_known(child.fallback, programs, f"{path}.fallback[{{}}]", "program")
    _all_known(child.blocked, programs, f"{path}.blocked[{{}}]", "program")
    for program in child.priority_at:
        if program not in programs:
            raise Malformed(f"{path}.priority_at[{program!r}]", f"no program {program!r}")
    if child.pinned is not None:
        _all_known((child.pinned,), programs, f"{path}.pinned", "program")
        if child.pinned in child.blocked:
            raise Malformed(f"{path}.pinned", "the child is blocked there too")


def _contract(wish: str | Wish) -> Wish:
    return Wish(program=wish) if isinstance(wish, str) else wish


def _check_families(instance: Instance, programs: Container[str], children: Container[str]) -> None:
    family_of: dict[str, str] = {}
    for index, family in enumerate(instance.families):
        for position, joint in enumerate(family.tuples):
            path = f"$.families[{index}].tuples[{position}]"
            _all_known(joint, children, path, "child")
            for child in joint:
                if family_of.setdefault(child, family.id) != family.id:
                    raise Malformed(path, f"child {child!r} is in tuples of family {family_of[child]!r} too")
            _all_known(filter(None, joint.values()), programs, path, "program")


def _each_once(ids: Iterable[Hashable], path: str) -> None:
    seen: set[Hashable] = set()
    for position, one in enumerate(ids):
        if one in seen:
            raise Malformed(path.format(position), "given twice")
        seen.add(one)


def _all_known(ids: Iterable[str], known: Container[str], path: str, what: str) -> None:
    for position, one in enumerate(ids):
        if one not in known:
            raise Malformed(path.format(position), f"no {what} {one!r}")
