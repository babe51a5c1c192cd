"""The audit log: who read, changed or was refused what, and the chain that seals it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Index, LargeBinary, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from opptak.kit.models import TenantOwned

__all__ = ("AuditChain", "AuditEntry", "AuditPending", "AuditSeal", "AuditTarget")


class AuditEntry(TenantOwned):
    """One read, change or refusal, with the ids it concerns and no personal data; only ever added."""

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
    outcome: Mapped[str] = mapped_column(Text, server_default="done")
    target_kind: Mapped[str] = mapped_column(Text)
    target_id: Mapped[UUID | None]
    shown: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default="{}")
    details: Mapped[dict[str, Any]]
    trace: Mapped[str] = mapped_column(Text, default="")


class AuditTarget(TenantOwned):
    """Finds the entries that list an id among those shown: a lookup, made from `AuditEntry.shown`.

    An index on the list itself would not do: row-level security lets no operator on arrays use one.
    """

    __tablename__ = "audit_target"
    __table_args__ = (
        Index(None, "tenant_id", "target_id"),
        {"info": {"append_only": True}},
    )

    target_id: Mapped[UUID]
    entry_id: Mapped[UUID]


class AuditPending(TenantOwned):
    """An entry that no seal holds yet, under the entry's own id.

    The database writes it with the entry, so that a page costs one statement; the seal takes it.
    """

    __tablename__ = "audit_pending"


class AuditSeal(TenantOwned):
    """A link of the chain: which entries, what each of them says, and the link before; only ever added."""

    __tablename__ = "audit_seal"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        {"info": {"append_only": True}},
    )

    number: Mapped[int] = mapped_column(BigInteger)
    sealed_at: Mapped[datetime]
    entry_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    entry_digests: Mapped[bytes] = mapped_column(LargeBinary)
    """The digests of the entries, one after the other."""
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    mark: Mapped[bytes] = mapped_column(LargeBinary)
    """The digest under the tenant's key: who has only the database can't make a chain anew."""


class AuditChain(TenantOwned):
    """The end of a tenant's chain and what came of looking it over; locked by whoever adds to it."""

    __tablename__ = "audit_chain"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    number: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    sealed_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    fault: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
