"""Calls to a service outside: typed answers, and an outcome in place of whatever can go wrong."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, TypeVar

import httpx
import msgspec

from opptak.hooks.errors import Configuration, NotFound, Outcome, Permanent, Temporary
from opptak.hooks.types import CheckReport

__all__ = ("Multipart", "Service", "Tokens", "chunks", "decode", "gather", "probe")

T = TypeVar("T")
A = TypeVar("A")

Multipart = Sequence[tuple[str, tuple[str | None, bytes, str]]]
"""Parts of a form, in order: name, then file name (None for a field), content and media type."""

RETRY_AFTER_UNIT = "opptak.retry_after_unit"
"""Extension of a request that tells the breaker what its service counts in Retry-After."""

_CODE = re.compile(r"[A-Za-z][\w.-]{0,39}")
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_BUSY = frozenset({408, 423, 425, 429})


class Tokens(Protocol):
    """Where bearer tokens come from (`opptak.hooks.oauth.JwtGrantTokens`)."""

    async def token(self) -> str:
        """Return a valid token; raises an outcome."""
        ...

    def forget(self) -> None:
        """Drop a token that was refused."""
        ...


class Service:
    """One service at one base address.

    `code_fields` are the members of its error body that may hold its own error code, tried in order;
    `retry_after_unit` is the length in seconds of what it counts in Retry-After.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        *,
        tokens: Tokens | None = None,
        headers: Mapping[str, str] | None = None,
        code_fields: Sequence[str] = ("code",),
        retry_after_unit: float = 1.0,
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._tokens = tokens
        self._headers = dict(headers or {})
        self._code_fields = code_fields
        self._retry_after_unit = retry_after_unit

    async def get(
        self, path: str, answer: type[T], *, params: Mapping[str, str | int | Sequence[str]] | None = None
    ) -> T:
        """Read something; raises an outcome."""
        return decode(await self.request("GET", path, params=params), answer)

    async def post(
        self,
        path: str,
        answer: type[T],
        *,
        json: object = None,
        files: Multipart | None = None,
        params: Mapping[str, str | int | Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """Send a JSON document, or a form of parts; raises an outcome."""
        extra = dict(headers or {})
        content = None
        if files is None:
            content = msgspec.json.encode(json)
            extra["Content-Type"] = "application/json"
        response = await self.request(
            "POST", path, params=params, content=content, files=files, headers=extra
        )
        return decode(response, answer)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int | Sequence[str]] | None = None,
        content: bytes | None = None,
        files: Multipart | None = None,
        headers: Mapping[str, str] | None = None,
        also: Collection[int] = (),
    ) -> httpx.Response:
        """Return an answer that is a success, or of a status in `also`; raises an outcome for any other."""
        extensions = {RETRY_AFTER_UNIT: self._retry_after_unit}
        options = {"params": params, "content": content, "files": files, "extensions": extensions}
        response = await self._send(method, path, headers or {}, options)
        if response.status_code == 401 and self._tokens is not None:
            # A token may be withdrawn before its time: a fresh one gets one more try.
            self._tokens.forget()
            response = await self._send(method, path, headers or {}, options)
        if response.is_success or response.status_code in also:
            return response
        raise self._outcome(response)

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], options: dict[str, Any]
    ) -> httpx.Response:
        known = {"Accept": "application/json", **self._headers, **headers}
        if self._tokens is not None:
            known["Authorization"] = f"Bearer {await self._tokens.token()}"
        return await attempt(self._http.request(method, self._base_url + path, headers=known, **options))

    def _outcome(self, response: httpx.Response) -> Outcome:
        status = response.status_code
        code = _error_code(response, self._code_fields) or f"http_{status}"
        if status in _BUSY or status >= 500:
            return Temporary(code, retry_after=asked_pause(response, unit=self._retry_after_unit))
        if status == 401:
            return Configuration(code, hint="plugin.hint.credentials")
        if status == 403:
            return Configuration(code, hint="plugin.hint.rights")
        if status < 400:
            return Configuration(code, hint="plugin.hint.address")
        return NotFound(code) if status in {404, 410} else Permanent(code)


async def attempt(call: Awaitable[httpx.Response]) -> httpx.Response:
    """Return the answer of a call that may not come through; raises Temporary."""
    try:
        return await call
    except httpx.TimeoutException as error:
        raise Temporary("timeout") from error
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise Temporary("unreachable") from error


def decode(response: httpx.Response, answer: type[T]) -> T:
    """Return the JSON body as a type; raises Temporary for one cut short or of another shape."""
    try:
        return msgspec.json.decode(response.content, type=answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # The cause may quote the answer, and answers are about people.
        raise Temporary("malformed") from None


async def probe(attempted: Awaitable[object]) -> CheckReport:
    """Return what *test connection* shows after the attempt."""
    try:
        await attempted
    except Outcome as outcome:
        hint = outcome.hint or f"plugin.outcome.{type(outcome).__name__.lower()}"
        return CheckReport(ok=False, hint=hint, detail=outcome.code)
    return CheckReport(ok=True)


async def gather(
    call: Callable[[A], Coroutine[Any, Any, T]], arguments: Iterable[A], *, at_once: int = 6
) -> list[T]:
    """Make one call for each argument, a few at the same time; the first failure ends them all."""
    gate = asyncio.Semaphore(at_once)

    async def passed(argument: A) -> T:
        async with gate:
            return await call(argument)

    tasks = [asyncio.ensure_future(passed(argument)) for argument in arguments]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def chunks(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """Return the items in runs of at most `size`."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def _error_code(response: httpx.Response, fields: Sequence[str]) -> str:
    try:
        body = msgspec.json.decode(response.content, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    given = (body.get(field) for field in fields)
    # Anything longer than a code could be a sentence about somebody.
    return next((code for code in given if isinstance(code, str) and _CODE.fullmatch(code)), "")


def asked_pause(response: httpx.Response, *, unit: float = 1.0) -> float | None:
    """Return the seconds Retry-After asks for, None where it does not; a date counts from the other side's
    own clock.
    """
    given = response.headers.get("Retry-After", "")
    if _NUMBER.fullmatch(given):
        return float(given) * unit
    try:
        wait = parsedate_to_datetime(given) - parsedate_to_datetime(response.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(wait.total_seconds(), 0.0)
