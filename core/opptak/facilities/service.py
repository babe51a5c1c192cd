"""Facilities: who has places, where, and how many."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.facilities.errors import FacilityNotFound, UnitNotFound
from opptak.facilities.importing import import_register
from opptak.facilities.models import Capacity, Facility, Unit
from opptak.facilities.policy import may_set_capacity
from opptak.facilities.repository import FacilityRepository
from opptak.facilities.schemas import CapacityState, FacilityView, ImportReport, PointSource, ProgramView
from opptak.hooks.types import FacilityKind
from opptak.kit.collation import sort_key
from opptak.kit.errors import Invalid
from opptak.tenancy.context import Work

__all__ = ("Facilities",)

MOST_SEATS = 500


class Facilities:
    """Facilities of one tenant."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._facilities = FacilityRepository(work.session)

    async def import_register(self) -> ImportReport:
        """Bring facilities up to date with their register; propose units and places where there are none."""
        report = await import_register(self._work)
        record(self._work, Action.FACILITY_IMPORT, "register", None, facilities=report.facilities)
        return report

    async def offerable(self) -> list[FacilityView]:
        """Return the facilities one can apply for, by name."""
        return _sorted(await self._facilities.facilities(offerable=True))

    async def all(self) -> list[FacilityView]:
        """Return all facilities, closed and open ones too, by name."""
        return _sorted(await self._facilities.facilities())

    async def get(self, facility_id: UUID) -> FacilityView:
        """Return a facility; raises FacilityNotFound."""
        found = await self.views([facility_id])
        if facility_id not in found:
            raise FacilityNotFound
        return found[facility_id]

    async def views(self, ids: Collection[UUID]) -> dict[UUID, FacilityView]:
        """Return facilities by id; unknown ids are left out."""
        rows = await self._facilities.facilities(ids)
        return {facility.id: _view(facility, owner) for facility, owner in rows}

    async def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """Return the names of facilities by id; unknown ids are left out."""
        return await self._facilities.names(ids)

    async def unit_names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """Return the names of units; unknown ids are left out."""
        return await self._facilities.unit_names(ids)

    async def programs(self, starts_on: date) -> list[ProgramView]:
        """Return the units one can apply for with their places on a day, by facility and band.

        A unit nobody has given places to has none, unconfirmed.
        """
        programs = [_program(*row) for row in await self._facilities.programs(starts_on)]
        return sorted(
            programs,
            key=lambda found: (sort_key(found.facility_name), found.band, sort_key(found.unit_name)),
        )

    async def confirm_capacity(self, unit_id: UUID, *, seats: int, valid_from: date) -> None:
        """Set the places of a unit from a day on; raises UnitNotFound, or Invalid for seats beyond 0–500."""
        if not 0 <= seats <= MOST_SEATS:
            raise Invalid({"seats": "facility.error.seats"}, most=MOST_SEATS)
        unit = await self._facilities.unit(unit_id)
        if unit is None or not may_set_capacity(self._work.subject, unit.facility_id):
            raise UnitNotFound
        capacity = {
            "unit_id": unit_id,
            "valid_from": valid_from,
            "seats": seats,
            "state": CapacityState.CONFIRMED,
            "confirmed_by": self._work.subject.id,
        }
        await self._facilities.save_capacity([capacity])
        record(self._work, Action.CAPACITY_WRITE, "unit", unit_id, seats=seats)


def _sorted(rows: Collection[tuple[Facility, str]]) -> list[FacilityView]:
    views = [_view(facility, owner) for facility, owner in rows]
    return sorted(views, key=lambda found: sort_key(found.name))


def _view(facility: Facility, owner: str) -> FacilityView:
    point = (facility.latitude, facility.longitude)
    town = f"{facility.postcode} {facility.place}".strip()
    return FacilityView(
        id=facility.id,
        register_id=facility.register_id,
        name=facility.name,
        kind=FacilityKind(facility.kind),
        active=facility.active,
        public=facility.public,
        owner=owner,
        address=", ".join(filter(None, [*facility.address_lines, town])),
        point_source=PointSource(facility.point_source) if facility.point_source else None,
        point=None if point[0] is None or point[1] is None else (point[0], point[1]),
        age_from=facility.age_from,
        age_to=facility.age_to,
        children=facility.children,
        opens_at=facility.opens_at,
        closes_at=facility.closes_at,
        meals_minor=facility.meals_minor,
        profiles=tuple(facility.profiles),
    )


def _program(unit: Unit, facility: Facility, capacity: Capacity | None) -> ProgramView:
    return ProgramView(
        unit_id=unit.id,
        unit_name=unit.name,
        facility_id=facility.id,
        facility_name=facility.name,
        facility_register_id=facility.register_id,
        band=unit.band,
        seats=0 if capacity is None else capacity.seats,
        confirmed=capacity is not None and capacity.state == CapacityState.CONFIRMED,
        language=unit.language,
    )
