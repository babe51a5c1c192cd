"""The tenant catalogue in the database."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from opptak.kit.db import TenantSession
from opptak.tenancy.config import TenantDocument
from opptak.tenancy.models import PluginSecret, Tenant, TenantHost, TenantVersion

__all__ = ("CatalogueRepository", "VersionRepository")

_APPLYING = 0x6F70_7461
"""Seed of the advisory locks' keys."""


class CatalogueRepository:
    """Which tenants there are and where they answer; as `platform`, or to read as `app`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def list_all(self) -> Sequence[Tenant]:
        """Return all tenants by name."""
        return (await self._session.scalars(select(Tenant).order_by(Tenant.slug))).all()

    async def wait_for_turn(self, slug: str) -> None:
        """Wait until nobody else applies the tenant (it need not be there yet); holds for the transaction."""
        await self._session.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(slug, _APPLYING)))
        )

    async def find(self, slug: str) -> Tenant | None:
        """Return a tenant by its short name."""
        found: Tenant | None = await self._session.scalar(select(Tenant).where(Tenant.slug == slug))
        return found

    async def at_host(self, host: str) -> Tenant | None:
        """Return the tenant that answers at a host."""
        query = select(Tenant).join(TenantHost).where(TenantHost.host == host)
        found: Tenant | None = await self._session.scalar(query)
        return found

    async def host_owner(self, hosts: Sequence[str]) -> Mapping[str, UUID]:
        """Return who has which of the hosts."""
        rows = await self._session.scalars(select(TenantHost).where(TenantHost.host.in_(hosts)))
        return {row.host: row.tenant_id for row in rows}

    async def set_hosts(self, tenant: UUID, hosts: Sequence[str]) -> None:
        """Give a tenant exactly these hosts, but for those that are another's."""
        await self._session.execute(
            delete(TenantHost).where(TenantHost.tenant_id == tenant, TenantHost.host.not_in(hosts))
        )
        if hosts:
            # In one order, so that two who want the same hosts wait for one another and not in a circle.
            rows = [{"host": host, "tenant_id": tenant} for host in sorted(hosts)]
            await self._session.execute(insert(TenantHost).values(rows).on_conflict_do_nothing())

    def add(self, tenant: Tenant) -> None:
        """Add a tenant."""
        self._session.add(tenant)


class VersionRepository:
    """The versions of one tenant's document."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def document(self, number: int) -> TenantDocument | None:
        """Return a version of the document."""
        stored: Mapping[str, Any] | None = await self._session.scalar(
            select(TenantVersion.document).where(TenantVersion.number == number)
        )
        return None if stored is None else msgspec.convert(stored, TenantDocument)

    async def last_number(self) -> int:
        """Return the highest number given so far, 0 for none."""
        return await self._session.scalar(select(func.max(TenantVersion.number))) or 0

    async def list_all(self) -> Sequence[TenantVersion]:
        """Return all versions, newest first."""
        query = select(TenantVersion).order_by(TenantVersion.number.desc())
        return (await self._session.scalars(query)).all()

    def add(self, version: TenantVersion) -> None:
        """Add a version."""
        self._session.add(version)

    async def secrets(self) -> Sequence[PluginSecret]:
        """Return all plugins' sealed secrets."""
        return (await self._session.scalars(select(PluginSecret))).all()
