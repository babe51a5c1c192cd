"""Who gets what, by district, language, income band and age band, with no group small enough to know by.

In a table that is published every count is 0 or at least CLASS: outcomes of which there are too few in all,
and groups that would show too few, are put together until none does. So nothing is left out that could be
computed from the totals.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import msgspec

from opptak.engine.instance import Child, Instance, Wish
from opptak.engine.result import Result, Status

__all__ = ("CLASS", "Equity", "Group", "Kind", "equity")

CLASS = 5
"""Children a published count is made of at least."""

DIMENSIONS: Mapping[str, Callable[[Child], str | int | None]] = {
    "band": lambda child: child.band,
    "district": lambda child: child.district,
    "income_band": lambda child: child.income_band,
    "language": lambda child: child.language,
}


class Kind(StrEnum):
    """What a child got: its first wish, a later one, a place it did not wish for, nothing."""

    FIRST = "first"
    STATED = "stated"
    OTHER = "other"
    UNPLACED = "unplaced"


Split = tuple[tuple[Kind, ...], ...]
"""Outcomes, those that are told as one together."""
SPLITS: tuple[Split, ...] = (
    ((Kind.FIRST,), (Kind.STATED,), (Kind.OTHER,), (Kind.UNPLACED,)),
    ((Kind.FIRST,), (Kind.STATED, Kind.OTHER), (Kind.UNPLACED,)),
    ((Kind.FIRST,), (Kind.STATED, Kind.OTHER, Kind.UNPLACED)),
    ((Kind.FIRST, Kind.STATED, Kind.OTHER), (Kind.UNPLACED,)),
)
"""From the finest; the first is taken that tells of no small number of all children."""


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Children of one value, or of several put together; null stands for children of whom it isn't known.

    `outcomes` are named by their kinds, joined by `+`. The mean is over children whose wish has a distance;
    None where none has, or where too few have one or have none.
    """

    values: tuple[str | int | None, ...]
    children: int
    outcomes: dict[str, int]
    mean_distance_m: int | None


class Equity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `simulate --equity` writes; no table where all children together are too few."""

    format: Literal["opptak-allocation-equity/1"] = "opptak-allocation-equity/1"
    output_hash: str
    tables: dict[str, tuple[Group, ...]]


@dataclass(frozen=True)
class _Fate:
    """What became of a child."""

    kind: Kind
    distance_m: int | None


@dataclass(frozen=True)
class _Shown:
    """What the tables tell."""

    split: Split
    distance: bool

    def counts(self, fates: Iterable[_Fate]) -> list[int]:
        """Return the children of each outcome; then of how many there is a distance, of how many none."""
        fates = list(fates)
        found = [sum(fate.kind in kinds for fate in fates) for kinds in self.split]
        if self.distance:
            measured = sum(fate.distance_m is not None for fate in fates)
            found += [measured, len(fates) - measured]
        return found

    def small(self, fates: Iterable[_Fate]) -> bool:
        """Whether a count is of too few children."""
        return any(0 < count < CLASS for count in self.counts(fates))


@dataclass(frozen=True)
class _Class:
    """Children told of together."""

    values: tuple[str | int | None, ...]
    fates: list[_Fate]

    @property
    def order(self) -> tuple[int, str]:
        """The fewest children first."""
        return len(self.fates), repr(self.values)


def equity(instance: Instance, result: Result) -> Equity:
    """Tabulate a result of the instance."""
    fates = {child.id: _fate(child, result) for child in instance.children}
    shown = _shown(fates.values())
    return Equity(
        output_hash=result.record.output_hash,
        tables={
            name: tuple(_group(one, shown) for one in _safe(_classes(instance.children, fates, value), shown))
            for name, value in DIMENSIONS.items()
            if shown is not None
        },
    )


def _shown(fates: Iterable[_Fate]) -> _Shown | None:
    """Return the most that can be told of all children together; it is the same for every table."""
    fates = list(fates)
    ways = (_Shown(split, distance) for split in SPLITS for distance in (True, False))
    return next((shown for shown in ways if not shown.small(fates)), None)


def _fate(child: Child, result: Result) -> _Fate:
    rows = enumerate(zip(child.wishes, result.wishes[child.id], strict=False))
    met = next(((index, wish) for index, (wish, row) in rows if row.status is Status.OFFERED), None)
    if met is None:
        return _Fate(Kind.UNPLACED if result.assignment[child.id] is None else Kind.OTHER, None)
    index, wish = met
    distance = wish.distance_m if isinstance(wish, Wish) else None
    return _Fate(Kind.STATED if index else Kind.FIRST, distance)


def _classes(
    children: Iterable[Child], fates: Mapping[str, _Fate], value: Callable[[Child], str | int | None]
) -> list[_Class]:
    found: defaultdict[str | int | None, list[_Fate]] = defaultdict(list)
    for child in children:
        found[value(child)].append(fates[child.id])
    return [_Class((name,), own) for name, own in found.items()]


def _safe(classes: Iterable[_Class], shown: _Shown) -> list[_Class]:
    """Put the smallest that shows too much together with the smallest such other, until none does.

    All together show nothing that is small, so that it comes to an end.
    """
    left = sorted(classes, key=lambda one: one.order)
    while small := [one for one in left if shown.small(one.fates)]:
        first = small.pop(0)
        other = small[0] if small else next(one for one in left if one is not first)
        joined = _Class(tuple(sorted(first.values + other.values, key=repr)), first.fates + other.fates)
        kept = (one for one in left if one is not first and one is not other)
        left = sorted([joined, *kept], key=lambda one: one.order)
    return left


def _group(one: _Class, shown: _Shown) -> Group:
    metres = [fate.distance_m for fate in one.fates if fate.distance_m is not None]
    names = ("+".join(kinds) for kinds in shown.split)
    return Group(
        values=one.values,
        children=len(one.fates),
        outcomes=dict(zip(names, shown.counts(one.fates), strict=False)),
        mean_distance_m=sum(metres) // len(metres) if metres and shown.distance else None,
    )
