"""Runs of the allocation: frozen inputs, result, checks; never edited, only superseded."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from opptak.kit.models import TenantOwned, references

__all__ = ("AllocationRun",)


class AllocationRun(TenantOwned):
    """One run (tildeling)."""

    __tablename__ = "allocation_run"
    __table_args__ = (
        *references(round_id="admission_round"),
        UniqueConstraint("tenant_id", "round_id", "number"),
    )

    round_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text)
    instance: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """Canonical bytes of the exchange format, with pseudonyms: child id = application id."""
    result: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    summary: Mapped[dict[str, Any]]
    """The result's figures, so that a list need not open it; see `schemas.Summary`."""
    checks: Mapped[dict[str, Any]]
    """See `schemas.Findings`."""
    tenant_version: Mapped[int] = mapped_column(Integer)
    input_hash: Mapped[str] = mapped_column(Text)
    output_hash: Mapped[str] = mapped_column(Text)
    computed_by: Mapped[UUID | None]
    checked_at: Mapped[datetime | None]
    checked_by: Mapped[UUID | None]
    released_by: Mapped[UUID | None]
    released_at: Mapped[datetime | None]
