"""Children's places, and their hand-over to administration systems."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Date, Float, Index, Integer, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from opptak.kit.models import TenantOwned, references

__all__ = ("ExportRun", "Placement")


class Placement(TenantOwned):
    """A child in a unit, dated (plass); a child's placements never overlap beyond a full place."""

    __tablename__ = "placement"
    __table_args__ = (
        *references(child_id="person", unit_id="unit", facility_id="facility", offer_id="offer"),
        UniqueConstraint("tenant_id", "external_id"),
        UniqueConstraint("tenant_id", "offer_id"),
        Index(None, "tenant_id", "child_id"),
        Index(None, "tenant_id", "unit_id"),
    )

    child_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    facility_id: Mapped[UUID]
    offer_id: Mapped[UUID | None]
    external_id: Mapped[str | None] = mapped_column(Text)
    """Its id in the system it was imported from."""
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    """Last day; None while open."""
    days_per_week: Mapped[int] = mapped_column(SmallInteger)
    weekdays: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))
    """0 to 4 from Monday on; None where nobody has named them."""
    hours_per_week: Mapped[float] = mapped_column(Float)


class ExportRun(TenantOwned):
    """A hand-over of placements to an administration system; its id is the idempotency key."""

    __tablename__ = "export_run"

    system: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    placements: Mapped[int] = mapped_column(Integer, default=0)
    refused: Mapped[int] = mapped_column(Integer, default=0)
    reference: Mapped[str] = mapped_column(Text, default="")
    file_id: Mapped[UUID | None]
    finished_at: Mapped[datetime | None]
