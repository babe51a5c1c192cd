"""Modules: what a tenant has not switched on is not there, on the side where it is off, whoever asks."""

import re
from collections.abc import Awaitable, Callable
from html import unescape

import msgspec
import pytest
from tests.core.web.browser import Browser, OpenBrowser
from tests.core.web.conftest import PASSWORD

from opptak.authz.actions import Role
from opptak.identity.staff import Staff
from opptak.runtime import Runtime
from opptak.tenancy.config import Module, Modules, Reach
from opptak.tenancy.context import TenantContext
from opptak.webkit import KnownPerson

Switch = Callable[..., Awaitable[None]]

STAFF_FIRST = Reach(parents=False)


@pytest.fixture
def switch(web_runtime: Runtime, tenant: TenantContext) -> Switch:
    """Put other modules into force for the tenant, as every process hears of it."""

    async def put(**modules: bool | Reach) -> None:
        document = msgspec.structs.replace(tenant.document, modules=Modules(**modules))
        await web_runtime.catalogue.apply(document, author="test")
        web_runtime.tenants.forget(tenant.id)

    return put


@pytest.fixture
async def staff_browser(browser: Browser, case_worker: str) -> Browser:
    """A browser of the case worker's, logged in."""
    await _log_in(browser, case_worker)
    return browser


@pytest.fixture
async def administrator_browser(browser: Browser, web_runtime: Runtime, tenant: TenantContext) -> Browser:
    """A browser of somebody's who has nothing to do with offers."""
    async with web_runtime.work(tenant) as work:
        await Staff(work).add(
            email="kari@kommune.example", name="Kari", roles=[Role.ADMINISTRATOR], password=PASSWORD
        )
    await _log_in(browser, "kari@kommune.example")
    return browser


@pytest.mark.parametrize(
    ("offers", "parents", "staff"), [(False, 404, 404), (STAFF_FIRST, 404, 303), (True, 303, 303)]
)
async def test_anonymous_is_asked_to_log_in_only_where_there_is_something(
    browser: Browser, switch: Switch, offers: bool | Reach, parents: int, staff: int
) -> None:
    await switch(portal=True, offers=offers)
    assert (await browser.get("/switched")).status_code == parents
    assert (await browser.get("/staff/switched")).status_code == staff


async def test_other_tenant_keeps_its_modules(
    open_browser: OpenBrowser, other_tenant: TenantContext, switch: Switch
) -> None:
    await switch()
    other = open_browser(other_tenant)
    assert (await other.get("/switched")).status_code == 303
    assert (await other.get("/staff/switched")).status_code == 303


@pytest.mark.parametrize(("offers", "status"), [(False, 404), (STAFF_FIRST, 403), (True, 403)])
async def test_wrong_role_is_told_no_more_than_that(
    administrator_browser: Browser, switch: Switch, offers: bool | Reach, status: int
) -> None:
    await switch(portal=True, offers=offers)
    assert (await administrator_browser.get("/staff/switched")).status_code == status


@pytest.mark.parametrize(("offers", "status"), [(False, 404), (STAFF_FIRST, 200), (True, 200)])
async def test_staff_have_page_and_menu_as_far_as_the_module_is_on(
    staff_browser: Browser, switch: Switch, offers: bool | Reach, status: int
) -> None:
    await switch(portal=True, offers=offers)
    assert (await staff_browser.get("/staff/switched")).status_code == status
    menu = unescape((await staff_browser.get("/staff")).text)
    assert ('href="/staff/switched"' in menu) == (status == 200)


@pytest.mark.parametrize(("offers", "status"), [(False, 404), (STAFF_FIRST, 404), (True, 200)])
async def test_parents_have_a_page_as_far_as_the_module_is_on(
    browser: Browser, parent: KnownPerson, switch: Switch, offers: bool | Reach, status: int
) -> None:
    await switch(portal=True, offers=offers)
    await browser.log_in()
    assert (await browser.get("/switched")).status_code == status
    posted = await browser.post("/switched", {})
    assert posted.status_code == (303 if status == 200 else 404)


async def test_without_the_portal_parents_have_nothing_and_staff_go_on(
    browser: Browser, case_worker: str, switch: Switch
) -> None:
    await switch(portal=STAFF_FIRST, offers=True)
    for path in ("/login/start?provider=test_op", "/login", "/switched", "/form", "/"):
        gone = await browser.get(path, **{"Accept-Language": "se"})
        assert gone.status_code == 404
    gone = await browser.get("/", **{"Accept-Language": "se"})
    assert '<html lang="se"' in gone.text
    assert _pages(gone.text) == set()
    await _log_in(browser, case_worker)
    assert (await browser.get("/staff/switched")).status_code == 200
    assert _pages((await browser.get("/staff")).text) & {"/", "/contact", "/privacy"} == set()


async def test_with_the_portal_every_page_leads_to_its_information(browser: Browser, switch: Switch) -> None:
    await switch(portal=True)
    assert {"/", "/contact", "/privacy", "/accessibility"} <= _pages((await browser.get("/nowhere")).text)


async def test_module_that_is_switched_on_later_is_there(browser: Browser, switch: Switch) -> None:
    await switch(portal=True)
    assert (await browser.get("/switched")).status_code == 404
    await switch(portal=True, offers=True)
    assert (await browser.get("/switched")).status_code == 303


def _pages(page: str) -> set[str]:
    """Return the pages of ours that a page leads to, other than itself in another language."""
    found = set(re.findall(r'<a [^>]*href="(/[^"]*)"', unescape(page)))
    return {one for one in found if "language=" not in one}


async def _log_in(browser: Browser, email: str) -> None:
    await browser.get("/staff/login")
    answer = await browser.post("/staff/login", {"email": email, "password": PASSWORD, "next": ""})
    assert answer.status_code == 303


def test_modules_table_knows_each_module() -> None:
    assert Modules.__struct_fields__ == tuple(module.value for module in Module)
