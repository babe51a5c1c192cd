"""Files of the tenant: sealed at rest, known by a row."""

from hashlib import sha256
from uuid import UUID

from opptak.documents.errors import FileNotStored
from opptak.documents.models import StoredFile
from opptak.documents.repository import DocumentRepository
from opptak.documents.schemas import Download
from opptak.kit.ids import new_id
from opptak.tenancy.context import Work

__all__ = ("Files",)


class Files:
    """Stored files of one tenant. Who may open which is the question of the domain that stored it."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._documents = DocumentRepository(work.session)

    async def store(self, name: str, content: bytes, *, media_type: str) -> UUID:
        """Store a file; it exists once the work is committed."""
        file = self.seal(new_id(), name, content, media_type=media_type)
        self._documents.add(file)
        await self._documents.flush()
        return file.id

    def seal(self, file_id: UUID, name: str, content: bytes, *, media_type: str) -> StoredFile:
        """Seal and keep the bytes; return the row to add, which makes them a file. Needs no session.

        Work that may be done again names its file by an id of its own, and leaves one file however often.
        """
        # The bytes go first: a file without a row is litter, a row without a file would be a lie.
        self._work.tenant.files.put(file_id, content)
        return StoredFile(
            id=file_id,
            name=name,
            media_type=media_type,
            size=len(content),
            sha256=sha256(content).hexdigest(),
        )

    async def open(self, file_id: UUID) -> Download:
        """Return a file; raises FileNotStored."""
        known = await self._documents.file(file_id)
        if known is None:
            raise FileNotStored
        content = self._work.tenant.files.get(file_id)
        return Download(name=known.name, media_type=known.media_type, content=content)
