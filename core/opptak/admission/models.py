"""Rounds, applications with their ranked wishes, and the reasons for priority."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Date, Index, Integer, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from opptak.kit.models import TenantOwned, references

__all__ = ("Application", "Claim", "Round", "Wish")


class Round(TenantOwned):
    """An admission round (opptak); its settings are in the tenant document under `intake`."""

    __tablename__ = "admission_round"
    __table_args__ = (UniqueConstraint("tenant_id", "intake"),)

    intake: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    lottery_secret: Mapped[str] = mapped_column(Text)
    """Hex; only its SHA-256 is published while the round is open."""
    last_case: Mapped[int] = mapped_column(Integer, default=0)
    """Number of the newest case; drawn from here, so that two drafts at once never get the same."""


class Application(TenantOwned):
    """One child's application in one round (søknad)."""

    __tablename__ = "application"
    __table_args__ = (
        *references(round_id="admission_round", child_id="person"),
        UniqueConstraint("tenant_id", "round_id", "child_id"),
        UniqueConstraint("tenant_id", "case_number"),
        Index(None, "tenant_id", "child_id"),
        Index(None, "tenant_id", "round_id", "status"),
    )

    round_id: Mapped[UUID]
    child_id: Mapped[UUID]
    case_number: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text, default="none")
    """`none` until the parents have said something; see `schemas.Answer`."""
    start_on: Mapped[date | None] = mapped_column(Date)
    days_per_week: Mapped[int | None] = mapped_column(SmallInteger)
    accepts_elsewhere: Mapped[bool] = mapped_column(Boolean, default=True)
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[UUID | None]
    """The guardian (person) or member of staff who sent it in."""
    late: Mapped[bool] = mapped_column(Boolean, default=False)
    entitled: Mapped[bool] = mapped_column(Boolean, default=False)
    """Statutory right to a place if submitted in time."""
    entitled_reason: Mapped[str] = mapped_column(Text, default="")
    """Message key."""
    latest_start: Mapped[date | None] = mapped_column(Date)
    offered: Mapped[bool] = mapped_column(Boolean, default=False)
    """A place has been offered in this round, whatever came of it."""
    unreachable: Mapped[bool] = mapped_column(Boolean, default=False)
    """Nobody responsible could be written to when the families were invited."""
    register_unverified: Mapped[bool] = mapped_column(Boolean, default=False)
    """Declared data stand in for the register's, to be reconciled."""
    version: Mapped[int] = mapped_column(Integer, default=1)
    """Rises with each change; a form made from an older version is refused."""


class Wish(TenantOwned):
    """A ranked wish for a facility; distance is never computed for protected addresses."""

    __tablename__ = "wish"
    __table_args__ = (
        *references(application_id="application", facility_id="facility"),
        UniqueConstraint("tenant_id", "application_id", "facility_id"),
        Index(None, "tenant_id", "facility_id"),
    )

    application_id: Mapped[UUID]
    facility_id: Mapped[UUID]
    rank: Mapped[int] = mapped_column(SmallInteger)
    distance_m: Mapped[int | None] = mapped_column(Integer)


class Claim(TenantOwned):
    """One reason for priority: the fact it states, where it comes from, and whether it is verified."""

    __tablename__ = "claim"
    __table_args__ = (
        *references(application_id="application"),
        Index(None, "tenant_id", "application_id"),
    )

    application_id: Mapped[UUID]
    fact: Mapped[str] = mapped_column(Text)
    facility_id: Mapped[UUID | None]
    source: Mapped[str] = mapped_column(Text)
    """`register` or `declared`."""
    state: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
