"""All SQL about facilities, units and capacity."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from opptak.facilities.models import Capacity, Facility, Owner, Unit
from opptak.hooks.types import FacilityKind
from opptak.kit.bulk import upsert
from opptak.kit.db import TenantSession

__all__ = ("FacilityRepository",)

REGISTERED = (
    "name",
    "kind",
    "active",
    "public",
    "owner_id",
    "address_lines",
    "postcode",
    "place",
    "latitude",
    "longitude",
    "point_source",
    "age_from",
    "age_to",
    "children",
    "area_m2",
    "opens_at",
    "closes_at",
    "meals_minor",
    "profiles",
)
"""Columns that a fresh record replaces."""


class FacilityRepository:
    """Facilities of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def save_owners(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, UUID]:
        """Insert or refresh owners; return them by register number."""
        written = await upsert(self._session, Owner, rows, key=("register_id",), update=("name", "public"))
        return {register_id: owner for (register_id,), owner in written.items()}

    async def save_facilities(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, UUID]:
        """Insert or refresh facilities; return them by register number."""
        written = await upsert(self._session, Facility, rows, key=("register_id",), update=REGISTERED)
        return {register_id: facility for (register_id,), facility in written.items()}

    async def close_others(self, ids: Collection[UUID]) -> None:
        """Mark facilities the register no longer lists as not in use."""
        await self._session.execute(update(Facility).where(Facility.id.not_in(ids)).values(active=False))

    async def facilities(
        self, ids: Collection[UUID] | None = None, *, offerable: bool = False
    ) -> Sequence[tuple[Facility, str]]:
        """Return facilities with their owners' names."""
        found = (
            select(Facility, Owner.name)
            .outerjoin(Owner, (Owner.tenant_id == Facility.tenant_id) & (Owner.id == Facility.owner_id))
            .execution_options(populate_existing=True)
        )
        if ids is not None:
            found = found.where(Facility.id.in_(ids))
        if offerable:
            found = found.where(Facility.active, Facility.kind != FacilityKind.OPEN)
        return [(row[0], row[1] or "") for row in await self._session.execute(found)]

    async def units(self, facility_ids: Collection[UUID]) -> Sequence[Unit]:
        """Return the units of facilities."""
        found = select(Unit).where(Unit.facility_id.in_(facility_ids))
        return (await self._session.scalars(found)).all()

    async def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """Return the names of facilities."""
        found = select(Facility.id, Facility.name).where(Facility.id.in_(ids))
        return {row[0]: row[1] for row in await self._session.execute(found)}

    async def unit_names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """Return the names of units."""
        rows = await self._session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(ids)))
        return dict(rows.all())

    async def unit(self, unit_id: UUID) -> Unit | None:
        """Return a unit, locked."""
        unit: Unit | None = await self._session.scalar(
            select(Unit).where(Unit.id == unit_id).with_for_update()
        )
        return unit

    async def save_units(self, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[UUID, str], UUID]:
        """Insert units; return the new ones by facility and name."""
        return {
            (facility, name): unit
            for (facility, name), unit in (
                await upsert(self._session, Unit, rows, key=("facility_id", "name"))
            ).items()
        }

    async def capacity(self, unit_ids: Collection[UUID]) -> Sequence[Capacity]:
        """Return the places of units, whenever they hold."""
        found = select(Capacity).where(Capacity.unit_id.in_(unit_ids))
        return (await self._session.scalars(found.execution_options(populate_existing=True))).all()

    async def save_capacity(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Set the places of units from a day on."""
        await upsert(
            self._session,
            Capacity,
            rows,
            key=("unit_id", "valid_from"),
            update=("seats", "by_weekday", "state", "confirmed_by"),
        )

    async def programs(
        self, on: date, *, among: Collection[UUID] | None = None
    ) -> Sequence[tuple[Unit, Facility, Capacity | None]]:
        """Return the units one can apply for with the capacity in force on a day; of some houses, or all."""
        valid = _in_force(on).subquery()
        found = (
            select(Unit, Facility, Capacity)
            .join(
                Facility,
                (Facility.tenant_id == Unit.tenant_id) & (Facility.id == Unit.facility_id),
            )
            .outerjoin(valid, valid.c.unit_id == Unit.id)
            .outerjoin(
                Capacity,
                (Capacity.tenant_id == Unit.tenant_id) & (Capacity.id == valid.c.id),
            )
            .where(Facility.active, Facility.kind != FacilityKind.OPEN)
            .execution_options(populate_existing=True)
        )
        if among is not None:
            found = found.where(Facility.id.in_(among))
        return [(row[0], row[1], row[2]) for row in await self._session.execute(found)]


def _in_force(on: date) -> Select[UUID, UUID]:
    return (
        select(Capacity.id, Capacity.unit_id)
        .where(Capacity.valid_from <= on)
        .ext(distinct_on(Capacity.unit_id))
        .order_by(Capacity.unit_id, Capacity.valid_from.desc())
    )
