"""Sealing: entries are gathered into the links of a chain, after the fact and each exactly once.

Who writes an entry waits for nobody: a trigger leaves a row in `audit_pending`, in the same transaction. A
seal takes the rows it can see, so that an entry committed late is simply held by a later seal.
"""

import logging
from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from opptak.audit.canonical import DIGEST_SIZE, entry_digest, seal_digest
from opptak.audit.models import AuditChain
from opptak.audit.repository import ChainRepository
from opptak.audit.schemas import Seal
from opptak.tenancy.context import Work

__all__ = ("MARK", "SEALED_AT_ONCE", "seal_pending")

SEALED_AT_ONCE = 1000
"""Entries of a seal; looking the chain over keeps a few seals in memory."""

MARK = "audit_seal.mark|{}"
"""Where the mark of a seal stands, by its number."""

_GONE = bytes(DIGEST_SIZE)
"""In place of an entry that was gone before it was sealed: no entry has this digest."""

_log = logging.getLogger(__name__)


async def seal_pending(work: Work) -> int:
    """Seal the entries that wait for it; return how many: none while another works on the chain."""
    chain, sealed = ChainRepository(work.session), 0
    if not await chain.count_pending():
        return 0
    await chain.begin()
    end = await chain.lock(wait=False)
    if end is None:
        return 0
    while taken := await chain.take_pending(limit=SEALED_AT_ONCE):
        await _seal(work, chain, end, taken)
        sealed += len(taken)
    if sealed:
        # What is written down outside the database can be held against it: `opptak audit verify --expect`.
        told = {"tenant": work.tenant.slug, "seal": end.number, "digest": end.digest.hex()}
        _log.info("audit log sealed", extra=told)
    return sealed


async def _seal(work: Work, chain: ChainRepository, end: AuditChain, ids: Sequence[UUID]) -> None:
    entries = await chain.entries(ids)
    made = Seal(
        tenant_id=work.tenant.id,
        number=end.number + 1,
        sealed_at=work.now,
        entry_ids=list(ids),
        entry_digests=b"".join(entry_digest(entries[id_]) if id_ in entries else _GONE for id_ in ids),
        previous=end.digest,
        digest=b"",
        mark=b"",
    )
    digest = seal_digest(made)
    mark = work.tenant.keys.seal(digest, MARK.format(made.number))
    chain.add(replace(made, digest=digest, mark=mark))
    await chain.list_shown([entry.id for entry in entries.values() if entry.shown])
    end.number, end.digest, end.sealed_at = made.number, digest, made.sealed_at
