"""A browser for tests: follows no redirect by itself, remembers cookies, fills in forms with their token."""

import re
from collections.abc import Callable, Mapping

import httpx
from litestar import Litestar
from tests.asgi import within
from tests.core.web.provider import ISSUER

from opptak.tenancy.context import TenantContext

_TOKEN = re.compile(r'name="_csrf_token" value="([^"]*)"')


class Browser:
    """One visitor at one host."""

    def __init__(self, app: Litestar, provider: Litestar, *, host: str) -> None:
        self.client = httpx.AsyncClient(transport=within(app, raising=False), base_url=f"http://{host}")
        self._provider = within(provider)
        self.page = ""
        """The path of the page that is open."""
        self.token = ""
        """The token in the page's forms."""

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page."""
        response = await self.client.get(path, headers=headers)
        self.page = path
        found = _TOKEN.search(response.text)
        self.token = found.group(1) if found else self.token
        return response

    async def post(self, path: str, fields: Mapping[str, str], **headers: str) -> httpx.Response:
        """Send the form of the open page."""
        origin = str(self.client.base_url).rstrip("/")
        sent = {"Origin": origin, "Referer": origin + self.page, "Sec-Fetch-Site": "same-origin"} | headers
        return await self.client.post(path, data={"_csrf_token": self.token, **fields}, headers=sent)

    async def log_in(self, path: str = "/login") -> httpx.Response:
        """Log in at the provider; return our answer to what it says, or what came instead of the provider."""
        response = await self.client.get(path)
        while response.is_redirect:
            target = response.headers["location"]
            if target.startswith(ISSUER):
                return await self.client.get(await self.at_provider(target))
            response = await self.client.get(target)
        return response

    async def at_provider(self, url: str) -> str:
        """Go to the provider; return where it sends the browser."""
        async with httpx.AsyncClient(transport=self._provider) as outside:
            return (await outside.get(url)).headers["location"]


OpenBrowser = Callable[[TenantContext], Browser]
