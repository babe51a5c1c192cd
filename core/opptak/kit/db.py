"""Database sessions: one request or job = one session = one transaction, opened and committed here alone.

Four roles connect, none of which bypasses row-level security: `app` works inside one tenant, `platform`
reads the tenant catalogue, `relay` sees the outbox and the job schedule, `owner` migrates.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from select import POLLIN, poll
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session as SyncSession
from sqlalchemy.orm import SessionTransaction, UOWTransaction

from opptak.kit.models import TenantOwned

__all__ = ("Database", "DatabaseUrls", "Role", "TenantSession", "aside")


_PREPARE_AFTER = 3
"""Uses of a statement after which the server keeps it prepared, where no pooler is in between."""

_WAIT_SECONDS = 10
"""How long a request waits for a connection of the pool, before it is told to come again."""

_NOTICE_SILENCE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A server that is gone without a word is noticed after seconds; unset, the system's two hours count."""


class Role(StrEnum):
    """Database roles."""

    OWNER = "opptak_owner"
    APP = "opptak_app"
    PLATFORM = "opptak_platform"
    RELAY = "opptak_relay"


class DatabaseUrls(msgspec.Struct, frozen=True):
    """One address a role. The roles differ in the user name alone unless given one by one."""

    app: str
    direct: str
    """Not through a pooler: LISTEN, advisory locks and migrations need a session of their own."""
    by_role: Mapping[Role, str] = {}

    @property
    def pooled(self) -> bool:
        """Whether a pooler stands between: it may hand every transaction another server connection."""
        return self.app != self.direct

    def url(self, role: Role, *, direct: bool = False) -> URL:
        """Return the address for a role, with the psycopg driver."""
        base = make_url(self.direct if direct else self.app)
        own = make_url(self.by_role[role]) if role in self.by_role else base.set(username=role.value)
        # A role's own address leads to the pooler: around it, only who it is and the password count.
        around = direct and self.pooled
        url = base.set(username=own.username, password=own.password) if around else own
        return url.set(drivername="postgresql+psycopg")


class TenantSession(AsyncSession):
    """A session inside one tenant; row-level security shows it nothing else."""

    @property
    def tenant_id(self) -> UUID:
        """The tenant this session works in."""
        tenant: UUID = self.sync_session.info["tenant_id"]
        return tenant


class Database:
    """Engines by role, for one event loop."""

    def __init__(self, urls: DatabaseUrls, *, pool_size: int = 8) -> None:
        self.urls = urls
        self._pool_size = pool_size
        self._engines: dict[Role, AsyncEngine] = {}

    def engine(self, role: Role) -> AsyncEngine:
        """Return the pooled engine of a role, made at first use."""
        if role not in self._engines:
            self._engines[role] = create_async_engine(
                self.urls.url(role),
                pool_size=self._pool_size,
                # One above the size would be closed after each use, and opening one costs more than a page.
                max_overflow=0,
                # An error's text would quote the values of its statement, and they are about people.
                hide_parameters=True,
                pool_timeout=_WAIT_SECONDS,
                connect_args={
                    "prepare_threshold": None if self.urls.pooled else _PREPARE_AFTER,
                    **_NOTICE_SILENCE,
                },
            )
            event.listen(self._engines[role].sync_engine, "checkout", _require_open)
        return self._engines[role]

    async def alone(self, role: Role) -> psycopg.AsyncConnection[tuple[Any, ...]]:
        """Open a connection to the server itself, not pooled, for what belongs to a connection: LISTEN and
        advisory locks.
        """
        url = self.urls.url(role, direct=True).set(drivername="postgresql")
        address = url.render_as_string(hide_password=False)
        return await psycopg.AsyncConnection.connect(address, autocommit=True, **_NOTICE_SILENCE)

    @asynccontextmanager
    async def tenant(self, tenant_id: UUID) -> AsyncIterator[TenantSession]:
        """Open a transaction inside a tenant; commits at the end, rolls back on an error."""
        session = TenantSession(self.engine(Role.APP), expire_on_commit=False, info={"tenant_id": tenant_id})
        async with session, session.begin():
            yield session

    @asynccontextmanager
    async def unscoped(self, role: Role) -> AsyncIterator[AsyncSession]:
        """Open a transaction outside any tenant, as `platform`, `relay` or (catalogue only) `app`."""
        session = AsyncSession(self.engine(role), expire_on_commit=False)
        async with session, session.begin():
            yield session

    @asynccontextmanager
    async def at_once(self, role: Role) -> AsyncIterator[AsyncConnection]:
        """Open a connection, outside any tenant, on which each statement is a transaction of its own: one
        round trip to the server in place of four.
        """
        engine = self.engine(role).execution_options(isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            yield connection

    async def close(self) -> None:
        """Close all connections."""
        for engine in self._engines.values():
            await engine.dispose()
        self._engines.clear()


@asynccontextmanager
async def aside(session: TenantSession) -> AsyncIterator[TenantSession]:
    """Open a short transaction beside a session's own, in the same tenant.

    What it writes is seen at once, and stays when the session is rolled back; it must keep away from rows the
    session has locked.
    """
    beside = TenantSession(session.bind, expire_on_commit=False, info={"tenant_id": session.tenant_id})
    async with beside, beside.begin():
        yield beside


def _require_open(connection: Any, _record: object, _proxy: object) -> None:
    """Leave a connection the server has closed while it rested: what rests has nothing to be read.

    Asked of the operating system, since a question to the server would cost every request a round trip.
    """
    look = poll()
    look.register(connection.driver_connection.pgconn.socket, POLLIN)
    if look.poll(0):
        raise InvalidatePoolError


_ENTER = "select set_config('opptak.tenant', %s, true)"


@event.listens_for(SyncSession, "after_begin")
def _enter_tenant(session: SyncSession, _transaction: SessionTransaction, connection: Connection) -> None:
    tenant = session.info.get("tenant_id")
    if tenant is not None:
        # Straight to the driver: this runs at the start of every transaction.
        connection.exec_driver_sql(_ENTER, (str(tenant),))


@event.listens_for(SyncSession, "before_flush")
def _own_rows(session: SyncSession, _context: UOWTransaction, _instances: object) -> None:
    tenant = session.info.get("tenant_id")
    for row in session.new:
        if isinstance(row, TenantOwned) and row.tenant_id is None:
            row.tenant_id = tenant
