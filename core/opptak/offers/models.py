"""Offers of places and the waiting lists they come from."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Date, Index, Integer, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from opptak.kit.models import TenantOwned, references

__all__ = ("Offer", "WaitingEntry")


class Offer(TenantOwned):
    """A place offered to a child (tilbud)."""

    __tablename__ = "offer"
    __table_args__ = (
        *references(
            application_id="application",
            child_id="person",
            unit_id="unit",
            facility_id="facility",
            run_id="allocation_run",
            round_id="admission_round",
        ),
        Index(
            "uq_offer_open_application",
            "tenant_id",
            "application_id",
            unique=True,
            postgresql_where="status in ('held', 'sent')",
        ),
        Index(None, "tenant_id", "unit_id"),
        Index(None, "tenant_id", "round_id", "status"),
    )

    round_id: Mapped[UUID]
    application_id: Mapped[UUID]
    child_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    facility_id: Mapped[UUID]
    run_id: Mapped[UUID]
    wish_rank: Mapped[int | None] = mapped_column(SmallInteger)
    """None where the place is a fallback nobody wished for."""
    starts_on: Mapped[date] = mapped_column(Date)
    days_per_week: Mapped[int] = mapped_column(SmallInteger)
    weekdays: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))
    """0 to 4 from Monday on; None where places are not given out by weekday."""
    status: Mapped[str] = mapped_column(Text)
    answer_by: Mapped[date | None] = mapped_column(Date)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]
    cascade_of: Mapped[UUID | None]
    """The offer whose place became vacant, if it came by the cascade."""
    round_number: Mapped[int] = mapped_column(Integer, default=1)
    """1 for the allocation's own offers, one more each time the place is offered again."""
    reminders: Mapped[int] = mapped_column(SmallInteger, default=0)
    """Reminders sent so far."""


class WaitingEntry(TenantOwned):
    """A child's place on a facility's waiting list (søkerliste), in the order of the last run."""

    __tablename__ = "waiting_entry"
    __table_args__ = (
        *references(
            application_id="application",
            child_id="person",
            facility_id="facility",
            unit_id="unit",
            round_id="admission_round",
        ),
        UniqueConstraint("tenant_id", "application_id", "unit_id"),
        Index(None, "tenant_id", "unit_id", "position"),
        Index(None, "tenant_id", "round_id", "state"),
    )

    round_id: Mapped[UUID]
    application_id: Mapped[UUID]
    child_id: Mapped[UUID]
    facility_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text)
    """`waiting`, `offered`, `placed` or `withdrawn`."""
