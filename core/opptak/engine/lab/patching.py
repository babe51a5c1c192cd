"""A patch laid over an instance: another instance, as well-formed as the first."""

from collections.abc import Iterable, Mapping

import msgspec

from opptak.engine.instance import (
    Child,
    Contributor,
    Family,
    Instance,
    Malformed,
    Priority,
    Program,
    Round,
    Rules,
    Wish,
    program_of,
)
from opptak.engine.lab.patch import Criterion, Opening, Patch, RulesPatch, check_patch
from opptak.engine.wellformed import check, check_algorithm

__all__ = ("overlaid", "patched")

MILLION = 1_000_000
MOST_POINTS = 65535


def patched(instance: Instance, patch: Patch) -> Instance:
    """Return the scenario; raises Malformed with the path in the patch, or in what it makes."""
    check_patch(patch, instance)
    scenario = overlaid(instance, patch)
    check(scenario)
    check_algorithm(scenario)
    return scenario


def overlaid(instance: Instance, patch: Patch) -> Instance:
    """Return the scenario of a checked patch; it may not suit its algorithm."""
    closed = frozenset(patch.closed)
    return msgspec.structs.replace(
        instance,
        round=_round(instance.round, patch),
        rules=_rules(instance.rules, patch.rules),
        programs=tuple(_programs(instance.programs, patch)),
        children=tuple(_child(child, patch, closed) for child in instance.children),
        families=tuple(_family(family, closed) for family in instance.families),
    )


def _round(round_: Round, patch: Patch) -> Round:
    """Another seed is not the one that was committed to."""
    if patch.seed is None:
        return round_
    return msgspec.structs.replace(round_, seed=patch.seed, commitment=None, public_value=None)


def _rules(rules: Rules, patch: RulesPatch) -> Rules:
    wanted = msgspec.structs.asdict(patch)
    return msgspec.structs.replace(
        rules, **{key: value for key, value in wanted.items() if value is not None}
    )


def _programs(programs: Iterable[Program], patch: Patch) -> Iterable[Program]:
    for program in programs:
        if program.id not in patch.closed:
            yield msgspec.structs.replace(
                program,
                capacity=patch.capacity.get(program.id, program.capacity),
                reserves=patch.reserves.get(program.id, program.reserves),
            )
    for opening in patch.opened:
        yield opening.program


def _child(child: Child, patch: Patch, closed: frozenset[str]) -> Child:
    wishes: Iterable[str | Wish] = child.wishes[: patch.longest_list]
    fallback = child.fallback
    for opening in patch.opened:
        wishes = _with_opened(wishes, opening)
        fallback = None if fallback is None else tuple(map(program_of, _with_opened(fallback, opening)))
    try:
        return msgspec.structs.replace(
            child,
            wishes=tuple(wish for wish in wishes if program_of(wish) not in closed),
            fallback=None if fallback is None else tuple(one for one in fallback if one not in closed),
            priority=None if child.priority is None else _priority(child.priority, patch),
            priority_at={
                program: _priority(priority, patch)
                for program, priority in child.priority_at.items()
                if program not in closed
            },
            pinned=None if child.pinned in closed else child.pinned,
            blocked=tuple(one for one in child.blocked if one not in closed),
        )
    except _OutOfRange as error:
        raise Malformed("$.criteria", f"child {child.id!r} would have {error} points") from error


def _with_opened(wishes: Iterable[str | Wish], opening: Opening) -> list[str | Wish]:
    """Put the new program behind each wish for the one it resembles, with the same needs."""
    found: list[str | Wish] = []
    for wish in wishes:
        found.append(wish)
        if program_of(wish) == opening.behind:
            new = opening.program.id
            changed = {"program": new, "distance_m": None, "start": None}
            found.append(new if isinstance(wish, str) else msgspec.structs.replace(wish, **changed))
    return found


class _OutOfRange(Exception):
    """Points that the format has no room for."""


def _priority(priority: Priority, patch: Patch) -> Priority:
    reasons = tuple(_reason(reason, patch.criteria) for reason in priority.reasons)
    before = sum(reason.points for reason in priority.reasons)
    points = priority.points + sum(reason.points for reason in reasons) - before
    if not 0 <= points <= MOST_POINTS:
        raise _OutOfRange(points)
    tier = patch.tiers.get(priority.tier, priority.tier)
    return msgspec.structs.replace(priority, tier=tier, points=points, reasons=reasons)


def _reason(reason: Contributor, criteria: Mapping[str, Criterion]) -> Contributor:
    criterion = criteria.get(reason.criterion)
    if criterion is None:
        return reason
    points = criterion.points
    if points is None:
        points = reason.points * (criterion.factor_ppm or 0) // MILLION
    return msgspec.structs.replace(reason, points=points)


def _family(family: Family, closed: frozenset[str]) -> Family:
    """Leave out the joint wishes in which somebody would be in a closed program."""
    kept = tuple(joint for joint in family.tuples if closed.isdisjoint(filter(None, joint.values())))
    return msgspec.structs.replace(family, tuples=kept)
