"""The bytes that digests are made of, such that an auditor can make them with any tool.

An entry and a seal are JSON arrays with a fixed order, in UTF-8, without spaces, the keys of objects sorted;
moments are in UTC with six decimals and a `Z`, ids in lower case. `docs/reference/audit.md` has an example.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from opptak.audit.schemas import Entry, Seal

__all__ = ("DIGEST_SIZE", "digests", "entry_digest", "entry_line", "seal_digest")

DIGEST_SIZE = 32
_ENTRY = "opptak.audit.entry/1"
_SEAL = "opptak.audit.seal/1"

_encoder = msgspec.json.Encoder(order="sorted")


def entry_digest(entry: Entry) -> bytes:
    """Return the digest of an entry."""
    return sha256(entry_line(entry)).digest()


def entry_line(entry: Entry) -> bytes:
    """Return what is digested: every column of the entry."""
    return _encoder.encode(
        (
            _ENTRY,
            entry.tenant_id,
            entry.id,
            _moment(entry.created_at),
            _moment(entry.happened_at),
            entry.space,
            entry.subject_id,
            entry.action,
            entry.outcome,
            entry.target_kind,
            entry.target_id,
            entry.shown,
            entry.details,
            entry.trace,
        )
    )


def seal_digest(seal: Seal) -> bytes:
    """Return the digest of a link: its entries, and the link before."""
    line = (
        _SEAL,
        seal.tenant_id,
        seal.number,
        _moment(seal.sealed_at),
        seal.previous.hex(),
        seal.entry_ids,
        seal.entry_digests.hex(),
    )
    return sha256(_encoder.encode(line)).digest()


def digests(seal: Seal) -> Iterator[bytes]:
    """Yield the digests of a seal's entries, in their order."""
    for start in range(0, len(seal.entry_digests), DIGEST_SIZE):
        yield seal.entry_digests[start : start + DIGEST_SIZE]


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
