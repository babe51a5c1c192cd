"""A run in rows: what each unit got, who waits, and what changed since the run before. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec

from opptak.allocation.schemas import CheckView, OpenedRun
from opptak.engine.instance import Child, program_of
from opptak.engine.result import Cutoff, Result
from opptak.facilities.schemas import ProgramView
from opptak.kit.i18n import Translator

__all__ = ("Changes", "ChildLine", "UnitLine", "changes", "child_lines", "places", "unit_lines", "verdict")


class UnitLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit got in a run; `cutoff` says in words who came last."""

    unit_id: UUID
    name: str
    seats: int
    placed: int
    waiting: int
    cutoff: str

    @property
    def free(self) -> int:
        """Places nobody got."""
        return max(self.seats - self.placed, 0)


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """How many children gained, lost or changed their place since the run before."""

    placed: int
    lost: int
    moved: int


class ChildLine(msgspec.Struct, frozen=True, kw_only=True):
    """A child of a run; `place` is what the list is about: a unit, a position, or nothing."""

    id: UUID
    case_number: str
    name: str
    right: bool
    wish: str
    place: str


def unit_lines(run: OpenedRun, programs: Iterable[ProgramView], text: Translator) -> list[UnitLine]:
    """Return the units of a run, by house; one we no longer know keeps its number for a name."""
    names = places(programs)
    order = {name: number for number, name in enumerate(names)}
    given: dict[str, int] = {}
    for place in run.result.assignment.values():
        if place is not None:
            given[place] = given.get(place, 0) + 1
    lines = [
        UnitLine(
            unit_id=UUID(program.id),
            name=names.get(program.id, program.id),
            seats=program.capacity if isinstance(program.capacity, int) else max(program.capacity),
            placed=given.get(program.id, 0),
            waiting=len(run.result.waiting[program.id]),
            cutoff=_cutoff(run.result.cutoffs[program.id], text),
        )
        for program in run.instance.programs
    ]
    return sorted(lines, key=lambda line: order.get(str(line.unit_id), len(order)))


def places(programs: Iterable[ProgramView]) -> dict[str, str]:
    """Return the names of units with their houses, by id as the exchange format has it."""
    return {str(program.unit_id): f"{program.facility_name}, {program.unit_name}" for program in programs}


def changes(result: Result, before: Result) -> Changes:
    """Compare two runs of a round, child by child; children of one of them alone are left out."""
    pairs = [
        (before.assignment[child], place)
        for child, place in result.assignment.items()
        if child in before.assignment
    ]
    return Changes(
        placed=sum(old is None and new is not None for old, new in pairs),
        lost=sum(old is not None and new is None for old, new in pairs),
        moved=sum(old is not None and new is not None and old != new for old, new in pairs),
    )


def verdict(check: CheckView) -> str:
    """Return `passed`, or the severity of a check that failed."""
    return "passed" if check.passed else check.severity.value


def child_lines(
    run: OpenedRun,
    children: Sequence[str],
    headings: Mapping[UUID, tuple[str, str]],
    *,
    place: Mapping[str, str],
    unit: str | None = None,
) -> list[ChildLine]:
    """Return children of a run in the order given; `headings` are case number and name by application.

    Somebody without a heading is nobody the reader may see, and is left out. The wish is that for the unit
    the list is about, else the one the child got.
    """
    known = {child.id: child for child in run.instance.children}
    return [
        ChildLine(
            id=UUID(child),
            case_number=headings[UUID(child)][0],
            name=headings[UUID(child)][1],
            right=known[child].right,
            wish=_wish(known[child], unit or run.result.assignment[child]),
            place=place.get(child, ""),
        )
        for child in children
        if UUID(child) in headings
    ]


def _wish(child: Child, place: str | None) -> str:
    """Return which of its wishes a place is, counted from 1."""
    wishes = list(dict.fromkeys(program_of(wish) for wish in child.wishes))
    return str(wishes.index(place) + 1) if place in wishes else "–"


def _cutoff(cutoff: Cutoff, text: Translator) -> str:
    if not cutoff.full:
        return text("staff.cutoff.room")
    if cutoff.tier is None or cutoff.points is None:
        return text("staff.cutoff.no_seats")
    if cutoff.tier < 0:
        return text("staff.cutoff.kept")
    return text("staff.cutoff.last", tier=cutoff.tier, points=cutoff.points)
