"""A scenario as a patch of an instance: the exchange format `opptak-allocation-patch/1`."""

from collections.abc import Collection, Iterable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from opptak.engine.instance import (
    Algorithm,
    Hex,
    Id,
    Instance,
    Malformed,
    Need,
    Points,
    PriorityMode,
    Program,
    Reserve,
    decode,
)

__all__ = ("Criterion", "Opening", "Patch", "RulesPatch", "check_patch", "parse_patch")

Tier = Annotated[int, Meta(ge=0, le=65535)]
Ppm = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of the parts of a patch; what is left out stays as it is."""


class RulesPatch(_Part, frozen=True):
    """Other rules."""

    algorithm: Algorithm | None = None
    priority: PriorityMode | None = None
    lottery: bool | None = None
    fallback: bool | None = None


class Criterion(_Part, frozen=True):
    """Another weight: so many points for each who has any by it, or a factor, rounded down; one of them."""

    points: Points | None = None
    factor_ppm: Ppm | None = None


class Opening(_Part, frozen=True):
    """A new program; who asks for `behind` is taken to ask for the new one next.

    Nobody has wished for what does not exist, and without `behind` nobody does.
    """

    program: Program
    behind: Id | None = None


class Patch(_Part, frozen=True):
    """What is to be otherwise than in the base."""

    format: Literal["opptak-allocation-patch/1"]
    rules: RulesPatch = RulesPatch()
    seed: Hex | None = None
    capacity: dict[Id, Need] = {}
    """Places of programs."""
    reserves: dict[Id, tuple[Reserve, ...]] = {}
    """All reserves of programs, in order; an empty list takes them away."""
    closed: tuple[Id, ...] = ()
    """Programs that are no more; who holds a place there has none to keep."""
    opened: tuple[Opening, ...] = ()
    criteria: dict[Id, Criterion] = {}
    """Weights by the name in `priority.reasons`; what points come from elsewhere stays."""
    tiers: dict[Tier, Tier] = {}
    """Old tier → new; all at once, so that two can change places."""
    longest_list: Annotated[int, Meta(ge=0)] | None = None
    """Stated wishes that count."""


def parse_patch(raw: bytes) -> Patch:
    """Read a patch; raises Malformed with the JSON path of the first fault."""
    return decode(raw, Patch)


def check_patch(patch: Patch, instance: Instance) -> None:
    """Raise Malformed where a patch names what the instance has not, or contradicts itself."""
    programs = {program.id for program in instance.programs}
    left = programs - set(patch.closed)
    for index, one in enumerate(patch.closed):
        _require(one in programs, f"$.closed[{index}]", f"no program {one!r}")
        _require(one not in patch.closed[:index], f"$.closed[{index}]", "given twice")
    for name, named in (("capacity", patch.capacity), ("reserves", patch.reserves)):
        for one in named:
            _require(one in programs, f"$.{name}[{one!r}]", f"no program {one!r}")
            _require(one in left, f"$.{name}[{one!r}]", "the program is closed too")
    _check_opened(patch.opened, programs)
    _check_criteria(patch, instance)


def _check_opened(opened: Iterable[Opening], programs: Collection[str]) -> None:
    new: set[str] = set()
    for index, opening in enumerate(opened):
        path, behind = f"$.opened[{index}]", opening.behind
        _require(opening.program.id not in {*programs, *new}, f"{path}.program.id", "given twice")
        _require(behind is None or behind in programs, f"{path}.behind", f"no program {behind!r}")
        new.add(opening.program.id)


def _check_criteria(patch: Patch, instance: Instance) -> None:
    known = {
        reason.criterion
        for child in instance.children
        for priority in (child.priority, *child.priority_at.values())
        if priority is not None
        for reason in priority.reasons
    }
    for name, criterion in patch.criteria.items():
        path = f"$.criteria[{name!r}]"
        _require(name in known, path, "no child has points by it")
        one_of_them = (criterion.points is None) is not (criterion.factor_ppm is None)
        _require(one_of_them, path, "give either points or factor_ppm")


def _require(holds: bool, path: str, problem: str) -> None:
    if not holds:
        raise Malformed(path, problem)
