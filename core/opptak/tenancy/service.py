"""Onboarding: applying a tenant document, as a version with author and difference."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from opptak.kit import outbox
from opptak.kit.clock import Clock
from opptak.kit.crypto import KeyProvider, new_data_key
from opptak.kit.db import Database, Role
from opptak.kit.errors import Conflict
from opptak.kit.ids import new_id
from opptak.tenancy.config import TenantDocument
from opptak.tenancy.difference import differences
from opptak.tenancy.hosts import Addresses
from opptak.tenancy.jobs import ModuleOff
from opptak.tenancy.models import Tenant, TenantVersion
from opptak.tenancy.repository import CatalogueRepository, VersionRepository

__all__ = ("Applied", "HostReserved", "HostTaken", "TenantCatalogue")


class HostTaken(Conflict):
    """Another tenant answers at the host."""

    code = "host_taken"


class HostReserved(HostTaken):
    """The host is the platform's own, or would be another tenant's by its short name."""

    code = "host_reserved"


class Applied(msgspec.Struct, frozen=True):
    """What applying a document did; `changes` is empty when it was the one in force."""

    tenant_id: UUID
    version: int
    changes: tuple[str, ...]


class TenantCatalogue:
    """What the vendor does with tenants."""

    def __init__(self, database: Database, keys: KeyProvider, *, addresses: Addresses, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._addresses = addresses
        self._clock = clock

    async def apply(self, document: TenantDocument, *, author: str) -> Applied:
        """Put a document into force; raises HostTaken, HostReserved. The same document changes nothing.

        Who applies a tenant at the same time waits, so that two make two versions, one after the other; the
        document is stored before the catalogue points at it.
        """
        async with self._database.unscoped(Role.PLATFORM) as session:
            catalogue = CatalogueRepository(session)
            await catalogue.wait_for_turn(document.slug)
            tenant = await catalogue.find(document.slug) or self._new(catalogue, document)
            await self._take_hosts(catalogue, tenant.id, document)
            tenant.modules = list(document.modules_on())
            changes = await self._store(tenant, document, author)
            return Applied(tenant.id, tenant.version, changes)

    async def require_hosts(self, documents: Sequence[TenantDocument]) -> None:
        """Raise HostTaken when any of the documents names a host that is another tenant's."""
        async with self._database.unscoped(Role.PLATFORM) as session:
            catalogue = CatalogueRepository(session)
            for document in documents:
                tenant = await catalogue.find(document.slug)
                await self._require_free(catalogue, tenant.id if tenant else None, document)

    async def list_all(self) -> Sequence[Tenant]:
        """Return the catalogue."""
        async with self._database.unscoped(Role.PLATFORM) as session:
            return await CatalogueRepository(session).list_all()

    async def document(self, slug: str, version: int | None = None) -> TenantDocument | None:
        """Return a tenant's document, the one in force or an earlier version."""
        async with self._database.unscoped(Role.PLATFORM) as session:
            tenant = await CatalogueRepository(session).find(slug)
        if tenant is None:
            return None
        async with self._database.tenant(tenant.id) as session:
            return await VersionRepository(session).document(version or tenant.version)

    def _new(self, catalogue: CatalogueRepository, document: TenantDocument) -> Tenant:
        wrapped = self._keys.wrap(new_data_key(), tenant=document.slug)
        tenant = Tenant(id=new_id(), slug=document.slug, version=0, wrapped_key=wrapped)
        catalogue.add(tenant)
        return tenant

    async def _take_hosts(
        self, catalogue: CatalogueRepository, tenant: UUID, document: TenantDocument
    ) -> None:
        """Give the tenant its hosts, then look again: another may have taken one at the same time."""
        await self._require_free(catalogue, tenant, document)
        await catalogue.set_hosts(tenant, self._addresses.hosts(document))
        await self._require_free(catalogue, tenant, document)

    async def _require_free(
        self, catalogue: CatalogueRepository, tenant: UUID | None, document: TenantDocument
    ) -> None:
        for host in self._addresses.reserved(document):
            raise HostReserved(host=host)
        owners = await catalogue.host_owner(self._addresses.hosts(document))
        for host, owner in owners.items():
            if owner != tenant:
                raise HostTaken(host=host)

    async def _store(self, tenant: Tenant, document: TenantDocument, author: str) -> tuple[str, ...]:
        async with self._database.tenant(tenant.id) as session:
            versions = VersionRepository(session)
            changes = differences(await versions.document(tenant.version), document)
            if changes:
                # A version stored by an attempt that failed afterwards keeps its number.
                tenant.version = await versions.last_number() + 1
                versions.add(
                    TenantVersion(
                        number=tenant.version,
                        document=msgspec.to_builtins(document),
                        author=author,
                        diff=list(changes),
                    )
                )
                # A module may be on again: what has waited for it is looked at anew.
                await outbox.wake(session, ModuleOff.code, available_at=self._clock.now())
            return changes
