"""Files at rest: sealed with the tenant's key before they touch the disk."""

from pathlib import Path
from typing import Protocol
from uuid import UUID

from opptak.kit.crypto import TenantKeys

__all__ = ("FileStore", "LocalFiles", "TenantFiles")


class FileStore(Protocol):
    """Where sealed files are kept."""

    def put(self, tenant: UUID, file: UUID, content: bytes) -> None:
        """Store the bytes; storing the same file again replaces it."""
        ...

    def get(self, tenant: UUID, file: UUID) -> bytes:
        """Return the bytes; raises FileNotFoundError."""
        ...


class LocalFiles:
    """Sealed files in a folder, one sub-folder a tenant."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, tenant: UUID, file: UUID, content: bytes) -> None:
        """Store the bytes; a reader never sees half a file."""
        path = self._path(tenant, file)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".part")
        half.write_bytes(content)
        half.replace(path)

    def get(self, tenant: UUID, file: UUID) -> bytes:
        """Return the bytes; raises FileNotFoundError."""
        return self._path(tenant, file).read_bytes()

    def _path(self, tenant: UUID, file: UUID) -> Path:
        # The last characters of a UUIDv7 are random, so that folders fill evenly.
        return self._root / str(tenant) / file.hex[-2:] / str(file)


class TenantFiles:
    """A tenant's files, sealed and opened on the way."""

    def __init__(self, store: FileStore, tenant: UUID, keys: TenantKeys) -> None:
        self._store = store
        self._tenant = tenant
        self._keys = keys

    def put(self, file: UUID, content: bytes) -> None:
        """Seal and store the content."""
        self._store.put(self._tenant, file, self._keys.seal(content, f"file|{file}"))

    def get(self, file: UUID) -> bytes:
        """Return the content; raises FileNotFoundError or SealBroken."""
        return self._keys.open(self._store.get(self._tenant, file), f"file|{file}")
