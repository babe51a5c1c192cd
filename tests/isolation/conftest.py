"""Two municipalities side by side, and the whole application."""

from collections.abc import AsyncIterator

import pytest
from litestar import Litestar
from tests.conftest import START, new_tenant
from tests.fakes import FakeCountry
from tests.isolation.estate import Estate, build

from opptak.kit.clock import TravelClock
from opptak.runtime import Runtime
from opptak.web import create_app, installed_sites


@pytest.fixture(scope="module")
async def estates(runtime: Runtime, country: FakeCountry) -> AsyncIterator[tuple[Estate, Estate]]:
    """Two municipalities with the same kinds of things; the clock stands after the release."""
    clock = runtime.clock
    assert isinstance(clock, TravelClock)
    built = []
    for neighbours, houses in ((3, ("ann", "berg", "carl")), (1, ("dyb", "eng", "fjord"))):
        clock.travel_to(START)
        tenant = await new_tenant(runtime)
        town = country.town(tenant.slug)
        built.append(await build(runtime, tenant, town, houses=houses, neighbours=neighbours))
    yield built[0], built[1]
    clock.travel_to(START)


@pytest.fixture
def app(runtime: Runtime) -> Litestar:
    """The application with the sites that are installed."""
    return create_app(runtime, installed_sites())
