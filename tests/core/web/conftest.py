"""The whole application in one process, with a provider to log in at, and browsers to use it with."""

from collections.abc import AsyncIterator, Iterator

import pytest
from litestar import Litestar
from tests.asgi import within
from tests.core.web.browser import Browser, OpenBrowser
from tests.core.web.pages import PEOPLE, PORTAL, STAFF
from tests.core.web.provider import TestIdentityProvider, TestProvider
from tests.fakes import FakeCountry, manager_with

from opptak import hookimpl
from opptak.authz.actions import Role
from opptak.hooks.context import PluginContext
from opptak.hooks.plugin import PluginInfo
from opptak.hooks.providers import IdentityProvider
from opptak.identity.staff import Staff
from opptak.kit.ids import new_id
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.web import create_app
from opptak.webkit import KnownPerson

PASSWORD = "correct horse battery"


class _Plugin:
    @hookimpl
    def opptak_plugin(self) -> PluginInfo:
        return PluginInfo(
            name="test_login",
            title="plugin.fake",
            requires=">=1.0,<2",
            version="1",
            provides=frozenset({"identity_providers"}),
            always_on=True,
        )

    @hookimpl
    def opptak_identity_providers(self, context: PluginContext) -> IdentityProvider:
        return TestIdentityProvider()


@pytest.fixture(scope="session")
def provider_program(runtime: Runtime) -> TestProvider:
    return TestProvider(runtime.clock.now)


@pytest.fixture
def provider(provider_program: TestProvider) -> Iterator[TestProvider]:
    """The provider, as new after the test."""
    yield provider_program
    provider_program.claims, provider_program.level, provider_program.refuse = {}, "high", ""
    provider_program.down = provider_program.pushed_only = False
    PEOPLE.known.clear()
    PEOPLE.missed.clear()


@pytest.fixture(scope="session")
async def web_runtime(
    runtime: Runtime, country: FakeCountry, provider_program: TestProvider
) -> AsyncIterator[Runtime]:
    """A second process on the same database, whose calls to the outside reach the provider."""
    manager = manager_with(country)
    manager.register(_Plugin())
    transport = within(provider_program.app())
    made = Runtime(runtime.settings, clock=runtime.clock, manager=manager, transport=transport)
    yield made
    await made.close()


@pytest.fixture
def app(web_runtime: Runtime) -> Litestar:
    """The application, which remembers nothing of the provider yet."""
    return create_app(web_runtime, (PORTAL, STAFF))


@pytest.fixture
async def open_browser(
    app: Litestar, web_runtime: Runtime, provider: TestProvider
) -> AsyncIterator[OpenBrowser]:
    """Open browsers, each with cookies of its own."""
    opened: list[Browser] = []

    def open_one(tenant: TenantContext) -> Browser:
        opened.append(Browser(app, provider.app(), host=f"{tenant.slug}.localhost"))
        return opened[-1]

    yield open_one
    for browser in opened:
        await browser.client.aclose()


@pytest.fixture
def browser(open_browser: OpenBrowser, tenant: TenantContext) -> Browser:
    """A browser at the tenant's portal."""
    return open_browser(tenant)


@pytest.fixture
def parent(provider: TestProvider) -> KnownPerson:
    """Somebody the tenant knows, who is at the provider."""
    provider.person = "17884512345"
    person = KnownPerson(id=new_id(), name="Máret Østbø", language="se")
    PEOPLE.known[provider.person] = person
    return person


@pytest.fixture
async def case_worker(web_runtime: Runtime, tenant: TenantContext) -> str:
    """A case worker's e-mail address; the password is `PASSWORD`."""
    async with web_runtime.work(tenant) as work:
        await Staff(work).add(
            email="anne@kommune.example", name="Anne", roles=[Role.CASE_WORKER], password=PASSWORD
        )
    return "anne@kommune.example"
