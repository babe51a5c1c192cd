"""Tenants as the running program sees them: contexts by host and id, remade when a new version is applied."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec

from opptak.hooks.context import PluginContext, TrainingGround
from opptak.hooks.manager import PluginManager
from opptak.hooks.plugin import PluginInfo
from opptak.hooks.types import Area
from opptak.kit.clock import Clock
from opptak.kit.crypto import KeyProvider, TenantKeys
from opptak.kit.db import Database, Role
from opptak.kit.files import FileStore, TenantFiles
from opptak.kit.i18n import Catalogues
from opptak.tenancy.config import TenantDocument
from opptak.tenancy.context import TenantContext
from opptak.tenancy.models import Tenant
from opptak.tenancy.plugins import TenantPlugins
from opptak.tenancy.repository import CatalogueRepository, VersionRepository
from opptak.tenancy.store import PluginStore

__all__ = ("FRESH_SECONDS", "Foundation", "TenantDirectory", "Training")

FRESH_SECONDS = 2.0
"""How long a tenant's version is believed before the catalogue is asked again."""

_log = logging.getLogger("opptak.plugins")


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
    url_template: str
    """Where a tenant's portal answers, with `{slug}`."""


class TenantDirectory:
    """Finds tenants. A context is remade only when the tenant's version has changed."""

    def __init__(self, foundation: Foundation) -> None:
        self._base = foundation
        self._contexts: dict[UUID, TenantContext] = {}
        self._hosts: dict[str, tuple[float, UUID | None]] = {}

    async def at_host(self, host: str) -> TenantContext | None:
        """Return the tenant that answers at a host (without port), or None."""
        checked_at, known = self._hosts.get(host, (0.0, None))
        if time.monotonic() - checked_at < FRESH_SECONDS:
            return self._contexts[known] if known else None
        async with self._base.database.unscoped(Role.APP) as session:
            tenant = await CatalogueRepository(session).at_host(host)
        context = await self._current(tenant) if tenant else None
        if context or host in self._hosts:
            # Unknown hosts are not remembered: anybody can invent them.
            self._hosts[host] = (time.monotonic(), tenant.id if tenant else None)
        return context

    async def by_slug(self, slug: str) -> TenantContext | None:
        """Return a tenant by its short name, always the version in force."""
        async with self._base.database.unscoped(Role.APP) as session:
            tenant = await CatalogueRepository(session).find(slug)
        return await self._current(tenant) if tenant else None

    async def by_id(self, tenant_id: UUID) -> TenantContext | None:
        """Return a tenant by id, always the version in force."""
        async with self._base.database.unscoped(Role.APP) as session:
            tenant = await session.get(Tenant, tenant_id)
        return await self._current(tenant) if tenant else None

    async def list_all(self) -> list[TenantContext]:
        """Return all tenants."""
        async with self._base.database.unscoped(Role.APP) as session:
            tenants = await CatalogueRepository(session).list_all()
        return [await self._current(tenant) for tenant in tenants]

    async def _current(self, tenant: Tenant) -> TenantContext:
        known = self._contexts.get(tenant.id)
        if known is None or known.version != tenant.version:
            known = await self._make(tenant)
            self._contexts[tenant.id] = known
        return known

    async def _make(self, tenant: Tenant) -> TenantContext:
        base = self._base
        keys = TenantKeys(base.keys.unwrap(tenant.wrapped_key, tenant=tenant.slug))
        async with base.database.tenant(tenant.id) as session:
            versions = VersionRepository(session)
            document = await versions.document(tenant.version)
            secrets = {
                (row.plugin, row.field): keys.open_text(row.sealed, f"plugin_secret|{row.plugin}.{row.field}")
                for row in await versions.secrets()
            }
        if document is None:
            raise LookupError(f"tenant {tenant.slug} has no version {tenant.version}")
        contexts = {
            name: self._plugin(tenant.id, document, base.manager.plugins[name], secrets, keys)
            for name in _wanted(base.manager, document)
        }
        return TenantContext(
            id=tenant.id,
            version=tenant.version,
            document=document,
            keys=keys,
            files=TenantFiles(base.files, tenant.id, keys),
            plugins=TenantPlugins(base.manager, contexts),
            clock=base.clock,
            catalogues=base.catalogues,
            base_url=base.url_template.format(slug=tenant.slug),
        )

    def _plugin(
        self,
        tenant: UUID,
        document: TenantDocument,
        info: PluginInfo,
        secrets: Mapping[tuple[str, str], str],
        keys: TenantKeys,
    ) -> PluginContext | str:
        own = {field: value for (plugin, field), value in secrets.items() if plugin == info.name}
        try:
            settings = self._settings(document, info, own)
        except (msgspec.ValidationError, LookupError) as error:
            return str(error)
        return PluginContext(
            tenant=document.slug,
            area=Area(country=document.country, municipalities=document.municipalities),
            settings=settings,
            http=self._base.http,
            clock=self._base.clock,
            store=PluginStore(self._base.database, tenant, info.name, keys=keys),
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
