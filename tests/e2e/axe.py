"""What a page must not have: read from it in the browser, where the application answers in this process."""

from pathlib import Path

import httpx
from playwright.async_api import BrowserContext, Page, Route

__all__ = ("LANGUAGES", "PHONE", "flaws_on_a_phone", "misfits", "opened", "violations")

LANGUAGES = ("nb", "se", "en")
PHONE = 320
"""Width of the smallest phone."""

_AXE = Path(__file__).resolve().parents[2] / "core/opptak/ui/node_modules/axe-core/axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_VIOLATIONS = """rules => axe.run({runOnly: rules}).then(result => result.violations.map(
    found => [found.id, ...found.nodes.map(node => node.target.join(' '))]))"""
_SMALL_TARGETS = """() => [...document.querySelectorAll('main :is(button, summary, .ds-button)')]
    .filter(element => element.offsetParent && !element.matches('.ds-sr-only'))
    .filter(element => element.getBoundingClientRect().height < 44)
    .map(element => element.outerHTML)"""
_HIDDEN = {"content-length", "content-encoding", "set-cookie"}


async def opened(
    context: BrowserContext, client: httpx.AsyncClient, url: str, *, width: int, dark: bool = False
) -> Page:
    """Open a page whose requests a client answers; what never ends is not asked for."""

    async def serve(route: Route) -> None:
        if route.request.url.endswith("/events"):
            await route.abort()
            return
        answer = await client.get(route.request.url)
        headers = {name: text for name, text in answer.headers.items() if name not in _HIDDEN}
        await route.fulfill(status=answer.status_code, headers=headers, body=answer.content)

    page = await context.new_page()
    await page.route("**/*", serve)
    await page.set_viewport_size({"width": width, "height": 800})
    await page.emulate_media(color_scheme="dark" if dark else "light")
    await page.goto(url)
    return page


async def violations(page: Page) -> list[list[str]]:
    """Return the rules the page breaks, each with where."""
    await page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: list[list[str]] = await page.evaluate(_VIOLATIONS, _RULES)
    return found


async def flaws_on_a_phone(page: Page) -> list[object]:
    """Return what is wrong on the smallest phone: too wide, too small for a thumb, a violation."""
    return [*await misfits(page), *await violations(page)]


async def misfits(page: Page) -> list[object]:
    """Return what does not fit the smallest phone: the part of its flaws that longer words can bring."""
    width = await page.evaluate("document.documentElement.scrollWidth")
    too_wide = [] if width == PHONE else [width]
    return [*too_wide, *await page.evaluate(_SMALL_TARGETS)]
