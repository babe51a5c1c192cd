"""Envelope encryption: a master key wraps one data key a tenant; the data key seals values and keys blind
indexes.

AES-256-GCM with the place of the value (`table.column|row`) as associated data, so that a ciphertext moved to
another row does not open. Dropping a tenant's wrapped key shreds its data.
"""

import base64
import hmac
import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ("FileKeys", "KeyProvider", "SealBroken", "StaticKeys", "TenantKeys", "new_data_key")

_MASTER = 32
_NONCE = 12
_INDEX = 16


class SealBroken(Exception):
    """The ciphertext was changed, moved to another place, or sealed with another key."""


class KeyProvider(Protocol):
    """Holds the master key: a file, the environment, or a key management service."""

    def wrap(self, data_key: bytes, *, tenant: str) -> bytes:
        """Return the data key, wrapped for storage."""
        ...

    def unwrap(self, wrapped: bytes, *, tenant: str) -> bytes:
        """Return the data key; raises SealBroken."""
        ...


class StaticKeys:
    """A master key held in memory (from `OPPTAK_MASTER_KEY`, 32 bytes in base64)."""

    def __init__(self, master: bytes) -> None:
        self._cipher = AESGCM(master)

    @classmethod
    def from_base64(cls, encoded: str) -> "StaticKeys":
        """Read the key from base64; raises ValueError when it is not 32 bytes."""
        master = base64.b64decode(encoded, validate=True)
        if len(master) != _MASTER:
            raise ValueError(f"the master key is {len(master)} bytes long")
        return cls(master)

    def wrap(self, data_key: bytes, *, tenant: str) -> bytes:
        """Return the data key, wrapped for storage."""
        return _seal(self._cipher, data_key, tenant)

    def unwrap(self, wrapped: bytes, *, tenant: str) -> bytes:
        """Return the data key; raises SealBroken."""
        return _open(self._cipher, wrapped, tenant)


class FileKeys(StaticKeys):
    """A master key in a file that only its owner reads; made at first use."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            _make_key(path)
        super().__init__(base64.b64decode(path.read_bytes()))


def _make_key(path: Path) -> None:
    """Put a key in place whole; of several processes that start at once, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.urandom(8).hex()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.b64encode(os.urandom(_MASTER)))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(aside, path)
    aside.unlink()


class TenantKeys:
    """A tenant's keys, derived from its data key: one to seal, one to index."""

    def __init__(self, data_key: bytes) -> None:
        self._cipher = AESGCM(_derive(data_key, b"seal"))
        self._index_key = _derive(data_key, b"index")

    def seal(self, plaintext: str | bytes, place: str) -> bytes:
        """Encrypt for a place, `table.column|row id`."""
        content = plaintext.encode() if isinstance(plaintext, str) else plaintext
        return _seal(self._cipher, content, place)

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt; raises SealBroken."""
        return _open(self._cipher, sealed, place)

    def open_text(self, sealed: bytes, place: str) -> str:
        """Decrypt a text; raises SealBroken."""
        return self.open(sealed, place).decode()

    def index(self, value: str) -> bytes:
        """Return the blind index of a value: equal values have equal indexes, within this tenant only."""
        return hmac.digest(self._index_key, value.encode(), sha256)[:_INDEX]


def new_data_key() -> bytes:
    """Return a fresh data key."""
    return os.urandom(32)


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"opptak/" + purpose).derive(key)


def _seal(cipher: AESGCM, plaintext: bytes, place: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + cipher.encrypt(nonce, plaintext, place.encode())


def _open(cipher: AESGCM, sealed: bytes, place: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
    except InvalidTag as broken:
        raise SealBroken(place) from broken
