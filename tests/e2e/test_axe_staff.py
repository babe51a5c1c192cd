"""Every page of the staff site in a real browser: accessible, and never wider than the smallest phone."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import product
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route
from tests.admin_ui.album import after_release, before_deadline, before_release
from tests.admin_ui.colleague import Colleague
from tests.admin_ui.conftest import Employ, app, employ, scene, stranger, town
from tests.admin_ui.test_pages import ALL
from tests.core.scene import Scene

from opptak.tenancy.context import TenantContext

pytestmark = pytest.mark.browser

__all__ = ("app", "employ", "scene", "stranger", "town")

AXE = Path(__file__).resolve().parents[2] / "core/opptak/ui/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
VIOLATIONS = """rules => axe.run({runOnly: rules}).then(result => result.violations.map(
    found => [found.id, ...found.nodes.map(node => node.target.join(' '))]))"""
SMALL_TARGETS = """() => [...document.querySelectorAll('main :is(button, summary, .ds-button)')]
    .filter(element => element.offsetParent && !element.matches('.ds-sr-only'))
    .filter(element => element.getBoundingClientRect().height < 44)
    .map(element => element.outerHTML)"""

LANGUAGES = ("nb", "se", "en")
MOMENTS = (before_deadline, before_release, after_release)
Moment = Callable[[Scene], Awaitable[list[str]]]
Open = Callable[..., Awaitable[Page]]


@pytest.fixture
async def open_page(chromium: Browser, tenant: TenantContext) -> AsyncIterator[Open]:
    """Open a page as a colleague; its requests are answered by the application in this process."""
    context = await chromium.new_context()

    async def opened(
        colleague: Colleague, path: str, *, language: str, width: int, scheme: str = "light"
    ) -> Page:
        async def serve(route: Route) -> None:
            if route.request.url.endswith("/events"):
                await route.abort()
                return
            answer = await colleague.client.get(route.request.url)
            hidden = {"content-length", "content-encoding", "set-cookie"}
            headers = {name: text for name, text in answer.headers.items() if name not in hidden}
            await route.fulfill(status=answer.status_code, headers=headers, body=answer.content)

        page = await context.new_page()
        await page.route("**/*", serve)
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await page.goto(f"http://{tenant.slug}.localhost{path}?language={language}")
        await page.evaluate(AXE.read_text(encoding="utf-8"))
        return page

    yield opened
    await context.close()


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
async def test_page_is_accessible_on_the_smallest_phone(
    scene: Scene, employ: Employ, open_page: Open, moment: Moment
) -> None:
    """No violation, no scrolling sideways, and nothing too small for a thumb."""
    pages = await moment(scene)
    anne = await employ(*ALL)
    found: dict[tuple[str, str], object] = {}
    for path, language in product(pages, LANGUAGES):
        page = await open_page(anne, path, language=language, width=320)
        found[language, path] = (
            await page.evaluate("document.documentElement.scrollWidth"),
            await page.evaluate(SMALL_TARGETS),
            await page.evaluate(VIOLATIONS, RULES),
        )
        await page.close()

    assert {where: seen for where, seen in found.items() if seen != (320, [], [])} == {}


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
async def test_dark_page_on_a_desk_is_accessible(
    scene: Scene, employ: Employ, open_page: Open, moment: Moment
) -> None:
    pages = await moment(scene)
    anne = await employ(*ALL)
    found: dict[str, object] = {}
    for path in pages:
        page = await open_page(anne, path, language="nb", width=1280, scheme="dark")
        found[path] = await page.evaluate(VIOLATIONS, RULES)
        await page.close()

    assert {path: violations for path, violations in found.items() if violations} == {}


async def test_login_and_refused_form_are_accessible(
    scene: Scene, employ: Employ, stranger: Colleague, open_page: Open
) -> None:
    houses = await scene.houses(a=1)
    unit = f"/staff/kindergartens/{houses['a'].facility_id}/units/{houses['a'].unit_id}"
    anne = await employ(*ALL)
    found = []

    page = await open_page(stranger, "/staff/login", language="se", width=320)
    found += await page.evaluate(VIOLATIONS, RULES)
    await anne.get(unit)
    refused = await anne.post(unit, seats="many")
    page = await open_page(anne, unit, language="nb", width=320)
    await page.set_content(refused.text)
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found += await page.evaluate(VIOLATIONS, RULES)

    assert found == []
