"""Writing the audit log, and reading it."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from opptak.audit.canonical import entry_line
from opptak.audit.models import AuditEntry
from opptak.audit.repository import AuditRepository, ChainRepository, count_broken
from opptak.audit.schemas import AuditFilter, AuditView, ChainView, Fault, Outcome, Verdict
from opptak.audit.sealing import seal_pending
from opptak.audit.verifying import verify
from opptak.authz.actions import Action
from opptak.kit.ids import new_id
from opptak.kit.paging import Slice
from opptak.kit.subject import Space
from opptak.tenancy.context import Work

__all__ = ("AuditLog", "broken_chains", "record")

_NOTED = "noted"
"""Where a session keeps what was noted in its one transaction."""


def record(
    work: Work,
    action: str,
    target_kind: str,
    target_id: UUID | None = None,
    /,
    *,
    shown: Iterable[UUID] = (),
    outcome: Outcome = Outcome.DONE,
    **details: str | int | bool | None,
) -> None:
    """Note what the work's subject reads or does, in the same transaction; no personal data in `details`.

    A list, or a job about many, is one entry: `shown` are the ids of what the action's noun names, in the
    order of the list. The same again in one piece of work is noted once.
    """
    listed = tuple(dict.fromkeys(shown))
    noted = work.session.info.setdefault(_NOTED, set())
    note = (work.subject.id, action, outcome, target_kind, target_id, listed, *details.items())
    if note in noted:
        return
    noted.add(note)
    entry = AuditEntry(
        id=new_id(),
        happened_at=work.now,
        space=work.subject.space,
        subject_id=work.subject.id,
        action=action,
        outcome=outcome,
        target_kind=target_kind,
        target_id=target_id,
        shown=list(listed),
        details=details,
        trace=work.trace,
    )
    work.session.add(entry)


async def broken_chains(session: AsyncSession) -> int:
    """As the relay: return in how many tenants the last look found the chain broken."""
    return await count_broken(session)


class AuditLog:
    """The audit log of one tenant. Looking at it is itself noted."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._entries = AuditRepository(work.session)
        self._chain = ChainRepository(work.session)

    async def search(self, wanted: AuditFilter, *, after: UUID | None = None) -> Slice[AuditView]:
        """Return a slice of the entries, the newest first; `after` is the last one of the slice before."""
        found = await self._slice(wanted, after)
        about = wanted.target_id or wanted.subject_id
        record(self._work, Action.AUDIT_READ, "audit", about, rows=len(found.items))
        return found

    async def history(self, target_id: UUID, *, reads: bool, after: UUID | None = None) -> Slice[AuditView]:
        """Return a slice of what was done to one thing, the newest first; with `reads`, who looked too.

        It belongs to the page about the thing, which notes that somebody looked.
        """
        return await self._slice(AuditFilter(target_id=target_id, reads=reads), after)

    async def last(self, action: str) -> datetime | None:
        """Return when somebody, or the platform, did an action last."""
        return await self._entries.last(action)

    async def chain(self) -> ChainView | None:
        """Return how the chain stands; None before its first seal."""
        end = await self._chain.end()
        if end is None:
            return None
        return ChainView(
            number=end.number,
            digest=end.digest,
            sealed_at=end.sealed_at,
            checked_at=end.checked_at,
            fault=msgspec.convert(end.fault, Fault | None),
        )

    async def seal(self) -> int:
        """Seal the entries that no seal holds yet; return how many."""
        return await seal_pending(self._work)

    async def verify(self, *, since: datetime | None = None, expect: bytes = b"") -> Verdict:
        """Look the chain over, see `verifying`. What is found stays on the chain until the next look."""
        return await verify(self._work, since=since, expect=expect)

    async def lines(self, *, since: datetime | None = None) -> AsyncIterator[bytes]:
        """Yield the entries, the oldest first, as the bytes their digests are made of."""
        async for entries in self._entries.stream(since=since):
            for entry in entries:
                yield entry_line(entry)

    async def _slice(self, wanted: AuditFilter, after: UUID | None) -> Slice[AuditView]:
        found = await self._entries.search(wanted, after=after, size=wanted.size + 1)
        return _sliced([_view(entry) for entry in found], wanted.size)


def _sliced(views: Sequence[AuditView], size: int) -> Slice[AuditView]:
    items = tuple(views[:size])
    return Slice(items=items, last=items[-1].id if len(views) > size else None)


def _view(entry: AuditEntry) -> AuditView:
    return AuditView(
        id=entry.id,
        happened_at=entry.happened_at,
        space=Space(entry.space),
        subject_id=entry.subject_id,
        action=entry.action,
        outcome=Outcome(entry.outcome),
        target_kind=entry.target_kind,
        target_id=entry.target_id,
        shown=tuple(entry.shown),
        details=entry.details,
        trace=entry.trace,
    )
