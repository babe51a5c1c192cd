"""Cold start: the places children hold already, from the system the municipality ran them with so far."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from opptak.facilities.service import Facilities
from opptak.hooks.errors import Unsupported
from opptak.hooks.providers import AdministrationSystem, RuleSet
from opptak.hooks.types import PlacementRecord
from opptak.people.schemas import PersonView
from opptak.people.service import People
from opptak.placements.repository import PlacementRepository
from opptak.placements.schemas import ImportReport
from opptak.tenancy.context import TenantContext, Work

__all__ = ("import_current",)

DAY = timedelta(days=1)


class Units:
    """Where a child goes: the unit of its facility that takes its age band, else the facility's first."""

    def __init__(self, by_facility: Mapping[str, Mapping[str, tuple[UUID, UUID]]]) -> None:
        self._by_facility = by_facility

    @classmethod
    async def load(cls, work: Work) -> "Units":
        """Read the units one can be placed in."""
        by_facility: dict[str, dict[str, tuple[UUID, UUID]]] = {}
        for program in await Facilities(work).programs(work.tenant.today()):
            bands = by_facility.setdefault(program.facility_register_id, {})
            bands.setdefault(program.band, (program.facility_id, program.unit_id))
        return cls(by_facility)

    def find(self, register_id: str, band: str) -> tuple[UUID, UUID] | None:
        """Return facility and unit, None for a facility without units."""
        bands = self._by_facility.get(register_id, {})
        return bands.get(band) or next(iter(bands.values()), None)


async def import_current(work: Work) -> ImportReport:
    """Store the places children hold; the same places again change nothing.

    Places gone since the last import end yesterday, unless the system gives none at all. Places that came
    from here are left alone. Raises Unsupported when no enabled system gives placements.
    """
    records = await _current(work.tenant)
    repository = PlacementRepository(work.session)
    ours = await _ours(repository, records)
    foreign = [record for record in records if record.placement_id not in ours]
    people = People(work)
    ids = await people.fetch([record.child_number for record in foreign])
    children = await people.get(ids.values())
    units = await Units.load(work)
    known = [record for record in foreign if record.child_number in ids]
    rows = [
        row
        for record in known
        if (row := _row(work.tenant, record, children[ids[record.child_number]], units))
    ]
    await repository.save_imported(rows)
    ended = 0
    if records:
        staying = [record.placement_id for record in records]
        ended = await repository.end_others(staying, last_day=work.tenant.today() - DAY)
    return ImportReport(
        imported=len(rows),
        ours=len(ours),
        unknown_children=len(foreign) - len(known),
        unknown_facilities=len(known) - len(rows),
        ended=ended,
    )


async def _current(tenant: TenantContext) -> list[PlacementRecord]:
    for system in tenant.plugins.all(AdministrationSystem):
        try:
            return await system.current_placements(tenant.area)
        except Unsupported:
            continue
    raise Unsupported("current_placements", hint="plugin.missing.administrationsystem")


async def _ours(repository: PlacementRepository, records: Sequence[PlacementRecord]) -> set[str]:
    ids = [found for record in records if (found := _uuid(record.placement_id))]
    return {str(found) for found in await repository.ours(ids)} if ids else set()


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _row(
    tenant: TenantContext, record: PlacementRecord, child: PersonView, units: Units
) -> dict[str, Any] | None:
    rules = tenant.plugins.require(RuleSet)
    band = rules.age_band(born_on=child.born_on, starts_on=tenant.today())
    found = units.find(record.facility_id, band)
    if found is None:
        return None
    facility_id, unit_id = found
    return {
        "external_id": record.placement_id,
        "child_id": child.id,
        "facility_id": facility_id,
        "unit_id": unit_id,
        "starts_on": record.starts_on,
        "ends_on": record.ends_on or rules.school_start(child.born_on) - DAY,
        "days_per_week": record.days_per_week,
        "hours_per_week": record.hours_per_week,
    }
