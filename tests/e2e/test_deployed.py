"""The same story on a deployment as in production: several processes of each kind, a broker, a pooler."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest
from tests.e2e.test_story import test_story_from_the_letter_to_the_place as story
from tests.e2e.theatre import Theatre, theatre
from tests.e2e.visitor import Visitors
from tests.servers.brokers import start_broker
from tests.servers.deployment import Deployment
from tests.servers.front import round_robin
from tests.servers.pooler import PgBouncer, through
from tests.servers.programs import Keeper

from opptak.demo.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.pgbouncer]


class Company:
    """Two web processes behind a front, two workers and two schedulers, on RabbitMQ and behind PgBouncer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.deployment: Deployment | None = None

    @contextmanager
    def plays(self, stage: Stage) -> Iterator[None]:
        """Serve the sites of a stage and do its background work."""
        with ExitStack() as stack:
            keeper = stack.enter_context(Keeper())
            broker = start_broker("rabbitmq", self._folder, keeper)
            stack.callback(broker.close)
            pooler = PgBouncer(self._folder, keeper, server=stage.settings.database_url, connections=8)
            pooler.up()
            stack.callback(pooler.close)
            settings = msgspec.structs.replace(through(pooler, stage.settings), broker_url=broker.url)
            self.deployment = stack.enter_context(Deployment(self._folder, settings))
            webs = [self.deployment.serve() for _ in range(2)]
            for _ in range(2):
                self.deployment.worker()
                self.deployment.scheduler()
            self.deployment.await_ready()
            stack.enter_context(round_robin(settings.port, [web.port for web in webs]))
            yield


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The processes' company."""
    return Company(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory, company: Company) -> AsyncIterator[Theatre]:
    """A municipality of this file's own, on the day after its letters went out."""
    async with theatre(tmp_path_factory.mktemp("stage"), company=company.plays) as told:
        yield told


async def test_story_on_two_processes_of_each_kind(
    town: Theatre, visitors: Visitors, company: Company
) -> None:
    await story(town, visitors)
    assert company.deployment is not None
    served = [web.said().count('"route"') for web in company.deployment.webs]
    assert min(served) > 0, served
    assert sum(served) > 20, served
    assert all(process.running for process in company.deployment.processes)
    assert "traceback" not in "".join(process.said().lower() for process in company.deployment.processes)
