"""A parent with a browser: keeps cookies, follows no redirect by itself, sends forms with their token."""

import re
from collections.abc import Mapping
from html import unescape
from uuid import UUID

import httpx
from litestar import Litestar

from tests.asgi import within

__all__ = ("Visitor",)

_TOKEN = re.compile(r'name="_csrf_token" value="([^"]*)"')
_VERSION = re.compile(r'name="version" value="([^"]*)"')

Fields = Mapping[str, str | list[str]]


class Visitor:
    """Somebody at one host, with or without a login."""

    def __init__(self, app: Litestar, *, host: str, session: str = "", person: UUID | None = None) -> None:
        self.client = httpx.AsyncClient(
            transport=within(app, raising=False),
            base_url=f"http://{host}",
            cookies={"session": session} if session else {},
        )
        self.session = session
        self.person = person
        self.page = "/"
        self.token = ""
        self.version = ""

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page."""
        response = await self.client.get(path, headers=headers)
        self.page = path
        self.token = self._found(_TOKEN, response) or self.token
        self.version = self._found(_VERSION, response) or self.version
        return response

    async def read(self, path: str) -> str:
        """Return a page's text as a browser reads it."""
        return unescape((await self.get(path)).text)

    async def post(self, path: str, **fields: str | list[str]) -> httpx.Response:
        """Send a form of the open page; a field `start_on_day` is sent as `start_on-day`."""
        origin = str(self.client.base_url).rstrip("/")
        sent = {"_csrf_token": self.token, "version": self.version} | {
            re.sub(r"_(day|month|year)$", r"-\1", name): value for name, value in fields.items()
        }
        headers = {"Origin": origin, "Referer": origin + self.page, "Sec-Fetch-Site": "same-origin"}
        return await self.client.post(path, data=sent, headers=headers)

    async def follow(self, response: httpx.Response) -> httpx.Response:
        """Go where a form led to."""
        assert response.status_code == 303, response.text
        return await self.get(response.headers["location"].partition("#")[0])

    def _found(self, pattern: re.Pattern[str], response: httpx.Response) -> str:
        found = pattern.search(response.text)
        return unescape(found.group(1)) if found else ""
