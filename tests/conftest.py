"""Fixtures for the whole tree: a migrated database, a fresh tenant a test, and work inside it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from opptak.domains import load_tasks
from opptak.kit.clock import TravelClock
from opptak.kit.ids import new_id
from opptak.kit.outbox import OutboxJob
from opptak.kit.postgres import EmbeddedPostgres
from opptak.kit.subject import SYSTEM, Subject
from opptak.migrations.bootstrap import prepare
from opptak.runtime import Runtime
from opptak.settings import Settings, read_settings
from opptak.settling import perform
from opptak.tenancy.context import TenantContext, Work
from tests.documents import nordreisa
from tests.fakes import FakeCountry, manager_with

START = datetime(2027, 1, 11, 9, tzinfo=UTC)
"""Monday morning before the letters of the main round go out."""

WorkAs = Callable[[Subject], AbstractAsyncContextManager[Work]]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests had to tell with `record_property("told", …)`."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "told":
                terminalreporter.write_line(str(value))


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database with the schema, on a server of its own."""
    server = EmbeddedPostgres(
        tmp_path_factory.mktemp("postgres"), durable=False, programs=read_settings().postgres_bin
    )
    address = server.start()
    yield prepare(address.url(database="postgres")).render_as_string(hide_password=False)
    server.remove()


@pytest.fixture(scope="session")
def country() -> FakeCountry:
    """The scriptable authorities; each tenant sees only what was put under its name."""
    return FakeCountry()


@pytest.fixture(scope="session")
async def runtime(
    database_url: str, country: FakeCountry, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Runtime]:
    """A runtime on the test database whose clock stands still until a test moves it."""
    settings = Settings(
        database_url=database_url, data_dir=str(tmp_path_factory.mktemp("data")), secure_cookies=False
    )
    made = Runtime(settings, clock=TravelClock(START), manager=manager_with(country))
    list(load_tasks())
    yield made
    await made.close()


@pytest.fixture
def clock(runtime: Runtime) -> Iterator[TravelClock]:
    """The runtime's clock, set back to the start after the test."""
    assert isinstance(runtime.clock, TravelClock)
    runtime.clock.travel_to(START)
    yield runtime.clock
    runtime.clock.travel_to(START)


@pytest.fixture
async def tenant(runtime: Runtime, clock: TravelClock) -> TenantContext:
    """A municipality of this test's own."""
    return await new_tenant(runtime)


@pytest.fixture
async def other_tenant(runtime: Runtime, clock: TravelClock) -> TenantContext:
    """Another municipality, whose data must never be seen."""
    return await new_tenant(runtime)


async def new_tenant(runtime: Runtime) -> TenantContext:
    """Apply a document under a slug of its own."""
    document = nordreisa(slug=f"t{new_id().hex[-12:]}")
    await runtime.catalogue.apply(document, author="test")
    made = await runtime.tenants.by_slug(document.slug)
    assert made is not None
    return made


@pytest.fixture
def work_as(runtime: Runtime, tenant: TenantContext) -> WorkAs:
    """Open a unit of work as somebody; commits at the end."""
    return lambda subject: runtime.work(tenant, subject)


@pytest.fixture
def work(work_as: WorkAs) -> Callable[[], AbstractAsyncContextManager[Work]]:
    """Open a unit of work as the platform."""
    return lambda: work_as(SYSTEM)


class Drained(list[str]):
    """Names of the actors that ran, in order; `failures` are those parked or put off, as (actor, failure,
    code).
    """

    failures: list[tuple[str, str, str]]


async def run_due(runtime: Runtime, tenant: TenantContext) -> Drained:
    """Run a tenant's due jobs until none is left."""
    done = Drained()
    while due := await _due(runtime, tenant):
        for job, actor in due:
            await perform(runtime, tenant.id, job)
            done.append(actor)
    async with runtime.database.tenant(tenant.id) as session:
        left = (await session.scalars(select(OutboxJob).where(OutboxJob.failure.is_not(None)))).all()
    done.failures = [(row.actor, row.failure or "", row.failure_code or "") for row in left]
    return done


async def _due(runtime: Runtime, tenant: TenantContext) -> list[tuple[UUID, str]]:
    async with runtime.database.tenant(tenant.id) as session:
        rows = await session.execute(
            select(OutboxJob.id, OutboxJob.actor)
            .where(OutboxJob.state == "waiting", OutboxJob.available_at <= runtime.clock.now())
            .order_by(OutboxJob.priority, OutboxJob.available_at, OutboxJob.id)
        )
        return [(job, actor) for job, actor in rows]


@pytest.fixture
def drain(runtime: Runtime, tenant: TenantContext) -> Callable[[], Awaitable[Drained]]:
    """Run the tenant's due jobs until none is left."""
    return lambda: run_due(runtime, tenant)


__all__ = ("START", "Drained", "WorkAs", "new_tenant", "run_due")
