"""Faults on demand: an authority that is down, slow, full, talks nonsense or hangs up."""

import asyncio
from enum import StrEnum

from msgspec import Struct

from opptak_simulators.asgi import Asgi, Message, Receive, Send, answer

_SLOW_SECONDS = 5.0
_RETRY_SECONDS = 2.0
_HALF_AN_ANSWER = b'{"personer": [{"navn":'
_DOWN_PAGE = b"<html><body><h1>Service unavailable</h1><p>Support ID: 4711</p></body></html>"


class FaultKind(StrEnum):
    DOWN = "down"
    SLOW = "slow"
    THROTTLE = "throttle"
    MALFORMED = "malformed"
    CUT = "cut"
    LOST = "lost"
    DOUBLE = "double"
    LENGTH = "length"


_DONE_FIRST = frozenset({FaultKind.LOST, FaultKind.DOUBLE, FaultKind.LENGTH})
"""The authority does what it was asked, and then its answer does not arrive, or not as it was meant."""


class Fault(Struct):
    """`count` calls (or all) of a `method` (or any) are hit; `seconds` is the delay or the wait asked for."""

    kind: FaultKind
    count: int | None = None
    seconds: float | None = None
    method: str | None = None


class HungUp(ConnectionResetError):
    """The simulated authority dropped the connection in the middle of an answer."""


class _Answer(Struct):
    """What an authority would have said."""

    status: int = 500
    content_type: str = "application/json"
    body: bytes = b""


async def _answered(app: Asgi, scope: Message, receive: Receive) -> _Answer:
    """Let the authority do its work, and keep its answer back."""
    kept = _Answer()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept.status = message["status"]
            kept.content_type = dict(message["headers"]).get(b"content-type", b"").decode()
        else:
            kept.body += message.get("body", b"")

    await app(scope, receive, keep)
    return kept


async def _heard(receive: Receive) -> Receive:
    """Take a request in, to be worked on even when nobody waits for the answer any more."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    told = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def again() -> Message:
        return next(told, None) or await receive()

    return again


class Faults:
    """The faults switched on at the moment, at most one for each authority."""

    def __init__(self) -> None:
        self._active: dict[str, Fault] = {}

    def switch_on(self, authority: str, fault: Fault) -> None:
        self._active[authority] = fault

    def switch_off(self, authority: str | None = None) -> None:
        """End one authority's fault, or all of them."""
        if authority is None:
            self._active.clear()
        else:
            self._active.pop(authority, None)

    def active(self) -> dict[str, Fault]:
        return dict(self._active)

    def strike(self, authority: str, method: str) -> Fault | None:
        """The fault that hits this call, counting it."""
        fault = self._active.get(authority)
        if fault is None or fault.method not in (None, method):
            return None
        if fault.count is not None:
            fault.count -= 1
            if fault.count <= 0:
                self.switch_off(authority)
        return fault


class Faulty:
    """An authority's application behind its fault switch; `retry_unit` is Retry-After per second."""

    def __init__(self, app: Asgi, *, authority: str, faults: Faults, retry_unit: int = 1) -> None:
        self._app = app
        self._authority = authority
        self._faults = faults
        self._retry_unit = retry_unit

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        fault = self._faults.strike(self._authority, scope["method"])
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind is FaultKind.SLOW:
            heard = await _heard(receive)
            await asyncio.sleep(_SLOW_SECONDS if fault.seconds is None else fault.seconds)
            await self._app(scope, heard, send)
        elif fault.kind in _DONE_FIRST:
            await self._spoil(fault.kind, await _answered(self._app, scope, receive), send)
        else:
            await self._fail(fault, send)

    async def _spoil(self, kind: FaultKind, done: _Answer, send: Send) -> None:
        """Give the true answer twice in one, cut short, or not at all."""
        if kind is FaultKind.LOST:
            raise HungUp
        cut_short = kind is FaultKind.LENGTH
        await answer(
            send,
            status=done.status,
            body=done.body if cut_short else done.body * 2,
            content_type=done.content_type,
            unfinished=cut_short,
        )
        if cut_short:
            raise HungUp

    async def _fail(self, fault: Fault, send: Send) -> None:
        match fault.kind:
            case FaultKind.DOWN:
                await answer(send, status=503, body=_DOWN_PAGE, content_type="text/html")
            case FaultKind.THROTTLE:
                wait = _RETRY_SECONDS if fault.seconds is None else fault.seconds
                await answer(send, status=429, body=b"{}", retry_after=round(wait * self._retry_unit))
            case FaultKind.CUT:
                await answer(send, status=200, body=_HALF_AN_ANSWER, unfinished=True)
                raise HungUp
            case _:
                await answer(send, status=200, body=_HALF_AN_ANSWER)
