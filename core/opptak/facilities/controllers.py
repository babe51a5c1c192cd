"""Facilities in the JSON API."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from opptak.authz.actions import Action
from opptak.facilities.policy import houses_of
from opptak.facilities.schemas import FacilityView, ProgramView
from opptak.facilities.service import MOST_SEATS, Facilities
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work

__all__ = ("OwnFacilities", "StaffFacilities")


Seats = Annotated[int, msgspec.Meta(ge=0, le=MOST_SEATS)]


class SeatsSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The places of a unit from a day on."""

    seats: Seats
    valid_from: date
    by_weekday: Annotated[tuple[Seats, ...], msgspec.Meta(min_length=5, max_length=5)] | None = None
    """Monday to Friday, where the days differ; `seats` is then the most there are on a day."""


class Started(msgspec.Struct, frozen=True):
    """Work that will be done elsewhere in a moment."""

    started: bool = True


class OwnFacilities(Controller):
    """The kindergartens one can apply for."""

    path = "/facilities"
    tags = ("parents",)

    @get("/", action=Action.OWN_CHILDREN_READ, operation_id="my_facilities")
    async def list_offerable(self, work: NamedDependency[Work]) -> list[FacilityView]:
        """Return the kindergartens one can apply for, by name."""
        return await Facilities(work).offerable(Module.PORTAL)


class StaffFacilities(Controller):
    """Kindergartens, their units and places."""

    path = "/facilities"
    tags = ("staff",)

    @get("/", action=Action.FACILITY_READ, operation_id="facilities")
    async def list_all(self, work: NamedDependency[Work]) -> list[FacilityView]:
        """Return the kindergartens, those no longer in use included; to leaders their own."""
        return await Facilities(work).own()

    @post(
        "/import",
        action=Action.FACILITY_IMPORT,
        status_code=HTTP_202_ACCEPTED,
        operation_id="import_facilities",
    )
    async def import_all(self, work: NamedDependency[Work]) -> Started:
        """Have the register read again."""
        await Facilities(work).begin_import()
        return Started()

    @get("/units", action=Action.FACILITY_READ, operation_id="units")
    async def units(
        self, work: NamedDependency[Work], on: FromQuery[date | None] = None
    ) -> list[ProgramView]:
        """Return the units one can apply for, with their places on a day: today, unless one is named."""
        return await Facilities(work).programs(on or work.tenant.today(), among=houses_of(work.subject))

    @put(
        "/units/{unit_id:uuid}/capacity",
        action=Action.CAPACITY_WRITE,
        status_code=HTTP_204_NO_CONTENT,
        operation_id="confirm_capacity",
    )
    async def confirm(
        self, work: NamedDependency[Work], unit_id: FromPath[UUID], data: JSONBody[SeatsSent]
    ) -> None:
        """Set the places of a unit from a day on."""
        await Facilities(work).confirm_capacity(
            unit_id, seats=data.seats, by_weekday=data.by_weekday, valid_from=data.valid_from
        )

    @get("/{facility_id:uuid}", action=Action.FACILITY_READ, operation_id="facility")
    async def show(self, work: NamedDependency[Work], facility_id: FromPath[UUID]) -> FacilityView:
        """Return a kindergarten; not found for a leader of others."""
        return await Facilities(work).get_own(facility_id)
