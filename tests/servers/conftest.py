"""Servers of a session's own: a PostgreSQL that may be restarted, and the brokers Debian has packages for."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from opptak.kit.ids import new_id
from opptak.kit.ports import free_port
from opptak.kit.postgres import EmbeddedPostgres
from opptak.migrations.bootstrap import prepare
from opptak.runtime import Runtime
from opptak.settings import Settings
from opptak.tenancy.context import TenantContext
from tests.documents import nordreisa
from tests.servers.brokers import Rabbit, Redis, start_broker
from tests.servers.deployment import Deployment
from tests.servers.notes import Notebook
from tests.servers.programs import Keeper

NOTES = ("tests.servers.notes",)

Deploy = Callable[[Settings], Deployment]


@pytest.fixture(scope="session")
def keeper() -> Iterator[Keeper]:
    """Ends all servers with the session."""
    with Keeper() as made:
        yield made


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server that keeps its port when it is started again."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("restarted"), durable=False, port=free_port())
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def administrator(postgres: EmbeddedPostgres) -> str:
    """The administrator's address of the prepared server."""
    url = postgres.start().url(database="postgres")
    prepare(url)
    return url


@pytest.fixture(scope="session")
def own_settings(administrator: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a deployment on the session's own server."""
    return Settings(
        database_url=prepare(administrator).render_as_string(hide_password=False),
        data_dir=str(tmp_path_factory.mktemp("data")),
        secure_cookies=False,
        port=free_port(),
    )


@pytest.fixture(scope="session")
async def beside(own_settings: Settings) -> AsyncIterator[Runtime]:
    """A runtime of the test's own, beside the deployment's processes."""
    runtime = Runtime(own_settings)
    yield runtime
    await runtime.close()


@pytest.fixture
async def municipality(beside: Runtime) -> TenantContext:
    """A tenant without plugins, on the session's own server."""
    return await settle(beside)


@pytest.fixture
async def neighbour(beside: Runtime) -> TenantContext:
    """Another one."""
    return await settle(beside)


async def settle(runtime: Runtime) -> TenantContext:
    """Apply a document under a slug of its own."""
    document = msgspec.structs.replace(nordreisa(slug=f"s{new_id().hex[-12:]}"), plugins={})
    await runtime.catalogue.apply(document, author="test")
    made = await runtime.tenants.by_slug(document.slug)
    assert made is not None
    return made


@pytest.fixture
def notebook(administrator: str) -> Notebook:
    """An empty notebook."""
    return Notebook(administrator)


@pytest.fixture
def deploy(tmp_path: Path) -> Iterator[Deploy]:
    """Make deployments with the notebook's actor, which end with the test."""
    made: list[Deployment] = []

    def one(settings: Settings) -> Deployment:
        made.append(Deployment(tmp_path / f"logs-{len(made)}", settings, modules=NOTES))
        return made[-1]

    yield one
    for deployment in made:
        deployment.close()


@pytest.fixture(
    scope="session", params=[pytest.param(name, marks=pytest.mark.broker) for name in ("redis", "rabbitmq")]
)
def broker(
    request: pytest.FixtureRequest, keeper: Keeper, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Redis | Rabbit]:
    """A broker, running."""
    server = start_broker(request.param, tmp_path_factory.mktemp(request.param), keeper)
    yield server
    server.close()
