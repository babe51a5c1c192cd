"""Figures of a run: how well wishes were met, and what must be zero."""

from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from opptak.engine.instance import Child, Wish
from opptak.engine.market import UNPLACED
from opptak.engine.outcome import Outcome
from opptak.engine.result import OPEN, Metrics, Reason, Status, WishOutcome
from opptak.engine.siblings import siblings_apart
from opptak.engine.week import DAYS, unpack

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
    fates = [_fate(child, assignment[child.id], wishes[child.id], known) for child in market.children]
    placed = sum(fate.placed for fate in fates)
    seats, used = _units(outcome)
    positions = [fate.position for fate in fates if fate.position is not None]
    distances = sorted(fate.distance_m for fate in fates if fate.distance_m is not None)
    claims = list(outcome.claims())
    return Metrics(
        children=len(fates),
        programs=len(market.programs),
        seats=sum(seats),
        filled_ppm=_share(sum(used), sum(seats)),
        filled_by_day_ppm=tuple(map(_share, used, seats)) if market.by_days else (),
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
        lottery_decided=_refused_by(Reason.LOTTERY, wishes),
        size_envy=_refused_by(Reason.SIZE, wishes),
        siblings_apart=len(siblings_apart(market.instance, assignment)),
        pinned=sum(child.pinned is not None for child in market.children),
        under_minimum=sum(
            0 < len(held) < (program.min_group or 0)
            for held, program in zip(outcome.held, market.programs, strict=True)
        ),
        mean_distance_m=sum(distances) // max(1, len(distances)),
        p90_distance_m=distances[(len(distances) * 9 - 1) // 10] if distances else 0,
        # Where seats are whole, to fit beside those with higher priority is to be a blocking pair.
        blocking=sum(claim.program not in outcome.strict for claim in claims)
        + sum(1 for _ in outcome.passed()),
        valid_claims=len(claims),
    )


class _Fate(NamedTuple):
    placed: bool
    position: int | None
    """Index of the wish that was met; None when the place was no wish."""
    holder: bool
    kept: bool
    right: bool
    distance_m: int | None


def _fate(child: Child, place: str | None, rows: Sequence[WishOutcome], programs: Container[str]) -> _Fate:
    stated = zip(child.wishes, rows, strict=False)
    met = next(
        ((index, wish) for index, (wish, row) in enumerate(stated) if row.status is Status.OFFERED), None
    )
    wish = met[1] if met else None
    return _Fate(
        placed=place is not None,
        position=met[0] if met else None,
        holder=child.current in programs,
        kept=place is not None and child.current == place,
        right=child.right,
        distance_m=wish.distance_m if isinstance(wish, Wish) else None,
    )


def _units(outcome: Outcome) -> tuple[list[int], list[int]]:
    """Return what there is and what is used: place-units of each weekday, or seats."""
    market = outcome.market
    weeks = [seating.week for seating in market.seatings]
    taken = [unpack(market.needs[child][at]) for child, at in enumerate(outcome.got) if at != UNPLACED]
    days = DAYS if market.by_days else 1
    seats, used = ([sum(week[day] for week in rows) for day in range(days)] for rows in (weeks, taken))
    return seats, used


def _refused_by(reason: Reason, wishes: Mapping[str, Sequence[WishOutcome]]) -> int:
    return sum(any(wish.by is reason for wish in own) for own in wishes.values())


def _share(part: int, whole: int) -> int:
    return part * MILLION // whole if whole else 0
