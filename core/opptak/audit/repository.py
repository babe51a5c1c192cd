"""All SQL about the audit log."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, true

from opptak.audit.models import AuditEntry
from opptak.audit.schemas import AuditFilter
from opptak.kit.db import TenantSession

__all__ = ("AuditRepository",)


class AuditRepository:
    """The audit log of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def search(self, wanted: AuditFilter) -> tuple[Sequence[AuditEntry], int]:
        """Return a page of entries, the newest first, and how many there are."""
        rows = (
            await self._session.execute(
                select(AuditEntry, func.count().over())
                .where(*_conditions(wanted))
                .order_by(AuditEntry.happened_at.desc(), AuditEntry.id.desc())
                .offset((wanted.page - 1) * wanted.size)
                .limit(wanted.size)
            )
        ).all()
        return [row[0] for row in rows], rows[0][1] if rows else 0

    async def last(self, action: str) -> datetime | None:
        """Return when an action was done last."""
        found: datetime | None = await self._session.scalar(
            select(func.max(AuditEntry.happened_at)).where(AuditEntry.action == action)
        )
        return found


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [true()]
    if wanted.target_id is not None:
        conditions.append(AuditEntry.target_id == wanted.target_id)
    if wanted.subject_id is not None:
        conditions.append(AuditEntry.subject_id == wanted.subject_id)
    if wanted.action:
        conditions.append(AuditEntry.action == wanted.action)
    if wanted.space is not None:
        conditions.append(AuditEntry.space == wanted.space)
    if wanted.since is not None:
        conditions.append(AuditEntry.happened_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(AuditEntry.happened_at < wanted.until)
    return conditions
