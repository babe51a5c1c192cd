"""A scenario against its base: what changes in the figures, for how many children, and in which program."""

from collections import defaultdict
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

import msgspec

from opptak.engine.canonical import digest
from opptak.engine.instance import Instance
from opptak.engine.lab.patch import Patch, RulesPatch
from opptak.engine.lab.patching import overlaid, patched
from opptak.engine.market import UNPLACED, Market
from opptak.engine.outcome import outcome_of
from opptak.engine.paths import Path
from opptak.engine.result import Record, Result
from opptak.engine.running import allocate

__all__ = ("Change", "Figure", "ProgramChange", "Scenario", "against_base")


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the parts of a comparison."""


class Change(StrEnum):
    """What a scenario means for a child, by its own order of wishes."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"


class Figure(_Part, frozen=True):
    """A metric of both results."""

    base: int
    scenario: int
    delta: int


class ProgramChange(_Part, frozen=True):
    """Children in a program; one that is closed or new has none in one of the results."""

    base: int
    scenario: int
    came: int
    left: int


class Scenario(_Part, frozen=True, kw_only=True):
    """The comparison; `ids` names the children of each change and is for those who may see them."""

    format: Literal["opptak-allocation-scenario/1"] = "opptak-allocation-scenario/1"
    patch_hash: str
    base: Record
    scenario: Record
    metrics: dict[str, Figure]
    changes: dict[Change, int]
    programs: dict[str, ProgramChange]
    ids: dict[Change, tuple[str, ...]] | None = None


def against_base(
    instance: Instance, patch: Patch, *, path: Path = Path.AUTO, with_ids: bool = False
) -> Scenario:
    """Run the base and the scenario and compare them; raises Malformed, MissingExtra."""
    scenario = patched(instance, patch)
    before, after = allocate(instance, path), allocate(scenario, path)
    ids: dict[Change, list[str]] = {change: [] for change in Change}
    for child, change in _changes(instance, patch, (instance, before), (scenario, after)).items():
        ids[change].append(child)
    return Scenario(
        patch_hash=digest(patch),
        base=before.record,
        scenario=after.record,
        metrics=_figures(before, after),
        changes={change: len(children) for change, children in ids.items()},
        programs=_programs(before, after),
        ids={change: tuple(children) for change, children in ids.items()} if with_ids else None,
    )


Contract = tuple[str, int]
"""Program and packed need."""
Ran = tuple[Instance, Result]


def _changes(instance: Instance, patch: Patch, base: Ran, scenario: Ran) -> dict[str, Change]:
    orders = _orders(instance, patch)
    before, after = _contracts(*base), _contracts(*scenario)
    return {child: _change(order, before[child], after[child]) for child, order in orders.items()}


def _orders(instance: Instance, patch: Patch) -> dict[str, list[Contract]]:
    """Return each child's contracts, best first: all it would have asked for with nothing closed or cut."""
    wide = Patch(format=patch.format, opened=patch.opened, rules=RulesPatch(fallback=True))
    market = Market.of(overlaid(instance, wide))
    names = [program.id for program in market.programs]
    return {
        child.id: [(names[program], need) for program, need in zip(programs, needs, strict=True)]
        for child, programs, needs in zip(market.children, market.lists, market.needs, strict=True)
    }


def _contracts(instance: Instance, result: Result) -> dict[str, Contract | None]:
    market = Market.of(instance)
    got = outcome_of(market, result).got
    return {
        child.id: None
        if position == UNPLACED
        else (market.programs[market.lists[index][position]].id, market.needs[index][position])
        for index, (child, position) in enumerate(zip(market.children, got, strict=True))
    }


def _change(order: list[Contract], before: Contract | None, after: Contract | None) -> Change:
    if before == after:
        return Change.SAME
    was, now = _standing(order, before), _standing(order, after)
    if was == now:
        return Change.SAME
    return Change.BETTER if now < was else Change.WORSE


def _standing(order: list[Contract], contract: Contract | None) -> int:
    """Return the position in a child's order; what it never asked for is better only than nothing.

    Algorithms that count days differ from others in the need: then the program alone is looked for.
    """
    if contract is None:
        return len(order) + 1
    if contract in order:
        return order.index(contract)
    programs = [program for program, _ in order]
    return programs.index(contract[0]) if contract[0] in programs else len(order)


def _figures(before: Result, after: Result) -> dict[str, Figure]:
    old, new = (msgspec.structs.asdict(result.metrics) for result in (before, after))
    return {
        name: Figure(base=value, scenario=new[name], delta=new[name] - value)
        for name, value in old.items()
        if isinstance(value, int)
    }


def _programs(before: Result, after: Result) -> dict[str, ProgramChange]:
    was, now = _there(before.assignment), _there(after.assignment)
    return {
        program: ProgramChange(
            base=len(was[program]),
            scenario=len(now[program]),
            came=len(now[program] - was[program]),
            left=len(was[program] - now[program]),
        )
        for program in sorted({*before.cutoffs, *after.cutoffs})
    }


def _there(assignment: Mapping[str, str | None]) -> defaultdict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for child, place in assignment.items():
        if place is not None:
            found[place].add(child)
    return found
