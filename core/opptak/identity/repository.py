"""Staff accounts and login sessions in the database."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, update

from opptak.identity.models import LoginSession, StaffAccount, StaffRole
from opptak.kit.db import TenantSession
from opptak.kit.subject import Space

__all__ = ("SessionRepository", "StaffRepository")


class SessionRepository:
    """Login sessions."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    def add(self, row: LoginSession) -> None:
        """Add a session."""
        self._session.add(row)

    async def by_token(self, token_hash: bytes) -> LoginSession | None:
        """Return the session of a token, ended or not."""
        found: LoginSession | None = await self._session.scalar(
            select(LoginSession).where(LoginSession.token_hash == token_hash)
        )
        return found

    async def staff_by_token(
        self, token_hash: bytes, *, on: date
    ) -> Sequence[tuple[LoginSession, StaffAccount, StaffRole | None]]:
        """Return a staff session with its account, once for each role valid on a day (at least once)."""
        valid = and_(
            StaffRole.account_id == StaffAccount.id,
            StaffRole.valid_from <= on,
            or_(StaffRole.valid_to.is_(None), StaffRole.valid_to >= on),
        )
        rows = await self._session.execute(
            select(LoginSession, StaffAccount, StaffRole)
            .join(StaffAccount, StaffAccount.id == LoginSession.subject_id)
            .outerjoin(StaffRole, valid)
            .where(LoginSession.token_hash == token_hash, LoginSession.space == Space.STAFF)
        )
        return [(session, account, role) for session, account, role in rows]

    async def get(self, session_id: UUID) -> LoginSession | None:
        """Return a session by id."""
        found: LoginSession | None = await self._session.scalar(
            select(LoginSession).where(LoginSession.id == session_id)
        )
        return found

    async def prolong(self, session_id: UUID, *, until: datetime) -> None:
        """Move a session's end."""
        await self._session.execute(
            update(LoginSession)
            .where(LoginSession.id == session_id)
            .values(expires_at=until)
            .execution_options(synchronize_session=False)
        )

    async def delete(self, token_hash: bytes) -> None:
        """Delete the session of a token, if there is one."""
        await self._session.execute(delete(LoginSession).where(LoginSession.token_hash == token_hash))

    async def delete_ended(self, before: datetime) -> None:
        """Delete the sessions that ended before a moment."""
        await self._session.execute(delete(LoginSession).where(LoginSession.expires_at < before))


class StaffRepository:
    """Staff accounts and roles."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    def add(self, row: StaffAccount | StaffRole) -> None:
        """Add an account or a role."""
        self._session.add(row)

    async def flush(self) -> None:
        """Write what was added; raises sqlalchemy.exc.IntegrityError for an e-mail address in use."""
        await self._session.flush()

    async def by_email(self, email: str) -> StaffAccount | None:
        """Return the account of an e-mail address, closed or not."""
        found: StaffAccount | None = await self._session.scalar(
            select(StaffAccount).where(StaffAccount.email == email)
        )
        return found

    async def get(self, account_id: UUID) -> StaffAccount | None:
        """Return an account, closed or not."""
        return await self._session.get(StaffAccount, (self._session.tenant_id, account_id))

    async def list_all(self) -> Sequence[StaffAccount]:
        """Return all accounts by e-mail address."""
        return (await self._session.scalars(select(StaffAccount).order_by(StaffAccount.email))).all()

    async def roles_of(self, account_id: UUID, *, on: date) -> Sequence[StaffRole]:
        """Return the roles of an account that are valid on a day."""
        found = select(StaffRole).where(
            StaffRole.account_id == account_id,
            StaffRole.valid_from <= on,
            or_(StaffRole.valid_to.is_(None), StaffRole.valid_to >= on),
        )
        return (await self._session.scalars(found)).all()

    async def roles(self) -> Sequence[StaffRole]:
        """Return all roles ever given, oldest first."""
        return (await self._session.scalars(select(StaffRole).order_by(StaffRole.valid_from))).all()
