"""Every page of the parents' site in a real browser: accessible, and never wider than the smallest phone."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import product

import httpx
import pytest
from litestar import Litestar
from playwright.async_api import Browser, Page
from tests.asgi import within
from tests.core.scene import Scene
from tests.e2e.axe import LANGUAGES, PHONE, flaws_on_a_phone, opened, violations
from tests.portal.album import Leaf, after_release, before_deadline, public_pages
from tests.portal.conftest import LogIn, app, log_in, scene, town

from opptak.tenancy.context import TenantContext

pytestmark = pytest.mark.browser

__all__ = ("app", "log_in", "scene", "town")

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

    async def open_one(leaf: Leaf, *, language: str, width: int, dark: bool = False) -> Page:
        url = f"http://{tenant.slug}.localhost{leaf.path}?language={language}"
        return await opened(context, await client_of(leaf), url, width=width, dark=dark)

    yield open_one
    await context.close()
    for client in clients.values():
        await client.aclose()


@pytest.mark.parametrize("album", ALBUMS)
async def test_page_is_accessible_on_the_smallest_phone(scene: Scene, open_page: Open, album: Album) -> None:
    """No violation, no scrolling sideways, and nothing too small for a thumb."""
    found = {}
    for leaf, language in product(await album(scene), LANGUAGES):
        page = await open_page(leaf, language=language, width=PHONE)
        found[language, leaf.path] = await flaws_on_a_phone(page)
        await page.close()

    assert {where: flaws for where, flaws in found.items() if flaws} == {}


@pytest.mark.parametrize("album", ALBUMS)
async def test_dark_page_on_a_desk_is_accessible(scene: Scene, open_page: Open, album: Album) -> None:
    found = {}
    for leaf in await album(scene):
        page = await open_page(leaf, language="nb", width=1280, dark=True)
        found[leaf.path] = await violations(page)
        await page.close()

    assert {path: those for path, those in found.items() if those} == {}
