"""The simulated authorities in-process, and contexts whose settings point at them."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import httpx
import msgspec
import pytest

from opptak.hooks.context import TrainingGround
from opptak.hooks.types import Area
from opptak.testing import StoppedClock
from opptak.testing.context import START
from opptak_simulators import ground as simulated
from opptak_simulators.no.app import create_app
from opptak_simulators.population import country as make_country
from opptak_simulators.society.model import Country

BASE_URL = "http://authorities.test"
NORDREISA = Area(country="no", municipalities=("5544",))

Message = MutableMapping[str, Any]


class Watched(httpx.ASGITransport):
    """A transport that remembers what was asked for."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        super().__init__(app=app)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return await super().handle_async_request(request)

    def count(self, path: str) -> int:
        """How many calls went to a path."""
        return sum(path in request.url.path for request in self.requests)


@pytest.fixture(scope="session")
def simulated_ground() -> simulated.TrainingGround:
    """Keys and clients, made once."""
    return simulated.TrainingGround.generate(BASE_URL, ["nordreisa", "kafjord"])


@pytest.fixture(scope="session")
def people() -> Country:
    """The people of Nordreisa."""
    return make_country(["nordreisa"], seed=1, today=START.date())


@pytest.fixture
def stopped_clock() -> StoppedClock:
    """One clock for the platform and the authorities."""
    return StoppedClock()


@pytest.fixture
def authorities(
    people: Country, simulated_ground: simulated.TrainingGround, stopped_clock: StoppedClock
) -> Watched:
    """All authorities behind one transport."""
    return Watched(create_app(people, simulated_ground, clock=stopped_clock.now))


@pytest.fixture
def training(simulated_ground: simulated.TrainingGround) -> TrainingGround:
    """What the platform hands a plugin of Nordreisa."""
    content: dict[str, Any] = msgspec.to_builtins(simulated_ground)
    own = next(entry for entry in content.pop("municipalities") if entry["municipality"] == "5544")
    return TrainingGround(base_url=BASE_URL, credentials={**content, **own})
