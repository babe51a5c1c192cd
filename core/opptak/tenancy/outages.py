"""Outages of outside services, noted where every process sees them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from opptak.hooks.breaker import Outage
from opptak.kit.db import Database, TenantSession
from opptak.kit.ids import new_id
from opptak.tenancy.models import PluginOutage

__all__ = ("OutageBook", "count_outages", "outages")

_FORGOTTEN_AFTER = timedelta(minutes=15)
"""Whoever noted an outage notes it again when it goes on; one of a process that is gone fades away."""


class OutageBook:
    """Where the breakers of one plugin in one tenant note outages; each note is a transaction of its own."""

    def __init__(self, database: Database, tenant: UUID, plugin: str) -> None:
        self._database = database
        self._tenant = tenant
        self._plugin = plugin

    async def note(self, outage: Outage) -> None:
        """Note that an outage begins, goes on or has ended."""
        async with self._database.tenant(self._tenant) as session:
            if outage.until is None:
                await session.execute(
                    delete(PluginOutage).where(
                        PluginOutage.plugin == self._plugin, PluginOutage.host == outage.host
                    )
                )
                return
            noted = insert(PluginOutage).values(
                tenant_id=self._tenant,
                id=new_id(),
                plugin=self._plugin,
                host=outage.host,
                asked_again_at=outage.until,
            )
            await session.execute(
                noted.on_conflict_do_update(
                    index_elements=["tenant_id", "plugin", "host"],
                    set_={"asked_again_at": noted.excluded.asked_again_at},
                )
            )


async def outages(session: TenantSession, *, now: datetime) -> Sequence[PluginOutage]:
    """Return the tenant's outages that go on."""
    found = select(PluginOutage).where(PluginOutage.asked_again_at > now - _FORGOTTEN_AFTER)
    return (await session.scalars(found.order_by(PluginOutage.plugin, PluginOutage.host))).all()


async def count_outages(session: AsyncSession, *, now: datetime) -> int:
    """As the relay: return how many services of all tenants do not answer."""
    found = select(func.count()).select_from(PluginOutage)
    return await session.scalar(found.where(PluginOutage.asked_again_at > now - _FORGOTTEN_AFTER)) or 0
