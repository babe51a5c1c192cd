"""Every page of the staff site in a real browser: accessible, and never wider than the smallest phone."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import product

import pytest
from playwright.async_api import Browser, Page
from tests.admin_ui.album import after_release, before_deadline, before_release
from tests.admin_ui.colleague import Colleague
from tests.admin_ui.conftest import Employ, app, employ, scene, stranger, town
from tests.admin_ui.test_pages import ALL
from tests.core.scene import Scene
from tests.e2e.axe import LANGUAGES, PHONE, flaws_on_a_phone, misfits, opened, violations

from opptak.tenancy.context import TenantContext

pytestmark = pytest.mark.browser

__all__ = ("app", "employ", "scene", "stranger", "town")

MOMENTS = (before_deadline, before_release, after_release)
Moment = Callable[[Scene], Awaitable[list[str]]]
Open = Callable[..., Awaitable[Page]]


@pytest.fixture
async def open_page(chromium: Browser, tenant: TenantContext) -> AsyncIterator[Open]:
    """Open a page as a colleague; its requests are answered by the application in this process."""
    context = await chromium.new_context()

    async def open_one(
        colleague: Colleague, path: str, *, language: str, width: int, dark: bool = False
    ) -> Page:
        url = f"http://{tenant.slug}.localhost{path}?language={language}"
        return await opened(context, colleague.client, url, width=width, dark=dark)

    yield open_one
    await context.close()


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
async def test_page_is_accessible_on_the_smallest_phone(
    scene: Scene, employ: Employ, open_page: Open, moment: Moment
) -> None:
    """No violation, no scrolling sideways, and nothing too small for a thumb.

    The markup is the same in every language, so one language is searched for violations.
    """
    pages = await moment(scene)
    anne = await employ(*ALL)
    found = {}
    for path, language in product(pages, LANGUAGES):
        page = await open_page(anne, path, language=language, width=PHONE)
        look = flaws_on_a_phone if language == LANGUAGES[0] else misfits
        found[language, path] = await look(page)
        await page.close()

    assert {where: flaws for where, flaws in found.items() if flaws} == {}


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
async def test_dark_page_on_a_desk_is_accessible(
    scene: Scene, employ: Employ, open_page: Open, moment: Moment
) -> None:
    pages = await moment(scene)
    anne = await employ(*ALL)
    found = {}
    for path in pages:
        page = await open_page(anne, path, language="nb", width=1280, dark=True)
        found[path] = await violations(page)
        await page.close()

    assert {path: those for path, those in found.items() if those} == {}


async def test_login_and_refused_form_are_accessible(
    scene: Scene, employ: Employ, stranger: Colleague, open_page: Open
) -> None:
    houses = await scene.houses(a=1)
    unit = f"/staff/kindergartens/{houses['a'].facility_id}/units/{houses['a'].unit_id}"
    anne = await employ(*ALL)
    found = []

    page = await open_page(stranger, "/staff/login", language="se", width=PHONE)
    found += await violations(page)
    await anne.get(unit)
    refused = await anne.post(unit, seats="many")
    page = await open_page(anne, unit, language="nb", width=PHONE)
    await page.set_content(refused.text)
    found += await violations(page)

    assert found == []
