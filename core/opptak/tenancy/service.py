"""Onboarding: applying a tenant document, as a version with author and difference."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from opptak.kit.crypto import KeyProvider, new_data_key
from opptak.kit.db import Database, Role
from opptak.kit.errors import Conflict
from opptak.kit.ids import new_id
from opptak.tenancy.config import TenantDocument
from opptak.tenancy.difference import differences
from opptak.tenancy.models import Tenant, TenantVersion
from opptak.tenancy.repository import CatalogueRepository, VersionRepository

__all__ = ("Applied", "HostTaken", "TenantCatalogue")


class HostTaken(Conflict):
    """Another tenant answers at the host."""

    code = "host_taken"


class Applied(msgspec.Struct, frozen=True):
    """What applying a document did; `changes` is empty when it was the one in force."""

    tenant_id: UUID
    version: int
    changes: tuple[str, ...]


class TenantCatalogue:
    """What the vendor does with tenants."""

    def __init__(self, database: Database, keys: KeyProvider, *, base_domain: str) -> None:
        self._database = database
        self._keys = keys
        self._base_domain = base_domain

    async def apply(self, document: TenantDocument, *, author: str) -> Applied:
        """Put a document into force; raises HostTaken. The same document again changes nothing.

        The catalogue row is locked first, so that two people applying at once make two versions, one
        after the other; the document is stored before the catalogue points at it.
        """
        async with self._database.unscoped(Role.PLATFORM) as session:
            catalogue = CatalogueRepository(session)
            tenant = await catalogue.find(document.slug, lock=True) or self._new(catalogue, document)
            await self._take_hosts(catalogue, tenant.id, document)
            changes = await self._store(tenant, document, author)
            return Applied(tenant.id, tenant.version, changes)

    async def require_hosts(self, documents: Sequence[TenantDocument]) -> None:
        """Raise HostTaken when any of the documents names a host that is another tenant's."""
        async with self._database.unscoped(Role.PLATFORM) as session:
            catalogue = CatalogueRepository(session)
            for document in documents:
                tenant = await catalogue.find(document.slug)
                await self._require_free(catalogue, tenant.id if tenant else None, self.hosts(document))

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

    def hosts(self, document: TenantDocument) -> tuple[str, ...]:
        """Return the hosts a tenant answers at: its own, and one under the base domain."""
        return (f"{document.slug}.{self._base_domain}", *document.hosts)

    def _new(self, catalogue: CatalogueRepository, document: TenantDocument) -> Tenant:
        wrapped = self._keys.wrap(new_data_key(), tenant=document.slug)
        tenant = Tenant(id=new_id(), slug=document.slug, version=0, wrapped_key=wrapped)
        catalogue.add(tenant)
        return tenant

    async def _take_hosts(
        self, catalogue: CatalogueRepository, tenant: UUID, document: TenantDocument
    ) -> None:
        hosts = self.hosts(document)
        await self._require_free(catalogue, tenant, hosts)
        await catalogue.set_hosts(tenant, hosts)

    async def _require_free(
        self, catalogue: CatalogueRepository, tenant: UUID | None, hosts: Sequence[str]
    ) -> None:
        owners = await catalogue.host_owner(hosts)
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
            return changes
