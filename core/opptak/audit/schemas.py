"""What a viewer of the audit log asks for and sees, and what is found when the chain is looked over."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from opptak.kit.subject import Space

__all__ = (
    "AuditFilter",
    "AuditView",
    "ChainView",
    "Entry",
    "Fault",
    "FaultKind",
    "Outcome",
    "Seal",
    "Verdict",
)


class Outcome(StrEnum):
    """What came of an attempt."""

    DONE = "done"
    REFUSED = "refused"
    """The subject's roles do not allow it, or a login failed."""
    MISSING = "missing"
    """There is no such thing, or it is none of the subject's business."""


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for; empty fields match everything. `since` is included, `until` is not."""

    target_id: UUID | None = None
    subject_id: UUID | None = None
    action: str = ""
    outcome: Outcome | None = None
    space: Space | None = None
    reads: bool = True
    """Whether looks that were allowed belong to the list; attempts that were refused always do."""
    since: datetime | None = None
    until: datetime | None = None
    size: int = 50


class AuditView(msgspec.Struct, frozen=True, kw_only=True):
    """One read, change or refusal."""

    id: UUID
    happened_at: datetime
    space: Space
    subject_id: UUID | None
    """Person or staff account; None for the platform itself."""
    action: str
    outcome: Outcome
    target_kind: str
    target_id: UUID | None
    shown: tuple[UUID, ...]
    """What a list showed: ids of what the action's noun names."""
    details: Mapping[str, str | int | bool | None]
    trace: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it is stored, each column of it: what a digest is made of."""

    tenant_id: UUID
    id: UUID
    created_at: datetime
    happened_at: datetime
    space: str
    subject_id: UUID | None
    action: str
    outcome: str
    target_kind: str
    target_id: UUID | None
    shown: list[UUID]
    details: Mapping[str, str | int | bool | None]
    trace: str


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """A link of the chain as it is stored."""

    tenant_id: UUID
    number: int
    sealed_at: datetime
    entry_ids: list[UUID]
    entry_digests: bytes
    previous: bytes
    digest: bytes
    mark: bytes


class FaultKind(StrEnum):
    """How a chain can be broken."""

    ENTRY_CHANGED = "entry_changed"
    ENTRY_GONE = "entry_gone"
    ENTRY_STRANGE = "entry_strange"
    """It was put in beside the log: no seal holds it and none is going to."""
    SEAL_CHANGED = "seal_changed"
    SEAL_GONE = "seal_gone"
    """A number is left out, or a link does not follow the one before it."""
    SEAL_FORGED = "seal_forged"
    """It was not made with the tenant's key."""
    END_GONE = "end_gone"
    """The chain ends before its end was."""
    LOOKUP_CHANGED = "lookup_changed"
    """An entry can't be found by everything it lists."""
    NOT_EXPECTED = "not_expected"
    """The digest that was noted elsewhere is not in the chain."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """The first broken place of a chain."""

    kind: FaultKind
    seal: int | None = None
    entry: UUID | None = None

    def __str__(self) -> str:
        at = f" in seal {self.seal}" if self.seal is not None else ""
        return f"{self.kind.replace('_', ' ')}{at}" + (f": {self.entry}" if self.entry else "")


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What was found when a chain was looked over."""

    sealed: int
    """Entries that were compared with their seal."""
    unsealed: int
    """Entries that wait for the next seal."""
    number: int
    """The last seal; 0 when there is none."""
    digest: bytes
    fault: Fault | None = None


class ChainView(msgspec.Struct, frozen=True, kw_only=True):
    """How a tenant's chain stands, and what the last look over it found."""

    number: int
    digest: bytes
    sealed_at: datetime | None
    checked_at: datetime | None
    fault: Fault | None
