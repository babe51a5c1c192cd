"""Runs of the allocation: never edited, only superseded; decisions by hand, and the key that signs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from opptak.kit.models import TenantOwned, references

__all__ = ("AllocationRun", "Ruling", "SigningKey")


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
    certificate: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Canonical bytes of what the tenant has signed; None before the release."""
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    line_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed: what the salts of the certificate's lines are derived from."""
    frozen_at: Mapped[datetime | None]
    frozen_by: Mapped[UUID | None]
    frozen_for: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed: why the run may neither be superseded nor removed, such as a complaint."""


class Ruling(TenantOwned):
    """A case worker's decision by hand that runs keep to, until it is lifted."""

    __tablename__ = "allocation_ruling"
    __table_args__ = (
        *references(round_id="admission_round", application_id="application", unit_id="unit"),
        Index(None, "tenant_id", "round_id"),
    )

    round_id: Mapped[UUID]
    application_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    """`pinned` or `blocked`."""
    reason: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed."""
    made_by: Mapped[UUID | None]
    lifted_by: Mapped[UUID | None]
    lifted_at: Mapped[datetime | None]


class SigningKey(TenantOwned):
    """The Ed25519 key a tenant signs its certificates with."""

    __tablename__ = "signing_key"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    public: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
