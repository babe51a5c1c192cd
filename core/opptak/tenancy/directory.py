"""Tenants as the running program sees them: contexts by host and id, remade when a new version is applied.

What is known is believed for as long as news of changes is heard (`opptak.tenancy.watching`); unheard, the
catalogue is asked again after a second. So every process goes by a new version within two.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from opptak.kit.db import Database, Role
from opptak.tenancy.context import TenantContext
from opptak.tenancy.models import Tenant
from opptak.tenancy.opening import TenantClosed, TenantOpener
from opptak.tenancy.repository import CatalogueRepository

__all__ = ("TenantDirectory",)

MOST_TENANTS = 500
"""Contexts one process keeps; the one that was not asked for longest gives way."""

_MOST_HOSTS = 2 * MOST_TENANTS
_ALIVE_SECONDS = 1.0
"""How long a sign of life means that news is heard."""
_UNHEARD_SECONDS = 1.0
"""How long what is known is believed while no news is heard."""
_HEARD_SECONDS = 60.0
"""How long it is believed while news is heard."""
_NEVER = float("-inf")

_log = logging.getLogger(__name__)


class _Known(msgspec.Struct):
    version: int
    found: TenantContext | TenantClosed
    checked_at: float


class TenantDirectory:
    """Finds tenants; one that can't be opened raises TenantClosed, and the others never notice."""

    def __init__(self, database: Database, opener: TenantOpener) -> None:
        self._database = database
        self._opener = opener
        self._known: OrderedDict[UUID, _Known] = OrderedDict()
        self._hosts: OrderedDict[str, tuple[float, UUID]] = OrderedDict()
        self._opening: dict[UUID, tuple[int, asyncio.Task[TenantContext | TenantClosed]]] = {}
        self.hearing_since = _NEVER
        """Since when no news has been missed."""
        self._heard_at = _NEVER
        self._news_at = _NEVER

    @property
    def closed(self) -> int:
        """How many of the tenants asked for lately can't be opened."""
        return sum(isinstance(known.found, TenantClosed) for known in self._known.values())

    @property
    def hears(self) -> bool:
        """Whether news of tenants reaches us at present."""
        return time.monotonic() - self._heard_at < _ALIVE_SECONDS

    def __contains__(self, tenant_id: object) -> bool:
        """Return whether a tenant is kept."""
        return tenant_id in self._known

    async def at_host(self, host: str) -> TenantContext | None:
        """Return the tenant that answers at a host (as `requested_host` gives it), or None."""
        if known := self._hosts.get(host):
            checked_at, tenant_id = known
            if tenant_id in self._known and self._believed(checked_at, unheard=_UNHEARD_SECONDS):
                self._hosts.move_to_end(host)
                return self._opened(tenant_id)
        started = time.monotonic()
        async with self._database.unscoped(Role.APP) as session:
            tenant = await CatalogueRepository(session).at_host(host)
        if tenant is None:
            # Unknown hosts are not remembered: anybody can invent them.
            self._hosts.pop(host, None)
            return None
        self._hosts[host] = (self._since(started), tenant.id)
        _shorten(self._hosts, _MOST_HOSTS)
        return await self._current(tenant, started)

    async def by_slug(self, slug: str) -> TenantContext | None:
        """Return a tenant by its short name, always the version in force."""
        started = time.monotonic()
        async with self._database.unscoped(Role.APP) as session:
            tenant = await CatalogueRepository(session).find(slug)
        return await self._current(tenant, started) if tenant else None

    async def by_id(self, tenant_id: UUID) -> TenantContext | None:
        """Return a tenant by id."""
        known = self._known.get(tenant_id)
        if known and self._believed(known.checked_at, unheard=0):
            return self._opened(tenant_id)
        started = time.monotonic()
        async with self._database.unscoped(Role.APP) as session:
            tenant = await session.get(Tenant, tenant_id)
        return await self._current(tenant, started) if tenant else None

    async def each(self) -> AsyncIterator[TenantContext | TenantClosed]:
        """Yield all tenants by name, opened one after the other and not kept."""
        async with self._database.unscoped(Role.APP) as session:
            tenants = await CatalogueRepository(session).list_all()
        for tenant in tenants:
            yield await self._opener.open(tenant)

    async def list_all(self) -> list[TenantContext]:
        """Return the tenants that can be opened, by name."""
        return [found async for found in self.each() if isinstance(found, TenantContext)]

    def hear(self, *, anew: bool = False) -> None:
        """Note that news would have reached us by now; `anew`, that some may have been missed before."""
        self._heard_at = time.monotonic()
        if anew:
            self.hearing_since = self._heard_at

    def forget(self, tenant_id: UUID) -> None:
        """Ask again about a tenant: there is news of it."""
        self._news_at = time.monotonic()
        self._known.pop(tenant_id, None)
        self._opening.pop(tenant_id, None)
        for host in [host for host, (_, owner) in self._hosts.items() if owner == tenant_id]:
            del self._hosts[host]

    def _believed(self, checked_at: float, *, unheard: float) -> bool:
        now = time.monotonic()
        hearing = self.hears and checked_at >= self.hearing_since
        return now - checked_at < (_HEARD_SECONDS if hearing else unheard)

    def _since(self, started: float) -> float:
        """Return since when an answer holds: not at all where news came while it was on its way."""
        return started if self._news_at < started else _NEVER

    def _opened(self, tenant_id: UUID) -> TenantContext:
        self._known.move_to_end(tenant_id)
        found = self._known[tenant_id].found
        if isinstance(found, TenantClosed):
            raise TenantClosed(found.slug, found.reason)
        return found

    async def _current(self, tenant: Tenant, started: float) -> TenantContext:
        """Return the tenant at the version read; one that was closed is tried again."""
        known = self._known.get(tenant.id)
        # What was opened while news came may lack just that: a secret makes no new version.
        sound = known and known.checked_at > _NEVER and isinstance(known.found, TenantContext)
        if known and sound and known.version == tenant.version:
            known.checked_at = max(known.checked_at, self._since(started))
            return self._opened(tenant.id)
        found = await self._open(tenant)
        if isinstance(found, TenantClosed):
            self._tell(known, found)
        newest = self._known.get(tenant.id)
        if newest is None or newest.checked_at <= started:
            self._known[tenant.id] = _Known(tenant.version, found, self._since(started))
            _shorten(self._known, MOST_TENANTS)
        return self._opened(tenant.id)

    async def _open(self, tenant: Tenant) -> TenantContext | TenantClosed:
        """Open a tenant once, however many ask for it in the meantime."""
        version, task = self._opening.get(tenant.id, (0, None))
        if task is None or version != tenant.version:
            task = asyncio.create_task(self._opener.open(tenant))
            self._opening[tenant.id] = (tenant.version, task)
        try:
            return await asyncio.shield(task)
        finally:
            if self._opening.get(tenant.id, (0, None))[1] is task:
                del self._opening[tenant.id]

    def _tell(self, known: _Known | None, closed: TenantClosed) -> None:
        before = known.found if known else None
        if not isinstance(before, TenantClosed) or before.reason != closed.reason:
            _log.error("a tenant is closed", extra={"tenant": closed.slug, "reason": closed.reason})


def _shorten(kept: OrderedDict[str, tuple[float, UUID]] | OrderedDict[UUID, _Known], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
