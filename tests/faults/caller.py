"""Somebody at the site who does not give up: what fails is sent again, as people do."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
from sqlalchemy.exc import SQLAlchemyError
from tests.faults.estate import TOWN, Estate
from tests.faults.watch import Stuck, Watch

from opptak.identity.logins import Logins
from opptak.identity.schemas import NewLogin
from opptak.kit.subject import Space, Subject
from opptak.tenancy.context import TenantContext

__all__ = ("Caller", "surely")

T = TypeVar("T")

_PATIENCE = 90.0
_PAUSE = 0.2
_COOKIES = {Space.PARENTS: "session", Space.STAFF: "staff"}


async def surely(attempt: Callable[[], Awaitable[T]]) -> T:
    """Return what an attempt gives, as soon as the database lets it; raises Stuck."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return await attempt()
        except (SQLAlchemyError, OSError) as error:
            if time.monotonic() > deadline:
                raise Stuck("the database does not come back") from error
            await asyncio.sleep(_PAUSE)


class Caller:
    """A person who is logged in, at whichever web process answers."""

    def __init__(
        self, estate: Estate, watch: Watch, tenant: TenantContext, who: Subject, met: Counter[str]
    ) -> None:
        self._estate = estate
        self._watch = watch
        self._tenant = tenant
        self._who = who
        self._met = met
        self._headers: dict[str, str] = {}

    async def ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Send a request until it is answered with something else than a failure of the server's."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if not self._headers:
                self._headers = await surely(self._log_in)
            answer = await self._try(method, path, content)
            if answer is not None:
                return answer
            await asyncio.sleep(_PAUSE)
        raise Stuck(f"{method} {path.partition('/')[0]}: no answer")

    async def _try(self, method: str, path: str, content: dict[str, Any]) -> httpx.Response | None:
        url = f"http://127.0.0.1:{self._estate.front.port}{path}"
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
                answer = await client.request(method, url, headers=self._headers, **content)
        except httpx.TransportError:
            self._met["no answer"] += 1
            return None
        if answer.status_code >= 500:
            self._met[str(answer.status_code)] += 1
            return None
        if answer.status_code in (401, 403) or "login" in answer.headers.get("location", ""):
            self._met["logged in again"] += 1
            self._headers = {}
            return None
        return answer

    async def _log_in(self) -> dict[str, str]:
        async with self._estate.runtime.work(self._tenant) as work:
            new = NewLogin(space=self._who.space, subject_id=self._who.id)
            started = await Logins(work).begin(new)
        [(csrf,)] = await self._watch.rows("select csrf from login_session where id = %s", started.login_id)
        return {
            "Host": f"{TOWN}.localhost",
            "Cookie": f"{_COOKIES[self._who.space]}={started.token}",
            "Origin": f"http://{TOWN}.localhost",
            "x-csrftoken": csrf,
        }
