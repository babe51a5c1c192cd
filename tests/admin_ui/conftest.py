"""The staff site on the fake authorities, and members of staff who are logged in."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest
from litestar import Litestar

from opptak.authz.actions import Role
from opptak.identity.logins import Logins
from opptak.identity.schemas import NewLogin
from opptak.identity.staff import Staff
from opptak.kit.clock import TravelClock
from opptak.kit.ids import new_id
from opptak.kit.subject import Space
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.web import create_app
from opptak_admin.site import SITE
from tests.admin_ui.colleague import Colleague
from tests.core.scene import Scene, WorkAs
from tests.fakes import FakeCountry, FakeTown

Employ = Callable[..., Awaitable[Colleague]]


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
async def employ(app: Litestar, runtime: Runtime, tenant: TenantContext) -> AsyncIterator[Employ]:
    """Make an account with a role, perhaps at one house, and log it in."""
    opened: list[Colleague] = []

    async def employed(
        *roles: Role, house: UUID | None = None, name: str = "Anne Prøve", at: TenantContext = tenant
    ) -> Colleague:
        async with runtime.work(at) as work:
            account = await Staff(work).add(
                email=f"{new_id().hex}@kommune.example", name=name, roles=roles, facility_id=house
            )
            started = await Logins(work).begin(NewLogin(space=Space.STAFF, subject_id=account))
        opened.append(Colleague(app, host=f"{at.slug}.localhost", session=started.token, account=account))
        return opened[-1]

    yield employed
    for colleague in opened:
        await colleague.client.aclose()


@pytest.fixture
async def stranger(app: Litestar, tenant: TenantContext) -> AsyncIterator[Colleague]:
    """Somebody who is not logged in."""
    colleague = Colleague(app, host=f"{tenant.slug}.localhost")
    yield colleague
    await colleague.client.aclose()


__all__ = ("Employ",)
