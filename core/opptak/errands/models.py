"""Errands as they are stored; whether one waits, runs or has stopped is read from its job as well."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from opptak.kit.models import TenantOwned

__all__ = ("Errand",)


class Errand(TenantOwned):
    """Long work somebody asked for. Its job in the outbox has the same id."""

    __tablename__ = "errand"
    __table_args__ = (
        Index(
            "ux_errand_open",
            "tenant_id",
            "kind",
            "target_id",
            unique=True,
            postgresql_where="ended_at is null",
        ),
        Index(None, "tenant_id", "target_id"),
    )

    kind: Mapped[str] = mapped_column(Text)
    target_id: Mapped[UUID]
    """What it is about: a round, a run, the tenant itself."""
    asked_by: Mapped[UUID | None]
    """The member of staff; None for the platform."""
    phase: Mapped[str] = mapped_column(Text, default="")
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    """0 where nobody knows how much there is."""
    started_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    """When it last said how far it is."""
    ended_at: Mapped[datetime | None]
    outcome_id: Mapped[UUID | None]
    """What came of it."""
    refusal: Mapped[str] = mapped_column(Text, default="")
    """Code of the error that ended it; empty when it came to its end."""
    refusal_params: Mapped[dict[str, Any]]
