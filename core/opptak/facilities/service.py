"""Facilities: who has places, where, and how many."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.facilities.errors import FacilityNotFound, UnitNotFound
from opptak.facilities.importing import bring_up_to_date, import_register
from opptak.facilities.models import Capacity, Facility, Unit
from opptak.facilities.policy import houses_of, may_set_capacity
from opptak.facilities.repository import FacilityRepository
from opptak.facilities.schemas import CapacityState, FacilityView, ImportReport, PointSource, ProgramView
from opptak.facilities.week import Week
from opptak.hooks.types import FacilityKind
from opptak.kit.collation import sort_key
from opptak.kit.errors import Invalid
from opptak.kit.places import written
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import enqueue

__all__ = ("MOST_SEATS", "Facilities")

MOST_SEATS = 500


class Facilities:
    """Facilities of one tenant."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._facilities = FacilityRepository(work.session)

    async def import_register(self) -> ImportReport:
        """Bring facilities up to date with their register; propose units and places where there are none."""
        return await bring_up_to_date(self._work)

    async def begin_import(self) -> None:
        """Have the register read again; that happens elsewhere, in a moment."""
        await enqueue(self._work, import_register)

    async def offerable(
        self, module: Module | None = None, *, among: Collection[UUID] | None = None
    ) -> list[FacilityView]:
        """Return the facilities one can apply for, by name; of a `module`, those it concerns."""
        views = _sorted(await self._facilities.facilities(among, offerable=True))
        return [view for view in views if module is None or self.concerns(module, view.register_id)]

    async def get(self, facility_id: UUID) -> FacilityView:
        """Return a facility; raises FacilityNotFound."""
        found = await self.views([facility_id])
        if facility_id not in found:
            raise FacilityNotFound
        return found[facility_id]

    async def own(self) -> list[FacilityView]:
        """Return the facilities a member of staff has to do with, closed ones too, by name."""
        return _sorted(await self._facilities.facilities(houses_of(self._work.subject)))

    async def get_own(self, facility_id: UUID) -> FacilityView:
        """Return a facility a member of staff has to do with; raises FacilityNotFound."""
        houses = houses_of(self._work.subject)
        if houses is not None and facility_id not in houses:
            raise FacilityNotFound
        return await self.get(facility_id)

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

    def concerns(self, module: Module, register_id: str) -> bool:
        """Return whether a module concerns a facility: during a pilot it does some."""
        return self._work.tenant.document.takes_part(module, register_id)

    async def concerned(self, module: Module, ids: Collection[UUID]) -> set[UUID]:
        """Return those of the facilities that a module concerns."""
        found = await self.views(ids)
        return {view.id for view in found.values() if self.concerns(module, view.register_id)}

    async def programs(
        self, starts_on: date, module: Module | None = None, *, among: Collection[UUID] | None = None
    ) -> list[ProgramView]:
        """Return the units one can apply for with their places on a day, by facility and band; of a `module`,
        those it concerns.

        A unit nobody has given places to has none, unconfirmed.
        """
        programs = [_program(*row) for row in await self._facilities.programs(starts_on, among=among)]
        return sorted(
            (one for one in programs if module is None or self.concerns(module, one.facility_register_id)),
            key=lambda found: (sort_key(found.facility_name), found.band, sort_key(found.unit_name)),
        )

    async def confirm_capacity(
        self, unit_id: UUID, *, seats: int, valid_from: date, by_weekday: Week | None = None
    ) -> None:
        """Set the places of a unit from a day on, where they differ `by_weekday`, in place of `seats`.

        Raises UnitNotFound, or Invalid for seats beyond 0–500.
        """
        if not all(0 <= places <= MOST_SEATS for places in (seats, *(by_weekday or ()))):
            raise Invalid({"seats": "facility.error.seats"}, most=MOST_SEATS)
        unit = await self._facilities.unit(unit_id)
        if unit is None or not may_set_capacity(self._work.subject, unit.facility_id):
            raise UnitNotFound
        most = max(by_weekday) if by_weekday else seats
        capacity = {
            "unit_id": unit_id,
            "valid_from": valid_from,
            "seats": most,
            "by_weekday": by_weekday and list(by_weekday),
            "state": CapacityState.CONFIRMED,
            "confirmed_by": self._work.subject.id,
        }
        await self._facilities.save_capacity([capacity])
        record(self._work, Action.CAPACITY_WRITE, "unit", unit_id, seats=most)


def _sorted(rows: Collection[tuple[Facility, str]]) -> list[FacilityView]:
    views = [_view(facility, owner) for facility, owner in rows]
    return sorted(views, key=lambda found: sort_key(found.name))


def _view(facility: Facility, owner: str) -> FacilityView:
    point = (facility.latitude, facility.longitude)
    town = f"{facility.postcode} {written(facility.place)}".strip()
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
        by_weekday=tuple(capacity.by_weekday) if capacity and capacity.by_weekday else None,
        confirmed=capacity is not None and capacity.state == CapacityState.CONFIRMED,
        language=unit.language,
    )
