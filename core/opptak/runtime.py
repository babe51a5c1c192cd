"""Everything a process stands on, made once per event loop from the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import httpx

from opptak.builtin import PLUGINS
from opptak.hooks.manager import PluginManager
from opptak.kit.clock import Clock, SharedClock, SystemClock, TravelClock
from opptak.kit.crypto import FileKeys, KeyProvider, StaticKeys
from opptak.kit.db import Database, DatabaseUrls, Role
from opptak.kit.files import LocalFiles
from opptak.kit.http import outside_client
from opptak.kit.i18n import PACKAGES, Catalogues
from opptak.kit.ids import new_id
from opptak.kit.subject import SYSTEM, Subject
from opptak.settings import Settings, SettingsInvalid
from opptak.tenancy.context import TenantContext, Work
from opptak.tenancy.directory import TenantDirectory
from opptak.tenancy.hosts import Addresses
from opptak.tenancy.opening import Foundation, TenantOpener, Training
from opptak.tenancy.service import TenantCatalogue
from opptak.tenancy.watching import watch_tenants

__all__ = ("Runtime", "database_urls", "make_clock")

_SHARED = "file:"


class Runtime:
    """The parts of a running process. Each event loop has its own; `close` it at the end."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        manager: PluginManager | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or make_clock(settings)
        self.database = Database(database_urls(settings), pool_size=(settings.worker_threads + 1) * 4)
        self.manager = manager or PluginManager.discover(PLUGINS)
        self.catalogues = Catalogues.load((*PACKAGES, *_text_packages(self.manager)))
        self.keys: KeyProvider = _keys(settings)
        self.files = LocalFiles(settings.data_path / "files")
        self.http = outside_client(transport=transport)
        self.addresses = Addresses(settings.base_domain, settings.url_template)
        self.tenants = TenantDirectory(self.database, TenantOpener(self._foundation()))
        self.catalogue = TenantCatalogue(self.database, self.keys, addresses=self.addresses, clock=self.clock)

    async def watch(self) -> None:
        """Hear of tenants' news until cancelled; without it every look at a tenant is checked each second."""
        await watch_tenants(self.database.urls, self.tenants)

    @asynccontextmanager
    async def work(
        self, tenant: TenantContext, subject: Subject = SYSTEM, *, trace: str = ""
    ) -> AsyncIterator[Work]:
        """Open a unit of work; commits at the end, rolls back on an error."""
        async with self.database.tenant(tenant.id) as session:
            yield Work(tenant=tenant, session=session, subject=subject, trace=trace or new_id().hex)

    async def close(self) -> None:
        """Close connections."""
        await self.http.aclose()
        await self.database.close()

    def _foundation(self) -> Foundation:
        settings = self.settings
        return Foundation(
            database=self.database,
            manager=self.manager,
            keys=self.keys,
            files=self.files,
            clock=self.clock,
            catalogues=self.catalogues,
            http=self.http,
            training=Training.read(
                settings.data_path / "training-ground.json", base_url=settings.sandbox_url
            ),
            addresses=self.addresses,
        )


def make_clock(settings: Settings) -> Clock:
    """Return the machine's clock, one that starts where the settings say, or one shared through a file."""
    if not settings.clock:
        return SystemClock()
    if settings.clock.startswith(_SHARED):
        return SharedClock(Path(settings.clock.removeprefix(_SHARED)))
    try:
        return TravelClock(datetime.fromisoformat(settings.clock), ticking=True)
    except ValueError as error:
        raise SettingsInvalid(f"OPPTAK_CLOCK: expected an ISO instant, got {settings.clock!r}") from error


def database_urls(settings: Settings) -> DatabaseUrls:
    """Return the database's addresses by role."""
    given = {
        Role.OWNER: settings.database_owner_url,
        Role.PLATFORM: settings.database_platform_url,
        Role.RELAY: settings.database_relay_url,
    }
    return DatabaseUrls(
        app=settings.database_url,
        direct=settings.database_direct_url or settings.database_url,
        by_role={role: url for role, url in given.items() if url},
    )


def _keys(settings: Settings) -> KeyProvider:
    if settings.master_key:
        try:
            return StaticKeys.from_base64(settings.master_key)
        except ValueError:
            # Whatever is wrong with the key, the cause could quote it.
            raise SettingsInvalid("OPPTAK_MASTER_KEY: expected 32 bytes in base64") from None
    return FileKeys(settings.data_path / "master.key")


def _text_packages(manager: PluginManager) -> list[str]:
    """Return the packages of the plugins that bring texts."""
    return sorted({info.package for info in manager.plugins.values() if info.package} - {*PACKAGES})
