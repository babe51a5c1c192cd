"""The gallery in a real browser, served with the strictest content security policy."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright

from opptak.ui.assets import assets
from opptak.ui.engine import Templates
from opptak.ui.gallery import gallery_html
from opptak.ui.theme import Brand, theme_css

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parents[3] / "core/opptak/ui/node_modules/axe-core/axe.min.js"
POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
VIOLATIONS = """rules => axe.run({runOnly: rules}).then(result => result.violations.map(
    found => [found.id, ...found.nodes.map(node => node.target.join(' '))]))"""
SMALL_TARGETS = """() => [...document.querySelectorAll('button, summary, .ds-button, :is(header, footer) a')]
    .filter(element => element.offsetParent && element.getBoundingClientRect().height < 44)
    .map(element => element.outerHTML)"""

Open = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        await browser.close()


@pytest.fixture
async def open_gallery(chromium: Browser, brand: Brand) -> AsyncIterator[Open]:
    context = await chromium.new_context()

    async def serve(route: Route) -> None:
        folder, _, rest = route.request.url.removeprefix("http://gallery.test/").partition("/")
        if folder == "assets":
            found = assets().find(rest.partition("/")[2])
            assert found is not None
            await route.fulfill(body=found.body, content_type=found.media_type)
        elif folder == "theme":
            await route.fulfill(body=theme_css(brand), content_type="text/css")
        else:
            html = gallery_html(Templates(), language=folder, brand=brand)
            headers = {"Content-Security-Policy": POLICY}
            await route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)

    async def opened(language: str = "nb", *, width: int = 390, scheme: str = "light") -> Page:
        page = await context.new_page()
        await page.route("**/*", serve)
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await page.goto(f"http://gallery.test/{language}")
        return page

    yield opened
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["nb", "se", "en"])
async def test_gallery_has_no_accessibility_violation(open_gallery: Open, language: str, scheme: str) -> None:
    page = await open_gallery(language, scheme=scheme)
    for menu in await page.locator("[data-menu] > summary").all():
        await menu.click()
    await page.evaluate(AXE.read_text(encoding="utf-8"))

    assert await page.evaluate(VIOLATIONS, RULES) == []


async def test_gallery_has_no_accessibility_violation_on_a_desk(open_gallery: Open) -> None:
    page = await open_gallery(width=1280)
    await page.evaluate(AXE.read_text(encoding="utf-8"))

    assert await page.evaluate(VIOLATIONS, RULES) == []


async def test_browser_has_nothing_to_complain_of(open_gallery: Open) -> None:
    page = await open_gallery()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.reload()

    assert complaints == []
    assert await page.evaluate("document.fonts.check('16px Inter')")


@pytest.mark.parametrize("language", ["nb", "se"])
async def test_smallest_phone_never_scrolls_sideways(open_gallery: Open, language: str) -> None:
    page = await open_gallery(language, width=320)

    assert await page.evaluate("document.documentElement.scrollWidth") == 320


async def test_targets_are_big_enough_for_a_thumb(open_gallery: Open) -> None:
    page = await open_gallery(width=360)

    assert await page.evaluate(SMALL_TARGETS) == []


async def test_error_summary_has_the_focus_and_leads_to_the_field(open_gallery: Open) -> None:
    page = await open_gallery()

    assert await page.evaluate("document.activeElement.matches('[data-error-summary]')")
    await page.locator("[data-error-summary] a").first.click()
    assert await page.evaluate("document.activeElement.name") == "born-day"


async def test_second_press_does_not_send_the_form_again(open_gallery: Open) -> None:
    page = await open_gallery()
    sent = await page.evaluate("""async () => {
        const form = document.querySelector('form.op-flow');
        const button = form.querySelector('.op-actions button');
        let times = 0;
        addEventListener('submit', event => {
            if (!event.defaultPrevented) times += 1;
            event.preventDefault();
        });
        form.requestSubmit(button);
        form.requestSubmit(button);
        return [times, form.ariaBusy];
    }""")

    assert sent == [1, "true"]


async def test_wish_is_moved_and_told_at_once(open_gallery: Open) -> None:
    page = await open_gallery()
    await page.get_by_label("Flytt ned: Storslett barnehage").click()
    order = await page.evaluate("[...document.querySelectorAll('[name=wish]')].map(wish => wish.value)")

    assert order == ["sørkjosen", "storslett", "giđa"]
    assert await page.locator("[data-ranked-status]").inner_text() == "Storslett barnehage er nå nummer 2"
    assert await page.evaluate("document.activeElement.value") == "down:2"
    assert await page.get_by_label("Flytt opp: Sørkjosen barnehage").is_disabled()


async def test_escape_closes_the_menu_and_returns_the_focus(open_gallery: Open) -> None:
    page = await open_gallery()
    menu = page.locator("[data-menu]").first
    await menu.locator("summary").click()
    await page.keyboard.press("Escape")

    assert await menu.get_attribute("open") is None
    assert await page.evaluate("document.activeElement.tagName") == "SUMMARY"
