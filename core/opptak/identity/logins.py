"""Login sessions: begun, found by the cookie's token, prolonged while used, ended."""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import TypeVar
from uuid import UUID

import msgspec

from opptak.authz.actions import Role
from opptak.hooks.types import Identity
from opptak.identity.models import LoginSession, StaffAccount, StaffRole
from opptak.identity.repository import SessionRepository
from opptak.identity.schemas import LIFETIMES, LONGEST, Login, NewLogin, ProviderSession, Started
from opptak.kit.ids import new_id
from opptak.kit.subject import Space, Subject
from opptak.tenancy.context import Work

__all__ = ("Logins",)

T = TypeVar("T")

_KEPT_AFTER_END = timedelta(hours=1)
"""An ended session stays this long, to hand a half-filled form back to the same person alone."""


class Logins:
    """The login sessions of a tenant."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._sessions = SessionRepository(work.session)

    async def begin(self, new: NewLogin, *, replaces: str = "") -> Started:
        """Begin a login with a fresh token; the one of the token it `replaces` ends."""
        if replaces:
            await self._sessions.delete(_hash(replaces))
        token, login_id = secrets.token_urlsafe(32), new_id()
        unsettled = new.identity if new.subject_id is None else None
        self._sessions.add(
            LoginSession(
                id=login_id,
                token_hash=_hash(token),
                space=new.space,
                subject_id=new.subject_id,
                name=new.name,
                level=new.level,
                language=new.language,
                csrf=secrets.token_urlsafe(24),
                created_at=self._work.now,
                expires_at=self._work.now + LIFETIMES[new.space],
                identity=self._seal(login_id, "identity", unsettled),
                provider_session=self._seal(login_id, "provider_session", new.provider),
            )
        )
        return Started(token, login_id)

    async def find(self, token: str, space: Space) -> Login | None:
        """Return the login of a token, prolonged by its use; None when there is none or it has ended."""
        login = await (self._parent(token) if space is Space.PARENTS else self._staff(token))
        if login is None or login.expires_at <= self._work.now:
            return None
        await self._prolong(login, space)
        return login

    async def whose(self, token: str) -> UUID | None:
        """Return who the login of a token belongs to, or belonged to when it has just ended."""
        row = await self._sessions.by_token(_hash(token))
        return row.subject_id if row else None

    async def end(self, token: str) -> ProviderSession | None:
        """End a login; return what the logout at the provider needs, if it came from one."""
        row = await self._sessions.by_token(_hash(token))
        if row is None:
            return None
        await self._sessions.delete(row.token_hash)
        return self._open(row.id, "provider_session", row.provider_session, ProviderSession)

    async def identity(self, login_id: UUID) -> Identity | None:
        """Return the identity of a parent whom the register has not told us of yet."""
        row = await self._sessions.get(login_id)
        return self._open(row.id, "identity", row.identity, Identity) if row else None

    async def settle(self, login_id: UUID, *, subject_id: UUID, name: str) -> None:
        """Note who a parent's login belongs to, now that the register has told; the sealed identity goes."""
        row = await self._sessions.get(login_id)
        if row is not None:
            row.subject_id, row.name, row.identity = subject_id, name, None

    async def forget_ended(self) -> None:
        """Delete the sessions that ended a while ago."""
        await self._sessions.delete_ended(self._work.now - _KEPT_AFTER_END)

    async def _parent(self, token: str) -> Login | None:
        row = await self._sessions.by_token(_hash(token))
        if row is None or row.space != Space.PARENTS:
            return None
        return _login(row, row.name, roles=(Role.GUARDIAN,))

    async def _staff(self, token: str) -> Login | None:
        rows = await self._sessions.staff_by_token(_hash(token), on=self._work.tenant.today())
        if not rows or rows[0][1].disabled_at is not None:
            return None
        session, account, _ = rows[0]
        roles = [role for _, _, role in rows if role is not None]
        return _staff_login(session, account, roles)

    def _seal(self, login_id: UUID, column: str, value: msgspec.Struct | None) -> bytes | None:
        if value is None:
            return None
        return self._work.tenant.keys.seal(msgspec.msgpack.encode(value), _place(login_id, column))

    def _open(self, login_id: UUID, column: str, sealed: bytes | None, kind: type[T]) -> T | None:
        if sealed is None:
            return None
        content = self._work.tenant.keys.open(sealed, _place(login_id, column))
        return msgspec.msgpack.decode(content, type=kind)

    async def _prolong(self, login: Login, space: Space) -> None:
        lifetime = LIFETIMES[space]
        until = min(self._work.now + lifetime, login.began_at + LONGEST[space])
        # One write every few minutes is enough, and saves one on most pages.
        if until - login.expires_at > lifetime * 0.2:
            await self._sessions.prolong(login.id, until=until)


def _login(
    row: LoginSession, name: str, *, roles: Iterable[str], facilities: Iterable[UUID] = (), language: str = ""
) -> Login:
    return Login(
        id=row.id,
        subject=Subject(
            space=Space(row.space),
            id=row.subject_id,
            name=name,
            roles=frozenset(roles),
            facilities=frozenset(facilities),
            level=row.level,
        ),
        csrf=row.csrf,
        language=row.language or language,
        began_at=row.created_at,
        expires_at=row.expires_at,
    )


def _staff_login(row: LoginSession, account: StaffAccount, roles: list[StaffRole]) -> Login:
    return _login(
        row,
        account.name,
        roles=(role.role for role in roles),
        facilities=(role.facility_id for role in roles if role.facility_id is not None),
        language=account.language,
    )


def _place(login_id: UUID, column: str) -> str:
    return f"login_session.{column}|{login_id}"


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
