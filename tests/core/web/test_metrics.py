"""Figures for those who run the service: who may read them, and that they tell of background work."""

from datetime import timedelta

import httpx
import msgspec
import pytest
from litestar import Litestar
from tests.asgi import within

from opptak.facilities.tasks import import_register
from opptak.hooks.breaker import Outage
from opptak.kit.clock import TravelClock
from opptak.kit.ids import new_id
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.tenancy.jobs import enqueue
from opptak.tenancy.outages import OutageBook
from opptak.web import create_app
from opptak.webkit.job_metrics import job_gauges
from opptak.webkit.vitals import health_app

ELSEWHERE = "203.0.113.7"


def caller(app: Litestar, address: str, host: str = "10.0.0.1") -> httpx.AsyncClient:
    """Somebody with an address of their own."""
    transport = within(app)
    transport.client = (address, 5000)
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


@pytest.fixture
def app(runtime: Runtime) -> Litestar:
    return create_app(runtime, ())


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        (ELSEWHERE, {}, 404),
        (ELSEWHERE, {"Authorization": "Bearer "}, 404),
        ("127.0.0.1", {"X-Forwarded-For": ELSEWHERE}, 404),
        ("127.0.0.1", {"Forwarded": f"for={ELSEWHERE}"}, 404),
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
    ],
)
async def test_without_a_token_only_this_machine_may_read(
    app: Litestar, tenant: TenantContext, address: str, headers: dict[str, str], status: int
) -> None:
    for host in ("10.0.0.1", tenant.host):
        async with caller(app, address, host) as client:
            assert (await client.get("/metrics", headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 404), ({"Authorization": "Bearer wrong"}, 404), ({"Authorization": "Bearer right"}, 200)],
)
async def test_with_a_token_whoever_has_it_may_read(
    runtime: Runtime, headers: dict[str, str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = msgspec.structs.replace(runtime.settings, metrics_token="right")
    monkeypatch.setattr(runtime, "settings", settings)
    app = create_app(runtime, ())
    for address in (ELSEWHERE, "127.0.0.1"):
        async with caller(app, address) as client:
            assert (await client.get("/metrics", headers=headers)).status_code == status


@pytest.mark.parametrize(("answers", "status"), [(True, 200), (False, 503)])
async def test_worker_tells_whether_its_broker_answers(runtime: Runtime, answers: bool, status: int) -> None:
    async with caller(health_app(runtime, broker=lambda: answers), "127.0.0.1") as client:
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["broker"]) == (status, answers)
        assert (await client.get("/health/live")).status_code == 200, "a new process would not help"
        assert f"opptak_broker_away {not answers:d}" in (await client.get("/metrics")).text
    async with caller(health_app(runtime), ELSEWHERE) as client:
        assert "broker" not in (await client.get("/health/ready")).json()
        assert (await client.get("/metrics")).status_code == 404


async def test_jobs_and_outages_are_counted_without_naming_anybody(
    app: Litestar, runtime: Runtime, tenant: TenantContext, clock: TravelClock
) -> None:
    before = await job_gauges(runtime)
    async with runtime.work(tenant) as work:
        await enqueue(work, import_register)
    await OutageBook(runtime.database, tenant.id, "fiks").note(
        Outage(f"{new_id().hex}.test", clock.now() + timedelta(minutes=5))
    )
    clock.travel(timedelta(seconds=90))
    now = await job_gauges(runtime)

    waiting = 'opptak_jobs{queue="bulk",state="waiting"}'
    assert now[waiting] == before[waiting] + 1
    assert now['opptak_job_late_seconds{queue="bulk"}'] >= 90
    assert now["opptak_services_away"] == before["opptak_services_away"] + 1
    async with caller(app, "127.0.0.1") as client:
        shown = (await client.get("/metrics")).text
    assert shown.count("# TYPE opptak_jobs gauge") == 1
    assert f"{waiting} {now[waiting]}" in shown
    assert tenant.slug not in shown
