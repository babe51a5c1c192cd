"""Opening a tenant: from its row in the catalogue to everything that works inside it."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec

from opptak.hooks.breaker import guarded
from opptak.hooks.context import PluginContext, TrainingGround
from opptak.hooks.manager import PluginManager
from opptak.hooks.plugin import PluginInfo
from opptak.hooks.types import Area
from opptak.kit.clock import Clock
from opptak.kit.crypto import KeyProvider, SealBroken, TenantKeys
from opptak.kit.db import Database
from opptak.kit.errors import Unavailable
from opptak.kit.files import FileStore, TenantFiles
from opptak.kit.i18n import Catalogues
from opptak.tenancy.config import TenantDocument
from opptak.tenancy.context import TenantContext
from opptak.tenancy.hosts import Addresses
from opptak.tenancy.models import Tenant
from opptak.tenancy.outages import OutageBook
from opptak.tenancy.plugins import TenantPlugins
from opptak.tenancy.repository import VersionRepository
from opptak.tenancy.store import PluginStore

__all__ = ("Foundation", "TenantClosed", "TenantOpener", "Training")

_log = logging.getLogger("opptak.plugins")


class TenantClosed(Unavailable):
    """A tenant can't be opened as it is stored: its `reason` is `key`, `document` or `missing`."""

    code = "tenant_closed"

    def __init__(self, slug: str, reason: str) -> None:
        super().__init__()
        self.slug = slug
        self.reason = reason


class Training(msgspec.Struct, frozen=True):
    """The simulated country: where it answers, and each municipality's credentials by its number."""

    base_url: str
    credentials: Mapping[str, Any] = {}

    @classmethod
    def read(cls, path: Path, *, base_url: str = "") -> "Training":
        """Read the file the sandbox wrote; without it there is no simulated country.

        What stands at the top is common to all; each entry of `municipalities` is one municipality's own.
        """
        if not path.exists():
            return cls(base_url)
        content: dict[str, Any] = msgspec.json.decode(path.read_bytes())
        entries: list[dict[str, Any]] = content.pop("municipalities")
        own = {entry["municipality"]: {**content, **entry} for entry in entries}
        return cls(base_url or content["base_url"], own)


class Foundation(msgspec.Struct, frozen=True, kw_only=True):
    """What all tenants share in one event loop."""

    database: Database
    manager: PluginManager
    keys: KeyProvider
    files: FileStore
    clock: Clock
    catalogues: Catalogues
    http: httpx.AsyncClient
    training: Training
    addresses: Addresses


class _Stored(msgspec.Struct, frozen=True):
    document: TenantDocument
    keys: TenantKeys
    secrets: Mapping[tuple[str, str], str]


class TenantOpener:
    """Makes contexts. A tenant that can't be opened says why, and is nobody else's trouble."""

    def __init__(self, foundation: Foundation) -> None:
        self._base = foundation

    async def open(self, tenant: Tenant) -> TenantContext | TenantClosed:
        """Return the tenant at its version, or why it stays closed."""
        try:
            stored = await self._read(tenant)
        except SealBroken:
            return TenantClosed(tenant.slug, "key")
        except msgspec.ValidationError:
            return TenantClosed(tenant.slug, "document")
        if stored is None:
            return TenantClosed(tenant.slug, "missing")
        try:
            return self._context(tenant, stored)
        except Exception as error:  # noqa: BLE001 -- plugins have their say here: one tenant's must not stop all
            _log.error("%s while opening a tenant", type(error).__name__, extra={"tenant": tenant.slug})
            return TenantClosed(tenant.slug, "document")

    async def _read(self, tenant: Tenant) -> _Stored | None:
        keys = TenantKeys(self._base.keys.unwrap(tenant.wrapped_key, tenant=tenant.slug))
        async with self._base.database.tenant(tenant.id) as session:
            versions = VersionRepository(session)
            document = await versions.document(tenant.version)
            secrets = {
                (row.plugin, row.field): keys.open_text(row.sealed, f"plugin_secret|{row.plugin}.{row.field}")
                for row in await versions.secrets()
            }
        return None if document is None else _Stored(document, keys, secrets)

    def _context(self, tenant: Tenant, stored: _Stored) -> TenantContext:
        base, document = self._base, stored.document
        contexts = {
            name: self._plugin(tenant.id, base.manager.plugins[name], stored)
            for name in _wanted(base.manager, document)
        }
        return TenantContext(
            id=tenant.id,
            version=tenant.version,
            document=document,
            keys=stored.keys,
            files=TenantFiles(base.files, tenant.id, stored.keys),
            plugins=TenantPlugins(base.manager, contexts),
            clock=base.clock,
            catalogues=base.catalogues,
            host=base.addresses.canonical(document),
            base_url=base.addresses.url(document),
        )

    def _plugin(self, tenant: UUID, info: PluginInfo, stored: _Stored) -> PluginContext | str:
        document = stored.document
        own = {field: value for (plugin, field), value in stored.secrets.items() if plugin == info.name}
        try:
            settings = self._settings(document, info, own)
        except (msgspec.ValidationError, LookupError) as error:
            return str(error)
        return PluginContext(
            tenant=document.slug,
            area=Area(country=document.country, municipalities=document.municipalities),
            settings=settings,
            http=guarded(
                self._base.http, self._base.clock, OutageBook(self._base.database, tenant, info.name).note
            ),
            clock=self._base.clock,
            store=PluginStore(self._base.database, tenant, info.name, keys=stored.keys),
            log=logging.LoggerAdapter(_log, {"tenant": document.slug, "plugin": info.name}),
            locale=document.languages[0],
        )

    def _settings(
        self, document: TenantDocument, info: PluginInfo, secrets: Mapping[str, str]
    ) -> msgspec.Struct:
        choice = document.plugins.get(info.name)
        values = {**(choice.settings if choice else {}), **secrets}
        if document.training and info.training is not None:
            municipality = document.municipalities[0]
            ground = TrainingGround(
                base_url=self._base.training.base_url,
                credentials=self._base.training.credentials.get(municipality, {}),
            )
            return info.training(ground)
        return msgspec.convert(values, info.settings)


def _wanted(manager: PluginManager, document: TenantDocument) -> list[str]:
    """Return the plugins to use, the tenant's own choice first, then those that are always on."""
    chosen = [name for name in document.enabled_plugins() if name in manager.plugins]
    return chosen + [name for name, info in manager.plugins.items() if info.always_on and name not in chosen]
