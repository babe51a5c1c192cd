"""A result as offers and waiting lists. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Protocol
from uuid import UUID

from opptak.admission.schemas import RoundView
from opptak.engine.instance import Child, Instance, Wish
from opptak.engine.market import BY_DAYS
from opptak.engine.result import Result, Status
from opptak.facilities.week import days_in, every_day
from opptak.offers.schemas import Grant, InLine

__all__ = ("Asking", "grants", "lines")


class Asking(Protocol):
    """What an offer needs to know of an application."""

    @property
    def child_id(self) -> UUID:
        """The child."""
        ...

    @property
    def start_on(self) -> date | None:
        """First day wished for."""
        ...

    @property
    def days_per_week(self) -> int | None:
        """Days wished for."""
        ...

    @property
    def ranks(self) -> Mapping[UUID, int]:
        """Ranks of the wishes by facility."""
        ...


def grants(
    instance: Instance, result: Result, asking: Mapping[UUID, Asking], round_: RoundView
) -> list[Grant]:
    """Return the places given; who keeps the place it has gets no offer."""
    houses = {program.id: UUID(program.facility) for program in instance.programs}
    return [
        _grant(instance, result, child, asking[UUID(child.id)], round_, houses)
        for child in instance.children
        if result.assignment[child.id] is not None and not result.keeps_place(child)
    ]


def _grant(
    instance: Instance,
    result: Result,
    child: Child,
    asking: Asking,
    round_: RoundView,
    houses: Mapping[str, UUID],
) -> Grant:
    unit = str(result.assignment[child.id])
    house = houses[unit]
    weekdays = obtained_days(instance, result, child)
    return Grant(
        application_id=UUID(child.id),
        child_id=asking.child_id,
        unit_id=UUID(unit),
        facility_id=house,
        wish_rank=asking.ranks.get(house),
        starts_on=asking.start_on or round_.starts_on,
        days_per_week=len(weekdays) if weekdays else asking.days_per_week or max(round_.days_choices),
        weekdays=weekdays,
    )


def obtained_days(instance: Instance, result: Result, child: Child) -> tuple[int, ...] | None:
    """Return the weekdays, 0 to 4, of the place a child got; None where places are whole weeks."""
    if instance.rules.algorithm not in BY_DAYS:
        return None
    wishes = zip(child.wishes, result.wishes[child.id], strict=False)
    wish = next((wish for wish, outcome in wishes if outcome.status is Status.OFFERED), None)
    need = wish.need if isinstance(wish, Wish) and wish.need is not None else child.need
    return tuple(days_in(every_day(need) if isinstance(need, int) else need))


def lines(instance: Instance, result: Result, asking: Mapping[UUID, Asking]) -> Iterator[InLine]:
    """Yield who waits where; who is there already and would rather come on other days is not in line."""
    houses = {program.id: UUID(program.facility) for program in instance.programs}
    for program, children in result.waiting.items():
        elsewhere = (child for child in children if result.assignment[child] != program)
        for position, child in enumerate(elsewhere, start=1):
            yield InLine(
                application_id=UUID(child),
                child_id=asking[UUID(child)].child_id,
                unit_id=UUID(program),
                facility_id=houses[program],
                position=position,
            )
