"""The proactive lane: one campaign a round, one invitation a child and guardian."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from opptak.kit.models import TenantOwned, references

__all__ = ("Campaign", "Invitation")


class Campaign(TenantOwned):
    """The run that finds the children of a round and invites their guardians; resumable, one a round."""

    __tablename__ = "campaign"
    __table_args__ = (
        *references(round_id="admission_round"),
        UniqueConstraint("tenant_id", "round_id"),
    )

    round_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    found: Mapped[int] = mapped_column(Integer, default=0)
    eligible: Mapped[int] = mapped_column(Integer, default=0)
    drafted: Mapped[int] = mapped_column(Integer, default=0)
    invited: Mapped[int] = mapped_column(Integer, default=0)
    unreachable: Mapped[int] = mapped_column(Integer, default=0)
    chunks: Mapped[int] = mapped_column(Integer, default=0)
    """Jobs of the present stage."""
    chunks_open: Mapped[int] = mapped_column(Integer, default=0)
    """Those of them that are not done."""
    finished_at: Mapped[datetime | None]


class Invitation(TenantOwned):
    """A guardian's invitation to answer for a child; unique, so nobody is written to twice."""

    __tablename__ = "invitation"
    __table_args__ = (
        *references(application_id="application", guardian_id="person", letter_id="letter"),
        UniqueConstraint("tenant_id", "application_id", "guardian_id", "step"),
    )

    application_id: Mapped[UUID]
    guardian_id: Mapped[UUID]
    letter_id: Mapped[UUID]
    step: Mapped[int] = mapped_column(Integer)
    """0 is the invitation, 1… are the reminders."""
