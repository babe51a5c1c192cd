"""Letters with their delivery, and the sealed files they are made of."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from opptak.kit.models import TenantOwned, references

__all__ = ("Letter", "LetterEvent", "StoredFile")


class StoredFile(TenantOwned):
    """A sealed file."""

    __tablename__ = "stored_file"

    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(Text)


class Letter(TenantOwned):
    """A letter to one person; `key` is what the delivery channel knows it by."""

    __tablename__ = "letter"
    __table_args__ = (
        *references(recipient_id="person", application_id="application", file_id="stored_file"),
        UniqueConstraint("tenant_id", "key"),
        Index(None, "tenant_id", "recipient_id"),
        Index(None, "tenant_id", "state"),
    )

    key: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    recipient_id: Mapped[UUID]
    application_id: Mapped[UUID | None]
    file_id: Mapped[UUID | None]
    content: Mapped[dict[str, Any]]
    """Parameters of the template; ids and figures, no names or numbers."""
    state: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text, default="")
    reference: Mapped[str | None] = mapped_column(Text)
    """The channel's own reference."""
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]


class LetterEvent(TenantOwned):
    """Something that happened to a letter on its way."""

    __tablename__ = "letter_event"
    __table_args__ = (*references(letter_id="letter"), Index(None, "tenant_id", "letter_id"))

    letter_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    happened_at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(Text, default="")
