"""Somebody with a browser, who finds their way by what links and buttons are called.

Words are message keys, looked up in the language the visitor reads: texts may change, the way may not.
"""

import shutil
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any, Protocol

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Response, async_playwright, expect
from tests.e2e.theatre import Theatre
from tools.run_tests import BROWSERS

from opptak.demo.cast import PASSWORD
from opptak.kit.i18n import Translator

__all__ = ("Device", "Visitor", "Visitors", "browser", "visit")

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-proxy-server",
)

PATIENCE = 20_000
"""Milliseconds that a busy machine may take to answer."""

_NOT_OURS = "Failed to load resource"
"""What the console says of every answer that is an error page, even one the test asks for."""


class Device(Enum):
    """What is looked with: width and height in pixels."""

    PHONE = (390, 844)
    SMALLEST = (320, 640)
    DESK = (1280, 900)

    def options(self) -> dict[str, Any]:
        """Return what the browser is told of it."""
        width, height = self.value
        hand = self is not Device.DESK
        return {
            "viewport": {"width": width, "height": height},
            "locale": "nb-NO",
            "is_mobile": hand,
            "has_touch": hand,
        }


class Visitor:
    """One browser at one municipality."""

    def __init__(self, page: Page, town: Theatre, device: Device) -> None:
        self.page = page
        self.device = device
        self.language = "nb"
        self.complaints: list[str] = []
        """What the browser had to complain of: a script that broke, a policy that was not kept."""
        self._town = town
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)

    @property
    def text(self) -> Translator:
        """The texts in the visitor's language."""
        return self._town.tenant.translator(self.language)

    def link(self, key: str, **params: object) -> Locator:
        """Return the links with a name."""
        return self.page.get_by_role("link", name=self.text(key, **params), exact=True)

    def button(self, key: str, **params: object) -> Locator:
        """Return the buttons with a name."""
        return self.page.get_by_role("button", name=self.text(key, **params), exact=True)

    async def open(self, path: str) -> Response | None:
        """Type an address in."""
        return await self.page.goto(self._town.tenant.base_url + path)

    async def read_in(self, language: str) -> None:
        """Have all pages in a language from now on."""
        await self.open(f"/?language={language}")
        self.language = language

    async def follow(self, key: str, **params: object) -> None:
        """Follow a link."""
        await self.link(key, **params).first.click()

    async def press(self, key: str, **params: object) -> None:
        """Press a button."""
        await self.button(key, **params).first.click()

    async def choose(self, label: str) -> None:
        """Choose one of several by its label, which covers its button."""
        await self.page.locator("label").get_by_text(label, exact=True).click()
        await expect(self.page.get_by_label(label, exact=True)).to_be_checked()

    async def reads(self, key: str, **params: object) -> None:
        """Find a sentence in the page's main part."""
        await self.sees(self.text(key, **params))

    async def sees(self, text: str) -> None:
        """Find words in the page's main part."""
        await expect(self.page.get_by_role("main")).to_contain_text(text)

    async def is_at(self, key: str, **params: object) -> None:
        """Be on the page with a heading."""
        await expect(self.page.locator("h1")).to_have_text(self.text(key, **params))

    async def switch_to(self, language: str) -> None:
        """Choose another language in the menu."""
        await self.page.locator("summary", has_text=self.text("ui.language")).click()
        await self.page.get_by_role("link", name=self._named(language), exact=True).click()
        self.language = language
        await expect(self.page.locator("html")).to_have_attribute("lang", language)

    async def log_in(self, number: str) -> None:
        """Log in as a parent from the front page, at the simulated identity provider."""
        await self.open("/")
        await self.follow("portal.front.log_in")
        await self.identify(number)

    async def identify(self, number: str) -> None:
        """Be somebody at the identity provider, and come back to pages in that person's language."""
        await self.page.locator("[name=number]").fill(number)
        await self.page.locator("[name=number]").press("Enter")
        await self.page.wait_for_url(f"{self._town.tenant.base_url}/**")
        self.language = await self.page.locator("html").get_attribute("lang") or self.language

    async def log_in_as_staff(self, name: str) -> None:
        """Log in with one of the sample accounts."""
        await self.open("/staff/")
        await self.page.get_by_label(self.text("web.staff_login.email")).fill(
            f"{name}@{self._town.tenant.slug}.example"
        )
        await self.page.get_by_label(self.text("web.staff_login.password")).fill(PASSWORD)
        await self.press("ui.log_in")
        await self.is_at("staff.today.title")

    def _named(self, language: str) -> str:
        return self._town.tenant.translator(language)("web.language_name")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_NOT_OURS):
            self.complaints.append(message.text)


class Visitors(Protocol):
    """Opens browsers."""

    def __call__(self, device: Device = Device.PHONE, *, scripts: bool = True) -> Awaitable[Visitor]:
        """Open one; `scripts` says whether JavaScript is switched on."""
        ...


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Run the browser that is installed."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield launched
        await launched.close()


async def visit(chromium: Browser, town: Theatre, device: Device, *, scripts: bool = True) -> Visitor:
    """Open a browser window with cookies of its own."""
    context = await chromium.new_context(**device.options(), java_script_enabled=scripts)
    context.set_default_timeout(PATIENCE)
    return Visitor(await context.new_page(), town, device)
