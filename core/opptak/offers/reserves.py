"""Reserved seats: which units of a house keep how many, and who a vacated one goes to. Pure."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import msgspec

from opptak.facilities.schemas import ProgramView
from opptak.facilities.week import Week, fits, less
from opptak.tenancy.config import Reserve

__all__ = ("UnitReserve", "give_out", "next_in_line", "seat_kept_for", "spread")


class UnitReserve(msgspec.Struct, frozen=True, kw_only=True):
    """Seats of a unit that children with a tag get first; `open` ones fall to everybody when none asks."""

    tag: str
    seats: int
    open: bool


def spread(
    reserves: Sequence[Reserve], programs: Collection[ProgramView]
) -> dict[UUID, tuple[UnitReserve, ...]]:
    """Return the reserved seats by unit.

    The seats of a house are shared evenly over its units that work in the tag's language (`language:<code>`),
    or over all where none does, and no unit keeps more than it has.
    """
    kept: dict[UUID, list[UnitReserve]] = {}
    for reserve in reserves:
        house = [one for one in programs if one.facility_register_id == reserve.facility]
        speaking = [one for one in house if one.language and reserve.tag == f"language:{one.language}"]
        for unit, seats in _shares(reserve.seats, speaking or house).items():
            part = UnitReserve(tag=reserve.tag, seats=seats, open=reserve.open)
            kept.setdefault(unit, []).append(part)
    return {unit: tuple(parts) for unit, parts in kept.items()}


def seat_kept_for(
    reserves: Sequence[UnitReserve], seated: Sequence[Collection[str]], *, free: int
) -> UnitReserve | None:
    """Return the reserve a free seat of a unit belongs to; `seated` are the tags of each child there."""
    for reserve in reserves:
        unfilled = reserve.seats - sum(reserve.tag in tags for tags in seated)
        if unfilled > 0 and (reserve.open or unfilled >= free):
            return reserve
    return None


def next_in_line(
    line: Sequence[UUID], reserve: UnitReserve | None, *, tags: Mapping[UUID, Collection[str]]
) -> UUID | None:
    """Return who a free seat goes to: first of those it is kept for, else the first of all if it is open."""
    if reserve is None:
        return line[0] if line else None
    entitled = [application for application in line if reserve.tag in tags[application]]
    if entitled or not reserve.open:
        return entitled[0] if entitled else None
    return line[0] if line else None


def give_out(
    line: Sequence[UUID],
    *,
    free: Week,
    needs: Mapping[UUID, Sequence[Week]],
    reserves: Sequence[UnitReserve],
    seated: Sequence[UUID],
    tags: Mapping[UUID, Collection[str]],
) -> dict[UUID, Week]:
    """Return who of those in line gets the free places of a unit, and on which days.

    `needs` are the weeks each would take, the best first; who fits on none of them is passed over. `seated`
    have a place there already.
    """
    waiting, inside, room = list(line), [tags[one] for one in seated], free
    given: dict[UUID, Week] = {}
    while waiting:
        fitting = {one: week for one in waiting if (week := _fitting(room, needs[one])) is not None}
        left = min((places for places in room if places > 0), default=0)
        following = next_in_line(list(fitting), seat_kept_for(reserves, inside, free=left), tags=tags)
        if following is None:
            break
        waiting.remove(following)
        inside.append(tags[following])
        given[following] = fitting[following]
        room = less(room, given[following])
    return given


def _fitting(room: Week, needs: Sequence[Week]) -> Week | None:
    return next((week for week in needs if fits(room, week)), None)


def _shares(seats: int, units: Sequence[ProgramView]) -> dict[UUID, int]:
    """Give out seats one at a time, in turn, to units that have room."""
    shares = {unit.unit_id: 0 for unit in units}
    room = {unit.unit_id: unit.seats for unit in units}
    for _ in range(min(seats, sum(room.values()))):
        unit = min((one for one in shares if shares[one] < room[one]), key=lambda one: (shares[one], one))
        shares[unit] += 1
    return {unit: share for unit, share in shares.items() if share}
