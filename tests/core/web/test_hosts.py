"""Which host is whose: the tenant's first one, its others, the platform's own, and nobody's."""

import logging

import httpx
import msgspec
import pytest
from litestar import Litestar
from sqlalchemy import update
from tests.asgi import within

from opptak.kit.db import Role
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.tenancy.models import Tenant


def _client(app: Litestar, host: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=within(app), base_url=f"http://{host}")


@pytest.fixture
async def own_host(web_runtime: Runtime, tenant: TenantContext) -> str:
    """The tenant's own domain, with letters of its own."""
    written = f"søknad.{tenant.slug}.example"
    document = msgspec.structs.replace(tenant.document, hosts=(written, f"old.{tenant.slug}.example"))
    await web_runtime.catalogue.apply(document, author="test")
    return f"xn--sknad-vua.{tenant.slug}.example"


async def test_own_domain_answers(app: Litestar, own_host: str) -> None:
    async with _client(app, own_host) as client:
        for host in (own_host, own_host.upper(), f"{own_host}:8400"):
            assert (await client.get("/", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("other", ["{slug}.localhost", "old.{slug}.example", "old.{slug}.example."])
async def test_other_hosts_lead_to_the_first_with_path_query_and_port(
    app: Litestar, tenant: TenantContext, own_host: str, other: str
) -> None:
    host = other.format(slug=tenant.slug)
    async with _client(app, host) as client:
        for method in ("GET", "HEAD"):
            answer = await client.request(method, "/a%20b?x=1&y=%C3%B8", headers={"Host": f"{host}:8400"})
            assert answer.status_code == 308
            assert answer.headers["location"] == f"http://{own_host}:8400/a%20b?x=1&y=%C3%B8"
            assert answer.headers["cache-control"] == "no-store"


async def test_what_changes_something_is_never_sent_on(
    app: Litestar, tenant: TenantContext, own_host: str
) -> None:
    async with _client(app, f"{tenant.slug}.localhost") as client:
        assert (await client.post("/form")).status_code not in (307, 308)


@pytest.mark.parametrize("host", ["[::1]:8400", "127.0.0.1:8400", "nobody.localhost"])
async def test_host_pointed_at_no_tenant_gets_a_kind_page(
    app: Litestar, tenant: TenantContext, host: str
) -> None:
    async with _client(app, "nobody.localhost") as client:
        answer = await client.get("/", headers={"Host": host, "Accept-Language": "nn"})
        program = await client.get("/api/v1", headers={"Host": host, "Accept-Language": "en"})
    assert answer.status_code == 404
    assert "Ingen kommune på denne adressa" in answer.text
    assert tenant.document.name not in answer.text
    assert program.headers["content-type"] == "application/problem+json"
    assert program.json()["code"] == "unknown_host"


async def test_platforms_own_host_says_where_one_applies(app: Litestar, tenant: TenantContext) -> None:
    async with _client(app, "localhost") as client:
        front = await client.get("/", headers={"Accept-Language": "en"})
        deeper = await client.get("/staff")
    assert (front.status_code, deeper.status_code) == (200, 404)
    assert "with your municipality" in front.text
    assert tenant.document.name not in front.text


async def test_tenant_that_cannot_be_opened_is_closed_and_the_others_are_not(
    app: Litestar,
    web_runtime: Runtime,
    tenant: TenantContext,
    other_tenant: TenantContext,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with web_runtime.database.unscoped(Role.PLATFORM) as session:
        await session.execute(update(Tenant).where(Tenant.id == tenant.id).values(wrapped_key=b"x" * 60))
    async with _client(app, tenant.host) as client:
        with caplog.at_level(logging.ERROR):
            closed = await client.get("/", headers={"Accept-Language": "en"})
            staff = await client.get("/staff", headers={"Accept-Language": "nb"})
        program = await client.get("/api/v1")
        ready = await client.get("/health/ready")
        metrics = await client.get("/metrics")
    async with _client(app, other_tenant.host) as client:
        open_ = await client.get("/")
    assert [closed.status_code, staff.status_code, program.status_code] == [503, 503, 503]
    assert [one.headers["retry-after"] for one in (closed, staff, program)] == ["60", "60", "60"]
    assert "Temporarily closed" in closed.text
    assert "Those who run the service" in closed.text or "Those who run" in closed.text
    assert closed.headers["x-request-id"] in closed.text
    assert program.json()["code"] == "tenant_closed"
    assert (open_.status_code, ready.status_code) == (200, 200)
    assert "opptak_tenants_closed 1" in metrics.text
    told = [record for record in caplog.records if record.getMessage() == "a tenant is closed"]
    assert [(record.__dict__["tenant"], record.__dict__["reason"]) for record in told] == [
        (tenant.slug, "key")
    ]
