"""Figures of a run: how well wishes were met, and what must be zero."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from opptak.engine.instance import Child, Wish, program_of
from opptak.engine.outcome import Outcome
from opptak.engine.result import OPEN, Metrics, Reason, WishOutcome
from opptak.engine.siblings import siblings_apart

__all__ = ("measure",)

MILLION = 1_000_000


def measure(
    outcome: Outcome,
    assignment: Mapping[str, str | None],
    wishes: Mapping[str, Sequence[WishOutcome]],
) -> Metrics:
    """Count; shares are rounded down, and 0 where there is nothing to share."""
    market = outcome.market
    known = {program.id for program in market.programs}
    fates = [_fate(child, assignment[child.id], known) for child in market.children]
    placed = sum(fate.placed for fate in fates)
    seats = sum(seating.capacity for seating in market.seatings)
    positions = [fate.position for fate in fates if fate.position is not None]
    distances = sorted(fate.distance_m for fate in fates if fate.distance_m is not None)
    claims = sum(1 for _ in outcome.claims())
    return Metrics(
        children=len(fates),
        programs=len(market.programs),
        seats=seats,
        filled_ppm=_share(placed, seats),
        placed=placed,
        unplaced=len(fates) - placed,
        first=positions.count(0),
        first_ppm=_share(positions.count(0), len(fates)),
        top3_ppm=_share(sum(position < 3 for position in positions), len(fates)),
        stated_ppm=_share(len(positions), len(fates)),
        fallback=sum(fate.placed and fate.position is None and not fate.kept for fate in fates),
        kept=sum(fate.kept for fate in fates),
        moved=sum(fate.holder and fate.placed and not fate.kept for fate in fates),
        lost=sum(fate.holder and not fate.placed for fate in fates),
        right_unplaced=sum(fate.right and not fate.placed for fate in fates),
        reserved_used=sum(slot != OPEN for table in outcome.seated for slot in table.slots.values()),
        lottery_decided=sum(any(wish.by is Reason.LOTTERY for wish in own) for own in wishes.values()),
        siblings_apart=len(siblings_apart(market.instance, assignment)),
        pinned=sum(child.pinned is not None for child in market.children),
        under_minimum=sum(
            0 < len(held) < (program.min_group or 0)
            for held, program in zip(outcome.held, market.programs, strict=True)
        ),
        mean_distance_m=sum(distances) // max(1, len(distances)),
        p90_distance_m=distances[(len(distances) * 9 - 1) // 10] if distances else 0,
        blocking=claims,
        # Where seats are whole, to fit beside those with higher priority is to be a blocking pair.
        valid_claims=claims,
    )


class _Fate(NamedTuple):
    placed: bool
    position: int | None
    """Index of the wish that was met; None when the place was no wish."""
    holder: bool
    kept: bool
    right: bool
    distance_m: int | None


def _fate(child: Child, place: str | None, programs: set[str]) -> _Fate:
    met = next(((index, wish) for index, wish in enumerate(child.wishes) if program_of(wish) == place), None)
    wish = met[1] if met else None
    return _Fate(
        placed=place is not None,
        position=met[0] if met else None,
        holder=child.current in programs,
        kept=place is not None and child.current == place,
        right=child.right,
        distance_m=wish.distance_m if isinstance(wish, Wish) else None,
    )


def _share(part: int, whole: int) -> int:
    return part * MILLION // whole if whole else 0
