"""Fixtures for the domains."""

import pytest
from tests.core.scene import Scene, WorkAs
from tests.fakes import FakeCountry, FakeTown

from opptak.kit.clock import TravelClock
from opptak.tenancy.context import TenantContext


@pytest.fixture
def town(country: FakeCountry, tenant: TenantContext) -> FakeTown:
    """The authorities of this test's tenant."""
    return country.town(tenant.slug)


@pytest.fixture
def scene(work_as: WorkAs, town: FakeTown, clock: TravelClock) -> Scene:
    """This test's municipality, to be furnished."""
    return Scene(work_as, town, clock)
