"""Database sessions: one request or job = one session = one transaction, opened and committed here alone.

Four roles connect, none of which bypasses row-level security: `app` works inside one tenant, `platform`
reads the tenant catalogue, `relay` sees the outbox and the job schedule, `owner` migrates.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from uuid import UUID

import msgspec
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session as SyncSession
from sqlalchemy.orm import SessionTransaction, UOWTransaction

from opptak.kit.models import TenantOwned

__all__ = ("Database", "DatabaseUrls", "Role", "TenantSession")


_PREPARE_AFTER = 3
"""Uses of a statement after which the server keeps it prepared, where no pooler is in between."""


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
        if role in self.by_role:
            url = make_url(self.by_role[role])
        else:
            url = make_url(self.direct if direct else self.app).set(username=role.value)
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
                connect_args={"prepare_threshold": None if self.urls.pooled else _PREPARE_AFTER},
            )
        return self._engines[role]

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

    async def close(self) -> None:
        """Close all connections."""
        for engine in self._engines.values():
            await engine.dispose()
        self._engines.clear()


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
