"""All SQL about letters and stored files."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import aliased

from opptak.documents.models import Letter, LetterEvent, StoredFile
from opptak.documents.schemas import UNDELIVERED, LetterFilter, LetterState
from opptak.documents.states import UNDERWAY
from opptak.kit.bulk import upsert
from opptak.kit.db import TenantSession
from opptak.kit.models import TenantOwned

__all__ = ("DocumentRepository",)


class DocumentRepository:
    """Letters and files of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    def add(self, *rows: TenantOwned) -> None:
        """Add rows."""
        self._session.add_all(rows)

    async def flush(self) -> None:
        """Write what was added, so that other rows may refer to it."""
        await self._session.flush()

    async def save_letters(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, UUID]:
        """Insert letters; return the new ones by key."""
        written = await upsert(self._session, Letter, rows, key=("key",))
        return {key: letter for (key,), letter in written.items()}

    async def ids(self, keys: Collection[str]) -> dict[str, UUID]:
        """Return letters by key."""
        rows = await self._session.execute(select(Letter.key, Letter.id).where(Letter.key.in_(keys)))
        return dict(rows.all())

    async def letter(self, letter_id: UUID, *, where: ColumnElement[bool]) -> Letter | None:
        """Return a letter the filter lets through."""
        letter: Letter | None = await self._session.scalar(
            select(Letter).where(Letter.id == letter_id, where)
        )
        return letter

    async def lock(self, letter_id: UUID) -> Letter | None:
        """Return a letter, locked until the transaction ends."""
        letter: Letter | None = await self._session.scalar(
            select(Letter)
            .where(Letter.id == letter_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return letter

    async def lock_queued(self, ids: Collection[UUID]) -> Sequence[Letter]:
        """Return those of the letters that wait to be sent, locked until the transaction ends."""
        found = (
            select(Letter)
            .where(Letter.id.in_(ids), Letter.state == LetterState.QUEUED)
            .order_by(Letter.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return (await self._session.scalars(found)).all()

    async def copies(self, key: str) -> Sequence[Letter]:
        """Return the letters sent again under a key, oldest first."""
        found = select(Letter).where(Letter.key.startswith(f"{key}+", autoescape=True))
        return (await self._session.scalars(found.order_by(Letter.id))).all()

    async def underway(self, *, after: UUID | None, limit: int) -> Sequence[Letter]:
        """Return letters whose channel may have news, by id and locked; those in other hands are left out."""
        found = (
            select(Letter)
            .where(Letter.state.in_(UNDERWAY), Letter.reference.is_not(None))
            .order_by(Letter.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        if after is not None:
            found = found.where(Letter.id > after)
        return (await self._session.scalars(found)).all()

    async def of_application(self, application_id: UUID, *, where: ColumnElement[bool]) -> Sequence[Letter]:
        """Return an application's letters, newest first."""
        return await self._listed(where, Letter.application_id == application_id)

    async def of_recipient(self, person_id: UUID, *, where: ColumnElement[bool]) -> Sequence[Letter]:
        """Return a person's letters, newest first."""
        return await self._listed(where, Letter.recipient_id == person_id)

    async def page(
        self, filter_: LetterFilter, *, named: Select[UUID] | None, number: int, size: int
    ) -> tuple[Sequence[Letter], int]:
        """Return a page of letters, newest first, and how many there are in all; `named` are the recipients
        who have the name that is looked for.
        """
        chosen = _matching(filter_)
        if named is not None:
            chosen.append(Letter.recipient_id.in_(named))
        total = select(func.count()).select_from(Letter).where(*chosen).correlate(None).scalar_subquery()
        page = select(Letter, total).where(*chosen).order_by(Letter.id.desc())
        rows = (await self._session.execute(page.limit(size).offset((number - 1) * size))).all()
        return [row[0] for row in rows], rows[0][1] if rows else 0

    async def counts(self) -> Sequence[tuple[str, str, str, str, int]]:
        """Return how many letters there are by kind, state, channel and language."""
        groups = (Letter.kind, Letter.state, Letter.channel, Letter.language)
        found = select(*groups, func.count()).group_by(*groups).order_by(*groups)
        return (await self._session.execute(found)).all()

    async def undelivered(self) -> Sequence[tuple[str, int]]:
        """Return how many letters have not reached anybody and will not by themselves, by state."""
        chosen = _matching(LetterFilter(undelivered=True))
        found = select(Letter.state, func.count()).where(*chosen).group_by(Letter.state)
        return (await self._session.execute(found)).all()

    async def events(self, letter_id: UUID) -> Sequence[LetterEvent]:
        """Return what happened to a letter, oldest first."""
        found = select(LetterEvent).where(LetterEvent.letter_id == letter_id)
        return (await self._session.scalars(found.order_by(LetterEvent.id))).all()

    async def file(self, file_id: UUID) -> StoredFile | None:
        """Return what is known of a file."""
        return await self._session.get(StoredFile, (self._session.tenant_id, file_id))

    async def _listed(self, *where: ColumnElement[bool]) -> Sequence[Letter]:
        found = select(Letter).where(*where).order_by(Letter.id.desc())
        return (await self._session.scalars(found)).all()


def _matching(filter_: LetterFilter) -> list[ColumnElement[bool]]:
    wished: dict[Any, LetterState | str | UUID | None] = {
        Letter.kind: filter_.kind,
        Letter.state: filter_.state,
        Letter.channel: filter_.channel,
        Letter.language: filter_.language,
        Letter.application_id: filter_.application_id,
    }
    chosen = [column == value for column, value in wished.items() if value is not None]
    return [*chosen, Letter.state.in_(UNDELIVERED), ~_sent_again()] if filter_.undelivered else chosen


def _sent_again() -> ColumnElement[bool]:
    """Match a letter of which a later copy was written: what becomes of that one is what counts."""
    copy = aliased(Letter)
    return exists().where(
        copy.tenant_id == Letter.tenant_id,
        copy.key.contains("+"),
        func.split_part(copy.key, "+", 1) == func.split_part(Letter.key, "+", 1),
        copy.id > Letter.id,
    )
