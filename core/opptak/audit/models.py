"""The audit log: who read or changed what; rows are only ever added."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from opptak.kit.models import TenantOwned

__all__ = ("AuditEntry",)


class AuditEntry(TenantOwned):
    """One read or change, with the ids it concerns and no personal data."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "tenant_id", "target_id"),
        Index(None, "tenant_id", "happened_at"),
        {"info": {"append_only": True}},
    )

    happened_at: Mapped[datetime]
    space: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(Text)
    target_kind: Mapped[str] = mapped_column(Text)
    target_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]]
    trace: Mapped[str] = mapped_column(Text, default="")
