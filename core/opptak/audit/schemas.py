"""What a viewer of the audit log asks for and sees."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from opptak.kit.subject import Space

__all__ = ("AuditFilter", "AuditView")


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for; empty fields match everything. `since` is included, `until` is not."""

    target_id: UUID | None = None
    subject_id: UUID | None = None
    action: str = ""
    space: Space | None = None
    since: datetime | None = None
    until: datetime | None = None
    page: int = 1
    size: int = 50


class AuditView(msgspec.Struct, frozen=True, kw_only=True):
    """One read or change."""

    id: UUID
    happened_at: datetime
    space: Space
    subject_id: UUID | None
    """Person or staff account; None for the platform itself."""
    action: str
    target_kind: str
    target_id: UUID | None
    details: Mapping[str, str | int | bool | None]
    trace: str
