"""Placements: who has a place where, from when to when."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from uuid import UUID

from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.documents.schemas import Download
from opptak.facilities.policy import houses_of
from opptak.facilities.schemas import ProgramView
from opptak.facilities.service import Facilities
from opptak.facilities.week import Week, attendance, plus
from opptak.hooks.providers import AdministrationSystem, RuleSet
from opptak.kit.paging import Page
from opptak.people.service import People
from opptak.placements.errors import (
    ExportNotFound,
    ExportNotReady,
    PlacementNotFound,
    SystemNotConnected,
)
from opptak.placements.exporting import export_placements, open_file
from opptak.placements.importing import import_current
from opptak.placements.models import ExportRun, Placement
from opptak.placements.neutral import FULL_WEEK
from opptak.placements.repository import PlacementRepository
from opptak.placements.schemas import (
    ExportFormat,
    ExportState,
    ExportView,
    ImportReport,
    PlacementRow,
    PlacementView,
    UnitOccupancy,
)
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import enqueue

__all__ = ("Placements",)

HOURS_A_DAY = 9.0
"""Hours of a day of care where nothing else is agreed."""

DAY = timedelta(days=1)


class Placements:
    """Placements of one tenant."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._placements = PlacementRepository(work.session)

    async def import_current(self) -> ImportReport:
        """Bring in the places children hold already; see `importing`."""
        return await import_current(self._work)

    async def occupied(self, on: date, *, among: Collection[UUID] | None = None) -> dict[UUID, Week]:
        """Return how many children come to each unit by weekday, as it is on a day; empty ones are left out.

        A child that has grown into another age band by then counts in that band's unit of the same facility.
        """
        units = await self.occupancy(on, among=among)
        return {found.program.unit_id: found.by_weekday for found in units if found.taken}

    async def occupancy(self, on: date, *, among: Collection[UUID] | None = None) -> list[UnitOccupancy]:
        """Return the units one can apply for with the children in them on a day, by facility and band.

        Children are counted as in `occupied`; `among` are the facilities wanted, if not all.
        """
        running = await self._placements.on(on, houses=among)
        born = await People(self._work).get({placement.child_id for placement in running})
        programs = await Facilities(self._work).programs(on, among=among)
        rules = self._work.tenant.plugins.require(RuleSet)
        bands = {
            placement.id: rules.age_band(born_on=born[placement.child_id].born_on, starts_on=on)
            for placement in running
        }
        taken = _taken(running, bands, programs)
        return [
            UnitOccupancy(program=program, taken=len(weeks), by_weekday=plus(weeks))
            for program in programs
            for weeks in (taken.get(program.unit_id, ()),)
        ]

    async def overview(self, *, page: int = 1, size: int = 50) -> Page[PlacementRow]:
        """Return a page of the places children have now or will have, of the subject's houses, by house."""
        houses, today = houses_of(self._work.subject), self._work.tenant.today()
        found, total = await self._placements.page(today, houses=houses, number=page, size=size)
        people = await People(self._work).get({placement.child_id for placement in found})
        facilities = Facilities(self._work)
        names = await facilities.views({placement.facility_id for placement in found})
        units = await facilities.unit_names({placement.unit_id for placement in found})
        shown = [placement.id for placement in found]
        record(self._work, Action.PLACEMENT_READ, "placements", None, shown=shown)
        rows = tuple(
            PlacementRow(
                placement=_view(placement),
                child_name=people[placement.child_id].name,
                facility_name=names[placement.facility_id].name,
                unit_name=units[placement.unit_id],
            )
            for placement in found
        )
        return Page(items=rows, total=total, number=page, size=size)

    async def held_by(self, child_ids: Collection[UUID], on: date) -> dict[UUID, PlacementView]:
        """Return the place each child holds on a day; with two of them, the one that began first."""
        held: dict[UUID, PlacementView] = {}
        for placement in await self._placements.on(on, children=child_ids):
            held.setdefault(placement.child_id, _view(placement))
        return held

    async def children_in(self, houses: Collection[UUID]) -> dict[UUID, int]:
        """Return how many children have a place in facilities, or will have; empty ones are left out."""
        return await self._placements.children_in(houses, day=self._work.tenant.today())

    async def of_offers(self, offer_ids: Collection[UUID]) -> dict[UUID, PlacementView]:
        """Return the placements that came from offers, by offer."""
        found = await self._placements.of_offers(offer_ids)
        return {placement.offer_id: _view(placement) for placement in found if placement.offer_id}

    async def from_offer(
        self,
        *,
        offer_id: UUID,
        child_id: UUID,
        unit_id: UUID,
        facility_id: UUID,
        starts_on: date,
        days_per_week: int,
        weekdays: Collection[int] | None = None,
    ) -> UUID:
        """Place a child until it starts school; the same offer again returns the same placement.

        Where the week would be more than full, the places the child has had end the day before.
        """
        await self._placements.lock_child(child_id)
        before = await self._placements.of_offers([offer_id])
        if before:
            return before[0].id
        last_day = await self._last_day(child_id)
        others = await self._placements.overlapping(child_id, first=starts_on, last=last_day)
        if days_per_week + sum(other.days_per_week for other in others) > FULL_WEEK:
            for other in others:
                _end(other, starts_on - DAY)
        placement = Placement(
            offer_id=offer_id,
            child_id=child_id,
            unit_id=unit_id,
            facility_id=facility_id,
            starts_on=starts_on,
            ends_on=last_day,
            days_per_week=days_per_week,
            weekdays=None if weekdays is None else list(weekdays),
            hours_per_week=days_per_week * HOURS_A_DAY,
        )
        await self._placements.add(placement)
        return placement.id

    async def vacate(self, placement_id: UUID, *, last_day: date) -> None:
        """End a placement; before its first day, it never begins. Raises PlacementNotFound."""
        placement = await self._placements.lock(placement_id)
        if placement is None:
            raise PlacementNotFound
        _end(placement, last_day)

    async def export(self, system: str | None = None) -> UUID:
        """Have placements handed over to a system (the tenant's first unless named); raises
        SystemNotConnected.
        """
        systems = [found.name for found in self._work.tenant.plugins.all(AdministrationSystem)]
        name = system or next(iter(systems), "")
        if name not in systems:
            raise SystemNotConnected
        run = ExportRun(system=name, state=ExportState.WAITING, created_at=self._work.now)
        await self._placements.add(run)
        await enqueue(self._work, export_placements, run=run.id)
        record(self._work, Action.PLACEMENT_EXPORT, "export_run", run.id, system=name)
        return run.id

    async def exports(self, *, limit: int = 50) -> list[ExportView]:
        """Return the last hand-overs, newest first."""
        return [_export(run) for run in await self._placements.export_runs(limit=limit)]

    async def last_export(self) -> ExportView | None:
        """Return the newest hand-over."""
        return next(iter(await self.exports(limit=1)), None)

    async def export_file(self, run_id: UUID, format_: ExportFormat) -> Download:
        """Return the neutral file of a hand-over; raises ExportNotFound or ExportNotReady."""
        run = await self._placements.export_run(run_id)
        if run is None:
            raise ExportNotFound
        file = await open_file(self._work, run, format_)
        if file is None:
            raise ExportNotReady
        record(self._work, Action.PLACEMENT_EXPORT, "export_run", run_id, format=format_)
        return file

    async def _last_day(self, child_id: UUID) -> date:
        child = (await People(self._work).get([child_id]))[child_id]
        return self._work.tenant.plugins.require(RuleSet).school_start(child.born_on) - DAY


def _taken(
    running: Collection[Placement], bands: Mapping[UUID, str], programs: Collection[ProgramView]
) -> dict[UUID, list[Week]]:
    """Return the children's weeks by unit; who has outgrown its unit's band is in the house's other one."""
    own_band = {program.unit_id: program.band for program in programs}
    units: dict[tuple[UUID, str], UUID] = {}
    for program in programs:
        units.setdefault((program.facility_id, program.band), program.unit_id)
    taken: dict[UUID, list[Week]] = {}
    for placement in running:
        band = bands[placement.id]
        stays = own_band.get(placement.unit_id) == band
        grown = units.get((placement.facility_id, band), placement.unit_id)
        unit = placement.unit_id if stays else grown
        taken.setdefault(unit, []).append(attendance(placement.weekdays))
    return taken


def _end(placement: Placement, last_day: date) -> None:
    """End a placement on a day; one that has not begun by then ends before it starts, and so never runs."""
    placement.ends_on = max(last_day, placement.starts_on - DAY)


def _view(placement: Placement) -> PlacementView:
    return PlacementView(
        id=placement.id,
        child_id=placement.child_id,
        unit_id=placement.unit_id,
        facility_id=placement.facility_id,
        offer_id=placement.offer_id,
        starts_on=placement.starts_on,
        ends_on=placement.ends_on,
        days_per_week=placement.days_per_week,
        weekdays=None if placement.weekdays is None else tuple(placement.weekdays),
    )


def _export(run: ExportRun) -> ExportView:
    return ExportView(
        id=run.id,
        system=run.system,
        state=ExportState(run.state),
        placements=run.placements,
        refused=run.refused,
        reference=run.reference,
        started_at=run.created_at,
        finished_at=run.finished_at,
    )
