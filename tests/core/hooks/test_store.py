"""A plugin's store: its own, its tenant's, and sealed."""

from sqlalchemy import select

from opptak.hooks.context import Store
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.tenancy.models import PluginEntry
from opptak.tenancy.store import PluginStore


def store(runtime: Runtime, tenant: TenantContext, plugin: str = "one") -> Store:
    """Return a plugin's store in a tenant."""
    return PluginStore(runtime.database, tenant.id, plugin, keys=tenant.keys)


async def test_store_keeps_the_last_value(runtime: Runtime, tenant: TenantContext) -> None:
    own = store(runtime, tenant)
    assert await own.get("a") is None
    await own.put("a", b"first")
    await own.put("a", b"second")
    assert await own.get("a") == b"second"


async def test_store_lists_keys_by_prefix(runtime: Runtime, tenant: TenantContext) -> None:
    own = store(runtime, tenant)
    for key in ("b/2", "b/1", "b%", "c"):
        await own.put(key, b"")
    assert await own.keys("b/") == ["b/1", "b/2"]
    assert await own.keys("b%") == ["b%"]
    assert await own.keys() == ["b%", "b/1", "b/2", "c"]


async def test_store_is_the_plugin_s_and_the_tenant_s_own(
    runtime: Runtime, tenant: TenantContext, other_tenant: TenantContext
) -> None:
    await store(runtime, tenant).put("a", b"mine")
    for other in (store(runtime, tenant, "two"), store(runtime, other_tenant)):
        assert await other.get("a") is None
        assert await other.keys() == []


async def test_value_is_sealed_at_rest(runtime: Runtime, tenant: TenantContext) -> None:
    await store(runtime, tenant).put("letter", b"a letter to somebody")
    async with runtime.database.tenant(tenant.id) as session:
        value = await session.scalar(select(PluginEntry.value).where(PluginEntry.key == "letter"))
    assert value is not None
    assert b"somebody" not in value
