"""Importing the register of facilities; the same register again changes nothing."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from opptak.facilities.capacity import propose_seats, years_by_band
from opptak.facilities.models import Facility, Unit
from opptak.facilities.repository import FacilityRepository
from opptak.facilities.schemas import CapacityState, ImportReport, PointSource
from opptak.hooks.providers import AddressService, FacilityRegister, RuleSet
from opptak.hooks.types import FacilityKind, FacilityRecord, PostalAddress
from opptak.tenancy.context import TenantContext, Work

__all__ = ("import_register",)


class Place(NamedTuple):
    """A facility's point and where it comes from."""

    latitude: float | None = None
    longitude: float | None = None
    source: str = ""


async def import_register(work: Work) -> ImportReport:
    """Store owners and facilities, close those gone, find missing points, propose units and places."""
    records = await work.tenant.plugins.require(FacilityRegister).facilities(work.tenant.area)
    facilities = FacilityRepository(work.session)
    owners = await facilities.save_owners(
        [
            {"register_id": record.owner_id, "name": record.owner_name, "public": record.public}
            for record in records
            if record.owner_id
        ]
    )
    known = {facility.register_id: facility for facility, _ in await facilities.facilities()}
    places = {
        record.register_id: await _place(work.tenant, record, known.get(record.register_id))
        for record in records
    }
    saved = await facilities.save_facilities(
        [_row(record, owners.get(record.owner_id), places[record.register_id]) for record in records]
    )
    await facilities.close_others(saved.values())
    units = await _propose(work, facilities, [record for record in records if record.active], saved)
    return ImportReport(
        facilities=sum(record.active for record in records),
        closed=len({*known, *saved}) - sum(record.active for record in records),
        unlocated=sum(record.active and places[record.register_id].latitude is None for record in records),
        units=units,
    )


async def _place(tenant: TenantContext, record: FacilityRecord, known: Facility | None) -> Place:
    """Return the best point: set by hand, the register's, the one found before, or the address's."""
    stored = Place() if known is None else Place(known.latitude, known.longitude, known.point_source)
    if stored.source == PointSource.MANUAL:
        return stored
    if record.latitude is not None and record.longitude is not None:
        return Place(record.latitude, record.longitude, PointSource.REGISTER)
    if stored.source == PointSource.GEOCODED:
        return stored
    return await _geocoded(tenant, record.address) if record.active and record.address else Place()


async def _geocoded(tenant: TenantContext, address: PostalAddress) -> Place:
    service = tenant.plugins.first(AddressService)
    if service is None:
        return Place()
    hit = await service.geocode(
        address.lines,
        postcode=address.postcode,
        municipality=address.municipality or tenant.area.municipalities[0],
    )
    return Place() if hit is None else Place(hit.latitude, hit.longitude, PointSource.GEOCODED)


def _row(record: FacilityRecord, owner_id: UUID | None, place: Place) -> dict[str, Any]:
    address = record.address or PostalAddress()
    return {
        "register_id": record.register_id,
        "name": record.name,
        "kind": record.kind,
        "active": record.active,
        "public": record.public,
        "owner_id": owner_id,
        "address_lines": list(address.lines),
        "postcode": address.postcode,
        "place": address.place,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "point_source": place.source,
        "age_from": record.age_from,
        "age_to": record.age_to,
        "children": record.children,
        "area_m2": record.area_m2,
        "opens_at": record.opens_at,
        "closes_at": record.closes_at,
        "meals_minor": record.meals_minor,
        "profiles": list(record.profiles),
    }


async def _propose(
    work: Work,
    facilities: FacilityRepository,
    records: Sequence[FacilityRecord],
    ids: dict[str, UUID],
) -> int:
    """Propose a unit an age band where a facility has none, and places where nobody has confirmed any."""
    houses = {ids[record.register_id]: record for record in records if record.kind is not FacilityKind.OPEN}
    rules = work.tenant.plugins.require(RuleSet)
    starts_on = _next_start(work.tenant)
    bands = {
        facility: years_by_band(rules, age_from=record.age_from, age_to=record.age_to, starts_on=starts_on)
        for facility, record in houses.items()
    }
    having = {unit.facility_id for unit in await facilities.units(houses)}
    new = await facilities.save_units(
        [
            _unit(work.tenant, facility, band, houses[facility].language)
            for facility, years in bands.items()
            if facility not in having
            for band in sorted(set(years.values()))
        ]
    )
    seats = {
        facility: propose_seats(
            bands[facility],
            norms=rules.area_norms(),
            area_m2=record.area_m2,
            children=record.children,
        )
        for facility, record in houses.items()
    }
    await facilities.save_capacity(
        await _unconfirmed(facilities, await facilities.units(houses), seats, work.tenant.today())
    )
    return len(new)


def _next_start(tenant: TenantContext) -> date:
    starts = [round_.starts_on for round_ in tenant.document.rounds]
    return max(starts, default=tenant.today())


def _unit(tenant: TenantContext, facility_id: UUID, band: str, language: str) -> dict[str, Any]:
    text = tenant.translator(tenant.default_language)
    return {
        "facility_id": facility_id,
        "name": text(f"facility.unit.{band}"),
        "band": band,
        "language": language,
    }


async def _unconfirmed(
    facilities: FacilityRepository,
    units: Sequence[Unit],
    seats: dict[UUID, dict[str, int]],
    today: date,
) -> list[dict[str, Any]]:
    """Return proposals for the units without a confirmed capacity; the places of a band go evenly to its
    units.
    """
    settled: set[UUID] = set()
    proposed: dict[UUID, date] = {}
    for unit_id, valid_from, state in await facilities.capacity_states([unit.id for unit in units]):
        proposed[unit_id] = valid_from
        if state == CapacityState.CONFIRMED:
            settled.add(unit_id)
    groups: dict[tuple[UUID, str], list[UUID]] = defaultdict(list)
    for unit in sorted(units, key=lambda found: found.name):
        groups[unit.facility_id, unit.band].append(unit.id)
    return [
        {
            "unit_id": unit_id,
            "valid_from": proposed.get(unit_id, today),
            "seats": (seats[facility].get(band, 0) + place) // len(group),
            "state": CapacityState.PROPOSED,
            "confirmed_by": None,
        }
        for (facility, band), group in groups.items()
        for place, unit_id in enumerate(group)
        if unit_id not in settled
    ]
