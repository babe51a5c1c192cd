"""Looking a chain over: every entry against its seal, every seal against the one before it."""

from datetime import datetime
from uuid import UUID

import msgspec

from opptak.audit.canonical import digests, entry_digest, seal_digest
from opptak.audit.models import AuditChain
from opptak.audit.repository import ChainRepository
from opptak.audit.schemas import Entry, Fault, FaultKind, Seal, Verdict
from opptak.audit.sealing import MARK
from opptak.kit.crypto import SealBroken
from opptak.kit.errors import NotFound
from opptak.tenancy.context import Work

__all__ = ("verify",)

SEALS_AT_ONCE = 4
"""Seals read together; each holds up to a thousand entries."""


class _Broken(Exception):
    """The chain is broken here."""

    def __init__(self, kind: FaultKind, seal: int | None = None, entry: UUID | None = None) -> None:
        super().__init__(kind)
        self.fault = Fault(kind=kind, seal=seal, entry=entry)


async def verify(work: Work, *, since: datetime | None = None, expect: bytes = b"") -> Verdict:
    """Look the tenant's chain over, or the part sealed `since`; note on the chain what came of it.

    `expect` is the digest of any seal, as it was noted elsewhere. The chain is locked meanwhile: entries go
    on being written, and are sealed afterwards.
    """
    chain = ChainRepository(work.session)
    await chain.begin()
    end = await chain.lock()
    if end is None:
        raise NotFound
    check = _Check(work, chain)
    fault = None
    try:
        await check.run(end, since=since, expect=expect)
    except _Broken as broken:
        fault = broken.fault
    if fault or since is None:
        end.checked_at = work.now
        end.fault = msgspec.to_builtins(fault)
    return Verdict(
        sealed=check.entries,
        unsealed=await chain.count_pending(),
        number=end.number,
        digest=end.digest,
        fault=fault,
    )


class _Check:
    """One look over a chain; stops at the first broken place."""

    def __init__(self, work: Work, chain: ChainRepository) -> None:
        self._work = work
        self._chain = chain
        self._number = 0
        self._digest = b""
        self._listed = 0
        self.entries = 0

    async def run(self, end: AuditChain, *, since: datetime | None, expect: bytes) -> None:
        """Raise _Broken at the first broken place."""
        if since is not None:
            self._number, self._digest = await self._chain.before(since)
        while seals := await self._chain.seals(after=self._number, limit=SEALS_AT_ONCE):
            entries = await self._chain.entries([id_ for seal in seals for id_ in seal.entry_ids])
            for seal in seals:
                self._link(seal)
                self._hold(seal, entries)
        if (self._number, self._digest) != (end.number, end.digest):
            raise _Broken(FaultKind.END_GONE, end.number)
        if expect and not await self._chain.has_digest(expect):
            raise _Broken(FaultKind.NOT_EXPECTED)
        if stranger := await self._chain.stranger():
            raise _Broken(FaultKind.ENTRY_STRANGE, entry=stranger)
        if since is None and self._listed != await self._chain.count_listed():
            raise _Broken(FaultKind.LOOKUP_CHANGED)

    def _link(self, seal: Seal) -> None:
        """Check a seal by itself, and that it follows the one before."""
        if seal_digest(seal) != seal.digest:
            raise _Broken(FaultKind.SEAL_CHANGED, seal.number)
        try:
            known = self._work.tenant.keys.open(seal.mark, MARK.format(seal.number)) == seal.digest
        except SealBroken:
            known = False
        if not known:
            raise _Broken(FaultKind.SEAL_FORGED, seal.number)
        if seal.number != self._number + 1 or seal.previous != self._digest:
            raise _Broken(FaultKind.SEAL_GONE, self._number + 1)
        self._number, self._digest = seal.number, seal.digest

    def _hold(self, seal: Seal, entries: dict[UUID, Entry]) -> None:
        """Check that a seal's entries are there and say what they said."""
        for id_, digest in zip(seal.entry_ids, digests(seal), strict=True):
            entry = entries.get(id_)
            if entry is None:
                raise _Broken(FaultKind.ENTRY_GONE, seal.number, id_)
            if entry_digest(entry) != digest:
                raise _Broken(FaultKind.ENTRY_CHANGED, seal.number, id_)
            self.entries += 1
            self._listed += len(entry.shown)
