"""The parents' site on the fake authorities, and parents who are logged in."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from litestar import Litestar

from opptak.identity.logins import Logins
from opptak.identity.schemas import NewLogin
from opptak.kit.clock import TravelClock
from opptak.kit.subject import Space
from opptak.people.service import People
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.web import create_app
from opptak_portal.site import SITE
from tests.core.scene import Household, Scene, WorkAs
from tests.fakes import FakeCountry, FakeTown
from tests.portal.visitor import Visitor

LogIn = Callable[..., Awaitable[Visitor]]


@pytest.fixture(scope="session")
def app(runtime: Runtime) -> Litestar:
    return create_app(runtime, (SITE,))


@pytest.fixture
def town(country: FakeCountry, tenant: TenantContext) -> FakeTown:
    """The authorities of this test's tenant."""
    return country.town(tenant.slug)


@pytest.fixture
def scene(work_as: WorkAs, town: FakeTown, clock: TravelClock) -> Scene:
    """This test's municipality, to be furnished."""
    return Scene(work_as, town, clock)


@pytest.fixture
async def log_in(app: Litestar, runtime: Runtime, tenant: TenantContext) -> AsyncIterator[LogIn]:
    """Log the first guardian of a household in (or another), without the provider."""
    opened: list[Visitor] = []

    async def logged_in(household: Household, *, guardian: int = 0, at: TenantContext = tenant) -> Visitor:
        person = household.parents[guardian].id
        assert person is not None
        async with runtime.work(at) as work:
            name = (await People(work).get([person]))[person].name
            started = await Logins(work).begin(
                NewLogin(space=Space.PARENTS, subject_id=person, name=name, level="high")
            )
        opened.append(Visitor(app, host=f"{at.slug}.localhost", session=started.token, person=person))
        return opened[-1]

    yield logged_in
    for visitor in opened:
        await visitor.client.aclose()


@pytest.fixture
async def stranger(app: Litestar, tenant: TenantContext) -> AsyncIterator[Visitor]:
    """Somebody who is not logged in."""
    visitor = Visitor(app, host=f"{tenant.slug}.localhost")
    yield visitor
    await visitor.client.aclose()


__all__ = ("LogIn",)
