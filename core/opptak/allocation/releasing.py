"""A result as offers and waiting lists. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Protocol
from uuid import UUID

from opptak.admission.schemas import RoundView
from opptak.engine.instance import Instance
from opptak.engine.result import Result
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
        Grant(
            application_id=UUID(child.id),
            child_id=asking[UUID(child.id)].child_id,
            unit_id=UUID(program),
            facility_id=houses[program],
            wish_rank=asking[UUID(child.id)].ranks.get(houses[program]),
            starts_on=asking[UUID(child.id)].start_on or round_.starts_on,
            days_per_week=asking[UUID(child.id)].days_per_week or max(round_.days_choices),
        )
        for child in instance.children
        if (program := result.assignment[child.id]) is not None and not result.keeps_place(child)
    ]


def lines(instance: Instance, result: Result, asking: Mapping[UUID, Asking]) -> Iterator[InLine]:
    """Yield who waits where."""
    houses = {program.id: UUID(program.facility) for program in instance.programs}
    for program, children in result.waiting.items():
        for position, child in enumerate(children, start=1):
            yield InLine(
                application_id=UUID(child),
                child_id=asking[UUID(child)].child_id,
                unit_id=UUID(program),
                facility_id=houses[program],
                position=position,
            )
