"""Who gets what, by district, language, income band and age band, with no group small enough to know by.

In a table that is published every count is 0 or at least CLASS: groups that would show a smaller one are
put together until none does. So nothing is left out that could be computed from the totals.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from opptak.engine.instance import Child, Instance, Wish
from opptak.engine.result import Result, Status

__all__ = ("CLASS", "Equity", "Group", "equity")

CLASS = 5
"""Children a published count is made of at least."""

DIMENSIONS: Mapping[str, Callable[[Child], str | int | None]] = {
    "band": lambda child: child.band,
    "district": lambda child: child.district,
    "income_band": lambda child: child.income_band,
    "language": lambda child: child.language,
}


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Children of one value, or of several put together; null stands for children of whom it isn't known.

    Each child is in one of `first` (its first wish), `stated` (a later one), `other` (a place it did not wish
    for) and `unplaced`. The mean is over children whose wish has a distance; None where none has.
    """

    values: tuple[str | int | None, ...]
    children: int
    first: int
    stated: int
    other: int
    unplaced: int
    mean_distance_m: int | None


class Equity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `simulate --equity` writes; a table is empty where even all children together are too few."""

    format: Literal["opptak-allocation-equity/1"] = "opptak-allocation-equity/1"
    output_hash: str
    tables: dict[str, tuple[Group, ...]]


@dataclass(frozen=True)
class _Fate:
    """What became of a child; `at` is the place of its kind in a group's counts."""

    at: int
    distance_m: int | None


@dataclass
class _Class:
    """Children taken together."""

    values: tuple[str | int | None, ...]
    fates: list[_Fate]

    @property
    def counts(self) -> list[int]:
        """First, stated, other, unplaced; and of how many there is a distance, and of how many none."""
        measured = sum(fate.distance_m is not None for fate in self.fates)
        kinds = [sum(fate.at == kind for fate in self.fates) for kind in range(4)]
        return [*kinds, measured, len(self.fates) - measured]

    @property
    def small(self) -> bool:
        """Whether a count here is of too few children."""
        return any(0 < count < CLASS for count in self.counts)

    @property
    def order(self) -> tuple[int, str]:
        """The fewest children first."""
        return len(self.fates), repr(self.values)


def equity(instance: Instance, result: Result) -> Equity:
    """Tabulate a result of the instance."""
    fates = {child.id: _fate(child, result) for child in instance.children}
    return Equity(
        output_hash=result.record.output_hash,
        tables={
            name: tuple(map(_group, _safe(_classes(instance.children, fates, value))))
            for name, value in DIMENSIONS.items()
        },
    )


def _fate(child: Child, result: Result) -> _Fate:
    rows = enumerate(zip(child.wishes, result.wishes[child.id], strict=False))
    met = next(((index, wish) for index, (wish, row) in rows if row.status is Status.OFFERED), None)
    if met is None:
        return _Fate(3 if result.assignment[child.id] is None else 2, None)
    index, wish = met
    return _Fate(min(index, 1), wish.distance_m if isinstance(wish, Wish) else None)


def _classes(
    children: Iterable[Child], fates: Mapping[str, _Fate], value: Callable[[Child], str | int | None]
) -> list[_Class]:
    found: defaultdict[str | int | None, list[_Fate]] = defaultdict(list)
    for child in children:
        found[value(child)].append(fates[child.id])
    return [_Class((name,), own) for name, own in found.items()]


def _safe(classes: list[_Class]) -> list[_Class]:
    """Put the smallest that shows too much together with the smallest other, until none does."""
    left = sorted(classes, key=lambda one: one.order)
    while any(one.small for one in left):
        small = next(one for one in left if one.small)
        others = [one for one in left if one is not small]
        if not others:
            return []
        other = next((one for one in others if one.small), others[0])
        joined = _Class(tuple(sorted(small.values + other.values, key=repr)), small.fates + other.fates)
        left = sorted([joined, *(one for one in others if one is not other)], key=lambda one: one.order)
    return left


def _group(one: _Class) -> Group:
    first, stated, other, unplaced, measured, _ = one.counts
    metres = sum(fate.distance_m or 0 for fate in one.fates)
    return Group(
        values=one.values,
        children=len(one.fates),
        first=first,
        stated=stated,
        other=other,
        unplaced=unplaced,
        mean_distance_m=metres // measured if measured else None,
    )
