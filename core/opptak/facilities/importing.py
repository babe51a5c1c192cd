"""Importing the register of facilities; the same register again changes nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.facilities.capacity import propose_seats, years_by_band
from opptak.facilities.models import Facility, Unit
from opptak.facilities.repository import FacilityRepository
from opptak.facilities.schemas import CapacityState, ImportReport, PointSource
from opptak.hooks.errors import Outcome
from opptak.hooks.providers import AddressService, FacilityRegister, RuleSet
from opptak.hooks.types import FacilityKind, FacilityRecord, PostalAddress
from opptak.tenancy.context import TenantContext, Work
from opptak.tenancy.jobs import Priority, actor

__all__ = ("bring_up_to_date", "import_register")


class Place(NamedTuple):
    """A facility's point and where it comes from."""

    latitude: float | None = None
    longitude: float | None = None
    source: str = ""


@actor("facility.import", priority=Priority.BULK)
async def import_register(work: Work) -> None:
    """Bring facilities up to date with their register."""
    await bring_up_to_date(work)


async def bring_up_to_date(work: Work) -> ImportReport:
    """Store owners and facilities, close those gone, find missing points, propose units and places."""
    entries = await work.tenant.plugins.require(FacilityRegister).facilities(work.tenant.area)
    facilities = FacilityRepository(work.session)
    owners = await facilities.save_owners(
        [
            {"register_id": entry.owner_id, "name": entry.owner_name, "public": entry.public}
            for entry in entries
            if entry.owner_id
        ]
    )
    known = {facility.register_id: facility for facility, _ in await facilities.facilities()}
    places = {
        entry.register_id: await _place(work.tenant, entry, known.get(entry.register_id)) for entry in entries
    }
    saved = await facilities.save_facilities(
        [_row(entry, owners.get(entry.owner_id), places[entry.register_id]) for entry in entries]
    )
    await facilities.close_others(saved.values())
    units = await _propose(work, facilities, [entry for entry in entries if entry.active], saved)
    active = sum(one.active for one in entries)
    record(work, Action.FACILITY_IMPORT, "register", None, facilities=active)
    return ImportReport(
        facilities=active,
        closed=len({*known, *saved}) - active,
        unlocated=sum(one.active and places[one.register_id].latitude is None for one in entries),
        units=units,
    )


async def _place(tenant: TenantContext, entry: FacilityRecord, known: Facility | None) -> Place:
    """Return the best point: set by hand, the register's, the one found before, or the address's."""
    stored = Place() if known is None else Place(known.latitude, known.longitude, known.point_source)
    if stored.source == PointSource.MANUAL:
        return stored
    if entry.latitude is not None and entry.longitude is not None:
        return Place(entry.latitude, entry.longitude, PointSource.REGISTER)
    if stored.source == PointSource.GEOCODED:
        return stored
    return await _geocoded(tenant, entry.address) if entry.active and entry.address else Place()


async def _geocoded(tenant: TenantContext, address: PostalAddress) -> Place:
    service = tenant.plugins.first(AddressService)
    if service is None:
        return Place()
    try:
        hit = await service.geocode(
            address.lines,
            postcode=address.postcode,
            municipality=address.municipality or tenant.area.municipalities[0],
        )
    except Outcome:
        # The houses matter more than their points, which the next import looks for again.
        hit = None
    return Place() if hit is None else Place(hit.latitude, hit.longitude, PointSource.GEOCODED)


def _row(entry: FacilityRecord, owner_id: UUID | None, place: Place) -> dict[str, Any]:
    address = entry.address or PostalAddress()
    return {
        "register_id": entry.register_id,
        "name": entry.name,
        "kind": entry.kind,
        "active": entry.active,
        "public": entry.public,
        "owner_id": owner_id,
        "address_lines": list(address.lines),
        "postcode": address.postcode,
        "place": address.place,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "point_source": place.source,
        "age_from": entry.age_from,
        "age_to": entry.age_to,
        "children": entry.children,
        "area_m2": entry.area_m2,
        "opens_at": entry.opens_at,
        "closes_at": entry.closes_at,
        "meals_minor": entry.meals_minor,
        "profiles": list(entry.profiles),
    }


async def _propose(
    work: Work,
    facilities: FacilityRepository,
    entries: Sequence[FacilityRecord],
    ids: dict[str, UUID],
) -> int:
    """Propose a unit an age band where a facility has none, and places where nobody has confirmed any."""
    houses = {ids[entry.register_id]: entry for entry in entries if entry.kind is not FacilityKind.OPEN}
    rules = work.tenant.plugins.require(RuleSet)
    starts_on = _next_start(work.tenant)
    bands = {
        facility: years_by_band(rules, age_from=entry.age_from, age_to=entry.age_to, starts_on=starts_on)
        for facility, entry in houses.items()
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
            area_m2=entry.area_m2,
            children=entry.children,
        )
        for facility, entry in houses.items()
    }
    known = {facility: entry.seats for facility, entry in houses.items()}
    await facilities.save_capacity(
        await _capacity(facilities, await facilities.units(houses), seats, known, work.tenant.today())
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


async def _capacity(
    facilities: FacilityRepository,
    units: Sequence[Unit],
    proposed: Mapping[UUID, Mapping[str, int]],
    known: Mapping[UUID, Mapping[str, int]],
    today: date,
) -> list[dict[str, Any]]:
    """Return the places of the units for which no member of staff has confirmed any.

    What the register knows is confirmed by it, the rest is proposed; the places of a band go evenly to its
    units.
    """
    stored = await facilities.capacity([unit.id for unit in units])
    settled = {one.unit_id for one in stored if one.confirmed_by is not None}
    since = {one.unit_id: one.valid_from for one in stored}
    groups: dict[tuple[UUID, str], list[UUID]] = defaultdict(list)
    for unit in sorted(units, key=lambda found: found.name):
        groups[unit.facility_id, unit.band].append(unit.id)
    return [
        {
            "unit_id": unit_id,
            "valid_from": since.get(unit_id, today),
            "seats": ({**proposed[facility], **known[facility]}.get(band, 0) + place) // len(group),
            "state": CapacityState.CONFIRMED if band in known[facility] else CapacityState.PROPOSED,
            "confirmed_by": None,
        }
        for (facility, band), group in groups.items()
        for place, unit_id in enumerate(group)
        if unit_id not in settled
    ]
