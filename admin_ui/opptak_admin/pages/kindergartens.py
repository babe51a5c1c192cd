"""Kindergartens: places and how many are free, the register's facts, and who wishes for a house."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.admission.service import Applications, Rounds
from opptak.audit.service import AuditLog
from opptak.authz.actions import Action
from opptak.authz.check import allowed
from opptak.facilities.errors import UnitNotFound
from opptak.facilities.policy import houses_of, may_set_capacity
from opptak.facilities.schemas import FacilityView
from opptak.facilities.service import Facilities
from opptak.facilities.tasks import import_register
from opptak.kit.errors import Invalid
from opptak.kit.i18n import Translator
from opptak.kit.paging import Page
from opptak.placements.schemas import UnitOccupancy
from opptak.placements.service import Placements
from opptak.tenancy.context import TenantContext, Work
from opptak.tenancy.jobs import underway
from opptak.ui.dates import write_date
from opptak.webkit import Flash, FlashColor, FormRefused, Given, Html, Screen, WebRequest
from opptak_admin.asking import Listing, asked

__all__ = ("KindergartenPages", "season")

_CAPACITY, _CAPACITY_TITLE = "staff/capacity.html", "staff.capacity.title"


class UnitLine(msgspec.Struct, frozen=True, kw_only=True):
    """A unit in a table."""

    unit_id: UUID
    unit_name: str
    facility_id: UUID
    facility_name: str
    confirmed: bool
    seats: int
    taken: int
    free: int


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """The form that sets the places of a unit."""

    seats: Annotated[int, msgspec.Meta(ge=0, le=500)]
    valid_from: date


class KindergartenPages(Controller):
    """Kindergartens and their units."""

    path = "/kindergartens"

    @get("/", action=Action.FACILITY_READ)
    async def overview(self, work: Given[Work], screen: Given[Screen]) -> Html:
        """Show the places of every unit when the next round's children start."""
        on = season(work.tenant)
        units = [_line(one) for one in await _occupancy(work, on)]
        others = [facility for facility in await Facilities(work).own() if not facility.offerable]
        may_import = allowed(work.subject, Action.FACILITY_IMPORT)
        return screen.render(
            "staff/kindergartens.html",
            title="staff.kindergartens.title",
            on=on,
            units=units,
            others=others,
            figures=_figures(units, screen.text),
            may_import=may_import,
            importing=await underway(work, import_register) if may_import else False,
            imported_at=await AuditLog(work).last(Action.FACILITY_IMPORT) if may_import else None,
            zone=work.tenant.document.time_zone,
        )

    @post("/import", action=Action.FACILITY_IMPORT)
    async def import_all(self, work: Given[Work], screen: Given[Screen]) -> Redirect:
        """Have the register read again; that happens elsewhere, in a moment."""
        await Facilities(work).begin_import()
        flash = Flash("staff.kindergartens.import_begun", FlashColor.INFO)
        return screen.redirect("/staff/kindergartens", flash=flash)

    @get("/{facility_id:uuid}", action=Action.FACILITY_READ)
    async def show(self, work: Given[Work], screen: Given[Screen], facility_id: FromPath[UUID]) -> Html:
        """Show what the register says of a house, and its units."""
        facility, on = await Facilities(work).get_own(facility_id), season(work.tenant)
        units = [_line(one) for one in await _occupancy(work, on, facility_id)]
        return screen.render(
            "staff/kindergarten.html",
            title="staff.facility.title",
            title_params={"name": facility.name},
            facility=facility,
            on=on,
            units=units,
            point=_point(facility, screen.text),
            may_write=_may_write(work, facility_id),
            tabs=_tabs(facility_id, "", work, screen.text),
        )

    @get("/{facility_id:uuid}/applicants", action=Action.APPLICATION_READ)
    async def applicants(
        self, request: WebRequest, work: Given[Work], screen: Given[Screen], facility_id: FromPath[UUID]
    ) -> Html:
        """Show who has applied and wishes for a house, first wishes first."""
        facility = await Facilities(work).get_own(facility_id)
        round_ = await Rounds(work).current()
        number = asked(request, Listing).wanted.page
        found = (
            await Applications(work).applicants_at(facility_id, round_.id, page=number)
            if round_
            else Page(items=(), total=0, number=1, size=1)
        )
        return screen.render(
            "staff/applicants.html",
            title="staff.facility.title",
            title_params={"name": facility.name},
            facility=facility,
            found=found,
            tabs=_tabs(facility_id, "applicants", work, screen.text),
        )

    @get("/{facility_id:uuid}/units/{unit_id:uuid}", action=Action.CAPACITY_WRITE)
    async def capacity(
        self,
        work: Given[Work],
        screen: Given[Screen],
        facility_id: FromPath[UUID],
        unit_id: FromPath[UUID],
    ) -> Html:
        """Show the form for the places of a unit."""
        facility, unit = await _unit(work, facility_id, unit_id)
        filled = {"seats": str(unit.seats), **write_date("valid_from", season(work.tenant))}
        values = screen.stash.values if screen.stash else filled
        return screen.render(_CAPACITY, title=_CAPACITY_TITLE, facility=facility, unit=unit, values=values)

    @post("/{facility_id:uuid}/units/{unit_id:uuid}", action=Action.CAPACITY_WRITE)
    async def confirm(
        self,
        work: Given[Work],
        screen: Given[Screen],
        facility_id: FromPath[UUID],
        unit_id: FromPath[UUID],
    ) -> Redirect:
        """Confirm or change the places of a unit from a day on."""
        facility, unit = await _unit(work, facility_id, unit_id)
        try:
            places = screen.form.read(Places)
        except Invalid as refused:
            raise FormRefused(
                _CAPACITY, refused.fields, title=_CAPACITY_TITLE, facility=facility, unit=unit
            ) from refused
        await Facilities(work).confirm_capacity(unit_id, seats=places.seats, valid_from=places.valid_from)
        return screen.redirect(f"/staff/kindergartens/{facility_id}", flash=Flash("staff.capacity.done"))


def season(tenant: TenantContext) -> date:
    """Return the day places are shown for: when the next children start, by the tenant's rounds."""
    starts = sorted(round_.starts_on for round_ in tenant.document.rounds)
    today = tenant.today()
    return next((day for day in starts if day >= today), today)


async def _occupancy(work: Work, on: date, facility_id: UUID | None = None) -> list[UnitOccupancy]:
    """Return the units the subject may see."""
    houses = houses_of(work.subject) if facility_id is None else {facility_id}
    found = await Placements(work).occupancy(on)
    return [one for one in found if houses is None or one.program.facility_id in houses]


async def _unit(work: Work, facility_id: UUID, unit_id: UUID) -> tuple[FacilityView, UnitLine]:
    facility = await Facilities(work).get_own(facility_id)
    for one in await _occupancy(work, season(work.tenant), facility_id):
        if one.program.unit_id == unit_id:
            return facility, _line(one)
    raise UnitNotFound


def _line(one: UnitOccupancy) -> UnitLine:
    program = one.program
    return UnitLine(
        unit_id=program.unit_id,
        unit_name=program.unit_name,
        facility_id=program.facility_id,
        facility_name=program.facility_name,
        confirmed=program.confirmed,
        seats=program.seats,
        taken=one.taken,
        free=one.free,
    )


def _figures(units: Sequence[UnitLine], text: Translator) -> list[dict[str, object]]:
    proposed = sum(not unit.confirmed for unit in units)
    return [
        {"label": text("staff.field.seats"), "value": sum(unit.seats for unit in units)},
        {"label": text("staff.field.taken"), "value": sum(unit.taken for unit in units)},
        {"label": text("staff.field.free"), "value": sum(max(unit.free, 0) for unit in units)},
        {
            "label": text("staff.kindergartens.unconfirmed"),
            "value": proposed,
            "color": "warning" if proposed else "",
        },
    ]


def _point(facility: FacilityView, text: Translator) -> str:
    source = text(f"staff.point.{facility.point_source or 'none'}")
    if facility.point is None:
        return source
    north, east = facility.point
    return f"{north:.4f}, {east:.4f} ({source})"


def _may_write(work: Work, facility_id: UUID) -> bool:
    subject = work.subject
    return allowed(subject, Action.CAPACITY_WRITE) and may_set_capacity(subject, facility_id)


def _tabs(facility_id: UUID, current: str, work: Work, text: Translator) -> list[dict[str, object]]:
    address = f"/staff/kindergartens/{facility_id}"
    pages = [("", Action.FACILITY_READ), ("applicants", Action.APPLICATION_READ)]
    return [
        {
            "label": text(f"staff.facility.tab.{name or 'facts'}"),
            "href": f"{address}/{name}" if name else address,
            "current": name == current,
        }
        for name, action in pages
        if allowed(work.subject, action)
    ]
