"""What every process knows of its tenants: soon, one by one, and only of those it needs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import psycopg
import pytest
from sqlalchemy import update
from tests.conftest import new_tenant
from tests.counting import counted
from tests.documents import nordreisa

from opptak.kit.db import Role
from opptak.kit.ids import new_id
from opptak.kit.rls import TENANT_NEWS
from opptak.runtime import Runtime
from opptak.tenancy import directory
from opptak.tenancy.context import TenantContext
from opptak.tenancy.models import PluginSecret, Tenant, TenantVersion
from opptak.tenancy.opening import TenantClosed, TenantOpener

Break = Callable[[Runtime, TenantContext], Awaitable[None]]


@pytest.fixture
async def process(runtime: Runtime) -> AsyncIterator[Runtime]:
    """Another process on the same database; it hears no news."""
    made = Runtime(runtime.settings, clock=runtime.clock, manager=runtime.manager)
    yield made
    await made.close()


@pytest.fixture
async def listening(process: Runtime) -> AsyncIterator[Runtime]:
    """Another process, which hears of tenants' news."""
    watching = asyncio.create_task(process.watch())
    await _until(lambda: process.tenants.hears)
    yield process
    watching.cancel()


async def test_changed_document_is_heard_of_at_once(listening: Runtime, tenant: TenantContext) -> None:
    await _name_at(listening, tenant)
    await _rename(listening, tenant, "Ny kommune")
    await _until(lambda: tenant.id not in listening.tenants)
    assert await _name_at(listening, tenant) == "Ny kommune"


async def test_what_nobody_changed_is_not_asked_again(
    listening: Runtime, tenant: TenantContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "_ALIVE_SECONDS", 60.0)
    monkeypatch.setattr(directory, "_UNHEARD_SECONDS", 0.0)
    await _name_at(listening, tenant)
    with counted(listening) as statements:
        await _name_at(listening, tenant)
        await listening.tenants.by_id(tenant.id)
    assert statements == []


async def test_changed_secret_is_heard_of(listening: Runtime, tenant: TenantContext) -> None:
    await _name_at(listening, tenant)
    async with listening.database.tenant(tenant.id) as session:
        sealed = tenant.keys.seal("s", "plugin_secret|fake.key")
        session.add(PluginSecret(plugin="fake", field="key", sealed=sealed))
    await _until(lambda: tenant.id not in listening.tenants)


async def test_process_that_hears_nothing_asks_the_catalogue(
    process: Runtime, tenant: TenantContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "_UNHEARD_SECONDS", 0.0)
    await _name_at(process, tenant)
    await _rename(process, tenant, "Ny kommune")
    assert await _name_at(process, tenant) == "Ny kommune"


async def test_news_missed_while_the_connection_was_cut_is_made_up_for(
    listening: Runtime, tenant: TenantContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "_ALIVE_SECONDS", 60.0)
    monkeypatch.setattr(directory, "_UNHEARD_SECONDS", 0.0)
    await _name_at(listening, tenant)
    monkeypatch.setattr(listening.tenants, "forget", lambda _: None)
    await _rename(listening, tenant, "Ny kommune")
    assert await _name_at(listening, tenant) == tenant.document.name
    listening.tenants.hear(anew=True)
    assert await _name_at(listening, tenant) == "Ny kommune"


async def test_cut_connection_is_noticed_and_made_anew(listening: Runtime, tenant: TenantContext) -> None:
    before = listening.tenants.hearing_since
    url = listening.database.urls.url(Role.APP).set(drivername="postgresql")
    async with await psycopg.AsyncConnection.connect(
        url.render_as_string(hide_password=False), autocommit=True
    ) as connection:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where usename = current_user and query in (%s, 'select 1')",
            (f"listen {TENANT_NEWS}",),
        )
    await _until(lambda: listening.tenants.hearing_since > before)
    await _name_at(listening, tenant)
    await _rename(listening, tenant, "Ny kommune")
    await _until(lambda: tenant.id not in listening.tenants)


async def test_many_who_ask_at_once_open_a_tenant_once(process: Runtime, tenant: TenantContext) -> None:
    found = await asyncio.gather(*(process.tenants.by_slug(tenant.slug) for _ in range(6)))
    assert len({id(context) for context in found}) == 1


async def test_what_was_opened_while_news_came_is_opened_anew(
    process: Runtime, tenant: TenantContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ = TenantOpener.open

    async def overtaken(opener: TenantOpener, row: Tenant) -> TenantContext | TenantClosed:
        found = await open_(opener, row)
        process.tenants.forget(tenant.id)
        return found

    monkeypatch.setattr(TenantOpener, "open", overtaken)
    stale = await process.tenants.by_slug(tenant.slug)
    monkeypatch.undo()
    fresh = await process.tenants.by_slug(tenant.slug)
    assert fresh is not stale
    assert await process.tenants.by_slug(tenant.slug) is fresh


async def test_only_so_many_tenants_are_kept(
    process: Runtime, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MOST_TENANTS", 2)
    tenants = [await new_tenant(runtime) for _ in range(3)]
    for tenant in tenants:
        await _name_at(process, tenant)
    assert [tenant.id in process.tenants for tenant in tenants] == [False, True, True]
    assert await _name_at(process, tenants[0]) == tenants[0].document.name


async def _newer_format(runtime: Runtime, tenant: TenantContext) -> None:
    async with runtime.database.tenant(tenant.id) as session:
        await session.execute(update(TenantVersion).values(document={"format": "opptak-tenant/2"}))


async def _another_key(runtime: Runtime, tenant: TenantContext) -> None:
    async with runtime.database.unscoped(Role.PLATFORM) as session:
        await session.execute(update(Tenant).where(Tenant.id == tenant.id).values(wrapped_key=b"x" * 60))


async def _no_document(runtime: Runtime, tenant: TenantContext) -> None:
    async with runtime.database.unscoped(Role.PLATFORM) as session:
        await session.execute(update(Tenant).where(Tenant.id == tenant.id).values(version=99))


@pytest.mark.parametrize(
    ("break_", "reason"),
    [(_newer_format, "document"), (_another_key, "key"), (_no_document, "missing")],
    ids=["document", "key", "missing"],
)
async def test_one_tenant_that_cannot_be_opened_leaves_the_others_alone(
    process: Runtime, tenant: TenantContext, other_tenant: TenantContext, break_: Break, reason: str
) -> None:
    await break_(process, tenant)
    for find in (
        process.tenants.by_id(tenant.id),
        process.tenants.by_slug(tenant.slug),
        process.tenants.at_host(tenant.host),
    ):
        with pytest.raises(TenantClosed) as closed:
            await find
        assert (closed.value.slug, closed.value.reason) == (tenant.slug, reason)
    assert process.tenants.closed == 1
    assert await _name_at(process, other_tenant) == other_tenant.document.name
    states = {found.slug: found async for found in process.tenants.each()}
    assert isinstance(states[tenant.slug], TenantClosed)
    assert isinstance(states[other_tenant.slug], TenantContext)


async def test_tenant_that_was_mended_opens_again(
    process: Runtime, runtime: Runtime, tenant: TenantContext
) -> None:
    await _no_document(process, tenant)
    with pytest.raises(TenantClosed):
        await process.tenants.by_slug(tenant.slug)
    async with runtime.database.unscoped(Role.PLATFORM) as session:
        await session.execute(update(Tenant).where(Tenant.id == tenant.id).values(version=1))
    assert await process.tenants.by_slug(tenant.slug) is not None
    assert process.tenants.closed == 0


async def test_tenant_applied_twice_at_the_same_time_gets_one_version(runtime: Runtime) -> None:
    document = nordreisa(slug=f"t{new_id().hex[-12:]}")
    applied = await asyncio.gather(*(runtime.catalogue.apply(document, author=who) for who in "abc"))
    assert {one.version for one in applied} == {1}
    assert sorted(bool(one.changes) for one in applied) == [False, False, True]
    assert len({one.tenant_id for one in applied}) == 1


async def test_two_changes_at_the_same_time_are_two_versions(runtime: Runtime, tenant: TenantContext) -> None:
    changed = [msgspec.structs.replace(tenant.document, name=name) for name in ("En", "To")]
    applied = await asyncio.gather(*(runtime.catalogue.apply(one, author="test") for one in changed))
    assert sorted(one.version for one in applied) == [2, 3]
    last = max(applied, key=lambda one: one.version)
    assert [change.partition(" → ")[0] for change in last.changes] == [
        f'$.name: "{"En" if last is applied[1] else "To"}"'
    ]


async def _rename(runtime: Runtime, tenant: TenantContext, name: str) -> None:
    changed = msgspec.structs.replace(tenant.document, name=name)
    await runtime.catalogue.apply(changed, author="test")


async def _name_at(runtime: Runtime, tenant: TenantContext) -> str:
    found = await runtime.tenants.at_host(tenant.host)
    assert found is not None
    return found.document.name


async def _until(happened: Callable[[], bool]) -> None:
    """Wait for another task, as long as it may take on a busy machine."""
    async with asyncio.timeout(30):
        while not happened():  # noqa: ASYNC110 -- what is waited for has no event
            await asyncio.sleep(0.01)
