"""Every page of the parents' site in a real browser: accessible, and never wider than the smallest phone."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import product
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from playwright.async_api import Browser, Page, Route
from tests.asgi import within
from tests.core.scene import Scene
from tests.portal.album import Leaf, after_release, before_deadline, public_pages
from tests.portal.conftest import LogIn, app, log_in, scene, town

from opptak.tenancy.context import TenantContext

pytestmark = pytest.mark.browser

__all__ = ("app", "log_in", "scene", "town")

AXE = Path(__file__).resolve().parents[2] / "core/opptak/ui/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
VIOLATIONS = """rules => axe.run({runOnly: rules}).then(result => result.violations.map(
    found => [found.id, ...found.nodes.map(node => node.target.join(' '))]))"""
SMALL_TARGETS = """() => [...document.querySelectorAll('main :is(button, summary, .ds-button)')]
    .filter(element => element.offsetParent && !element.matches('.ds-sr-only'))
    .filter(element => element.getBoundingClientRect().height < 44)
    .map(element => element.outerHTML)"""

LANGUAGES = ("nb", "se", "en")
ALBUMS = (public_pages, before_deadline, after_release)
Album = Callable[[Scene], Awaitable[list[Leaf]]]
Open = Callable[..., Awaitable[Page]]


@pytest.fixture
async def open_page(
    chromium: Browser, app: Litestar, tenant: TenantContext, log_in: LogIn
) -> AsyncIterator[Open]:
    """Open a page of an album; its requests are answered by the application in this process."""
    context = await chromium.new_context()
    clients: dict[str, httpx.AsyncClient] = {}

    async def client_of(leaf: Leaf) -> httpx.AsyncClient:
        key = str(leaf.household.parent.id) if leaf.household else ""
        if key not in clients:
            session = (await log_in(leaf.household)).session if leaf.household else ""
            clients[key] = httpx.AsyncClient(
                transport=within(app, raising=False),
                base_url=f"http://{tenant.slug}.localhost",
                cookies={"session": session} if session else {},
            )
        return clients[key]

    async def opened(leaf: Leaf, *, language: str, width: int, scheme: str = "light") -> Page:
        client = await client_of(leaf)

        async def serve(route: Route) -> None:
            answer = await client.get(route.request.url)
            hidden = {"content-length", "content-encoding", "set-cookie"}
            headers = {name: text for name, text in answer.headers.items() if name not in hidden}
            await route.fulfill(status=answer.status_code, headers=headers, body=answer.content)

        page = await context.new_page()
        await page.route("**/*", serve)
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await page.goto(f"http://{tenant.slug}.localhost{leaf.path}?language={language}")
        return page

    yield opened
    await context.close()
    for client in clients.values():
        await client.aclose()


@pytest.mark.parametrize("album", ALBUMS)
async def test_page_is_accessible_on_the_smallest_phone(scene: Scene, open_page: Open, album: Album) -> None:
    """No violation, no scrolling sideways, and nothing too small for a thumb."""
    found: dict[tuple[str, str], object] = {}
    for leaf, language in product(await album(scene), LANGUAGES):
        page = await open_page(leaf, language=language, width=320)
        await page.evaluate(AXE.read_text(encoding="utf-8"))
        found[language, leaf.path] = (
            await page.evaluate("document.documentElement.scrollWidth"),
            await page.evaluate(SMALL_TARGETS),
            await page.evaluate(VIOLATIONS, RULES),
        )
        await page.close()

    assert {where: seen for where, seen in found.items() if seen != (320, [], [])} == {}


@pytest.mark.parametrize("album", ALBUMS)
async def test_dark_page_on_a_desk_is_accessible(scene: Scene, open_page: Open, album: Album) -> None:
    found: dict[str, object] = {}
    for leaf in await album(scene):
        page = await open_page(leaf, language="nb", width=1280, scheme="dark")
        await page.evaluate(AXE.read_text(encoding="utf-8"))
        found[leaf.path] = await page.evaluate(VIOLATIONS, RULES)
        await page.close()

    assert {path: violations for path, violations in found.items() if violations} == {}
