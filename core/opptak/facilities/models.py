"""Owners, facilities, their units, and the capacity staff have entered."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Date, Float, Integer, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from opptak.kit.models import TenantOwned, references

__all__ = ("Capacity", "Facility", "Owner", "Unit")


class Owner(TenantOwned):
    """Who runs facilities (barnehageeier, Träger)."""

    __tablename__ = "owner"
    __table_args__ = (UniqueConstraint("tenant_id", "register_id"),)

    register_id: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    public: Mapped[bool] = mapped_column(Boolean)


class Facility(TenantOwned):
    """A house (barnehage, Kita), as its register describes it."""

    __tablename__ = "facility"
    __table_args__ = (
        *references(owner_id="owner"),
        UniqueConstraint("tenant_id", "register_id"),
    )

    register_id: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean)
    public: Mapped[bool] = mapped_column(Boolean)
    owner_id: Mapped[UUID | None]
    address_lines: Mapped[list[str]]
    postcode: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(Text, default="")
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    point_source: Mapped[str] = mapped_column(Text, default="")
    """`register`, `geocoded` or `manual`; empty while there is no point."""
    age_from: Mapped[int | None] = mapped_column(Integer)
    age_to: Mapped[int | None] = mapped_column(Integer)
    children: Mapped[int | None] = mapped_column(Integer)
    area_m2: Mapped[float | None] = mapped_column(Float)
    opens_at: Mapped[str] = mapped_column(Text, default="")
    closes_at: Mapped[str] = mapped_column(Text, default="")
    meals_minor: Mapped[int | None] = mapped_column(Integer)
    profiles: Mapped[list[str]]


class Unit(TenantOwned):
    """A group of children in a facility (avdeling): `band` is the age band it takes, `small` or `large`."""

    __tablename__ = "unit"
    __table_args__ = (
        *references(facility_id="facility"),
        UniqueConstraint("tenant_id", "facility_id", "name"),
    )

    facility_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    band: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text, default="")


class Capacity(TenantOwned):
    """Places of a unit from a date on; what no member of staff has confirmed follows the register."""

    __tablename__ = "capacity"
    __table_args__ = (
        *references(unit_id="unit"),
        UniqueConstraint("tenant_id", "unit_id", "valid_from"),
    )

    unit_id: Mapped[UUID]
    valid_from: Mapped[date] = mapped_column(Date)
    seats: Mapped[int] = mapped_column(Integer)
    """On every day, or on the day with the most."""
    by_weekday: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))
    """Monday to Friday, where the days differ."""
    state: Mapped[str] = mapped_column(Text)
    confirmed_by: Mapped[UUID | None]
