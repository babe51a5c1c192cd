"""All SQL about the audit log and its chain."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, any_, delete, func, literal, select, true, tuple_, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from opptak.audit.models import AuditChain, AuditEntry, AuditPending, AuditSeal, AuditTarget
from opptak.audit.schemas import AuditFilter, Entry, Outcome, Seal
from opptak.kit.db import TenantSession

__all__ = ("AuditRepository", "ChainRepository", "count_broken")

_ENTRY = [getattr(AuditEntry, name) for name in Entry.__struct_fields__]
_SEAL = [getattr(AuditSeal, name) for name in Seal.__struct_fields__]


class AuditRepository:
    """The audit log of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def search(self, wanted: AuditFilter, *, after: UUID | None, size: int) -> Sequence[AuditEntry]:
        """Return entries, the newest first: the first ones, or those that follow an entry."""
        conditions = _conditions(wanted)
        if after is not None:
            moment = await self._session.scalar(select(AuditEntry.happened_at).where(AuditEntry.id == after))
            conditions.append(tuple_(AuditEntry.happened_at, AuditEntry.id) < (moment, after))
        newest = AuditEntry.happened_at.desc(), AuditEntry.id.desc()
        found = select(AuditEntry).where(*conditions).order_by(*newest).limit(size)
        return (await self._session.scalars(found)).all()

    async def last(self, action: str) -> datetime | None:
        """Return when an action was done last."""
        found: datetime | None = await self._session.scalar(
            select(func.max(AuditEntry.happened_at)).where(AuditEntry.action == action)
        )
        return found

    async def stream(self, *, since: datetime | None, size: int = 1000) -> AsyncIterator[Sequence[Entry]]:
        """Yield all entries, the oldest first, some at a time."""
        last: tuple[Any, ...] | None = None
        moment_and_id = tuple_(AuditEntry.happened_at, AuditEntry.id)
        while True:
            where: list[ColumnElement[bool]] = [true()]
            if since is not None:
                where.append(AuditEntry.happened_at >= since)
            if last is not None:
                where.append(moment_and_id > last)
            page = select(*_ENTRY).where(*where).order_by(AuditEntry.happened_at, AuditEntry.id).limit(size)
            found = [Entry(**row) for row in (await self._session.execute(page)).mappings()]
            if not found:
                return
            yield found
            last = found[-1].happened_at, found[-1].id


class ChainRepository:
    """The chain of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def end(self) -> AuditChain | None:
        """Return the chain's end; None before the first seal."""
        return await self._session.scalar(select(AuditChain))

    async def begin(self) -> None:
        """Begin the chain where there is none."""
        await self._session.execute(
            insert(AuditChain)
            .values(number=0, digest=b"")
            .on_conflict_do_nothing(index_elements=["tenant_id"])
        )

    async def lock(self, *, wait: bool = True) -> AuditChain | None:
        """Lock the chain for the rest of the transaction; None where another has it and we don't wait."""
        found: AuditChain | None = await self._session.scalar(
            select(AuditChain).with_for_update(skip_locked=not wait).execution_options(populate_existing=True)
        )
        return found

    async def take_pending(self, *, limit: int) -> list[UUID]:
        """Take entries that no seal holds, to be sealed now; sorted by id."""
        some = select(AuditPending.id).order_by(AuditPending.id).limit(limit)
        taken = await self._session.scalars(
            delete(AuditPending)
            .where(AuditPending.id.in_(some))
            .returning(AuditPending.id)
            .execution_options(synchronize_session=False)
        )
        return sorted(taken.all())

    async def entries(self, ids: Collection[UUID]) -> dict[UUID, Entry]:
        """Return entries by id; those that are gone are left out."""
        rows = await self._session.execute(select(*_ENTRY).where(AuditEntry.id == func.any(list(ids))))
        return {row["id"]: Entry(**row) for row in rows.mappings()}

    def add(self, seal: Seal) -> None:
        """Store a seal."""
        self._session.add(AuditSeal(**{name: getattr(seal, name) for name in Seal.__struct_fields__}))

    async def list_shown(self, ids: Collection[UUID]) -> None:
        """Make what the entries list findable."""
        listed = select(func.gen_random_uuid(), func.unnest(AuditEntry.shown), AuditEntry.id).where(
            AuditEntry.id == func.any(list(ids))
        )
        await self._session.execute(insert(AuditTarget).from_select(["id", "target_id", "entry_id"], listed))

    async def seals(self, *, after: int, limit: int) -> list[Seal]:
        """Return seals in their order."""
        found = select(*_SEAL).where(AuditSeal.number > after).order_by(AuditSeal.number).limit(limit)
        return [Seal(**row) for row in (await self._session.execute(found)).mappings()]

    async def before(self, moment: datetime) -> tuple[int, bytes]:
        """Return number and digest of the last seal made before a moment."""
        found = (
            select(AuditSeal.number, AuditSeal.digest)
            .where(AuditSeal.sealed_at < moment)
            .order_by(AuditSeal.number.desc())
            .limit(1)
        )
        row = (await self._session.execute(found)).first()
        return (row[0], row[1]) if row else (0, b"")

    async def has_digest(self, digest: bytes) -> bool:
        """Return whether a seal has a digest."""
        return (
            await self._session.scalar(select(AuditSeal.number).where(AuditSeal.digest == digest)) is not None
        )

    async def count_pending(self) -> int:
        """Return how many entries no seal holds yet."""
        return await self._session.scalar(select(func.count()).select_from(AuditPending)) or 0

    async def stranger(self) -> UUID | None:
        """Return an entry that no seal holds and none is going to; one statement, so one moment.

        A difference of sets reads each table once; the planner takes a join with a limit to be found early,
        and compares everything with everything.
        """
        sealed = select(func.unnest(AuditSeal.entry_ids))
        strange = select(AuditEntry.id).except_(sealed, select(AuditPending.id)).subquery()
        found: UUID | None = await self._session.scalar(select(strange.c.id).order_by(strange.c.id).limit(1))
        return found

    async def count_listed(self) -> int:
        """Return how many ids can be looked up."""
        return await self._session.scalar(select(func.count()).select_from(AuditTarget)) or 0


async def count_broken(session: AsyncSession) -> int:
    """Count the chains of all tenants in which a fault was found; the relay sees no others."""
    return await session.scalar(select(func.count(AuditChain.number))) or 0


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [true()]
    if wanted.target_id is not None:
        conditions.append(_concerns(wanted.target_id))
    if wanted.subject_id is not None:
        conditions.append(AuditEntry.subject_id == wanted.subject_id)
    if wanted.action:
        conditions.append(AuditEntry.action == wanted.action)
    if wanted.outcome is not None:
        conditions.append(AuditEntry.outcome == wanted.outcome)
    if wanted.space is not None:
        conditions.append(AuditEntry.space == wanted.space)
    if not wanted.reads:
        looked = AuditEntry.action.endswith(".read") & (AuditEntry.outcome == Outcome.DONE)
        conditions.append(~looked)
    if wanted.since is not None:
        conditions.append(AuditEntry.happened_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(AuditEntry.happened_at < wanted.until)
    return conditions


def _concerns(target: UUID) -> ColumnElement[bool]:
    """Match the entries about a thing, and those that list it: by the lookup, or not yet sealed."""
    unsealed = select(AuditPending.id).join(AuditEntry, AuditEntry.id == AuditPending.id)
    return AuditEntry.id.in_(
        union_all(
            select(AuditEntry.id).where(AuditEntry.target_id == target),
            select(AuditTarget.entry_id).where(AuditTarget.target_id == target),
            unsealed.where(literal(target) == any_(AuditEntry.shown)),
        )
    )
