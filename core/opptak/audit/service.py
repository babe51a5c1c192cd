"""Writing the audit log, and reading it."""

from datetime import datetime
from uuid import UUID

from opptak.audit.models import AuditEntry
from opptak.audit.repository import AuditRepository
from opptak.audit.schemas import AuditFilter, AuditView
from opptak.authz.actions import Action
from opptak.kit.paging import Page
from opptak.kit.subject import Space
from opptak.tenancy.context import Work

__all__ = ("AuditLog", "record")


def record(
    work: Work,
    action: str,
    target_kind: str,
    target_id: UUID | None = None,
    /,
    **details: str | int | bool | None,
) -> None:
    """Note what the work's subject reads or does, in the same transaction; no personal data in `details`."""
    work.session.add(
        AuditEntry(
            happened_at=work.now,
            space=work.subject.space,
            subject_id=work.subject.id,
            action=action,
            target_kind=target_kind,
            target_id=target_id,
            details=details,
            trace=work.trace,
        )
    )


class AuditLog:
    """The audit log of one tenant. Looking at it is itself noted."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._entries = AuditRepository(work.session)

    async def search(self, wanted: AuditFilter) -> Page[AuditView]:
        """Return a page of entries, the newest first."""
        entries, total = await self._entries.search(wanted)
        record(self._work, Action.AUDIT_READ, "audit", wanted.target_id, rows=len(entries))
        return Page(
            items=tuple(_view(entry) for entry in entries),
            total=total,
            number=wanted.page,
            size=wanted.size,
        )

    async def history(self, target_id: UUID, *, page: int = 1) -> Page[AuditView]:
        """Return a page of what was done to one thing, the newest first.

        It belongs to the page about the thing, which notes that somebody looked.
        """
        wanted = AuditFilter(target_id=target_id, page=page)
        entries, total = await self._entries.search(wanted)
        rows = tuple(_view(entry) for entry in entries)
        return Page(items=rows, total=total, number=page, size=wanted.size)

    async def last(self, action: str) -> datetime | None:
        """Return when somebody, or the platform, did an action last."""
        return await self._entries.last(action)


def _view(entry: AuditEntry) -> AuditView:
    return AuditView(
        id=entry.id,
        happened_at=entry.happened_at,
        space=Space(entry.space),
        subject_id=entry.subject_id,
        action=entry.action,
        target_kind=entry.target_kind,
        target_id=entry.target_id,
        details=entry.details,
        trace=entry.trace,
    )
