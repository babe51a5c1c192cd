"""A breaker for each service a plugin calls: one that fails and fails is left in peace for a while.

closed ──(several failures in a row)──▶ open ──(pause over)──▶ one call as a probe
   ▲                                     ▲                       │
   └──────────────(answers)──────────────┼───────────────────────┤
                                         └──────(fails)──────────┘  with a longer pause

The pause is what the service asks for (Retry-After), else half a minute, doubled while probes fail. A call
while it is open raises Resting, without a call. Each process has its own: several ask a dead service
a few times more, and each learns by itself that it lives again.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import httpx
import msgspec

from opptak.hooks.calls import RETRY_AFTER_UNIT, asked_pause
from opptak.hooks.context import Clock
from opptak.hooks.errors import Resting

__all__ = ("MOST_FAILURES", "Breaker", "Outage", "guarded")

MOST_FAILURES = 5
"""Failures in a row after which a service is left in peace."""

_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=10)
_LEAST_ASKED = timedelta(seconds=1)
_LONGEST_ASKED = timedelta(hours=1)
"""A service may ask for more time than that by mistake."""
_PROBE_SECONDS = 5.0
"""When to come again while a probe is out."""

_BUSY = frozenset({408, 425, 429})

_log = logging.getLogger(__name__)


class Outage(msgspec.Struct, frozen=True):
    """A service that does not answer; `until` is when it is asked again, None once it answers."""

    host: str
    until: datetime | None


Report = Callable[[Outage], Awaitable[None]]


class Breaker:
    """Counts the failures of one service."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._until: datetime | None = None
        self._probing = False
        self._pause = _FIRST_PAUSE
        self._resting = _FIRST_PAUSE

    @property
    def until(self) -> datetime | None:
        """When the service is asked again; None while it is well."""
        return self._until

    def enter(self) -> None:
        """Let a call through; raises Resting."""
        if self._until is None:
            return
        # A clock that was set back must not make the pause longer.
        left = min(self._until - self._clock.now(), self._resting)
        if left > timedelta():
            raise Resting("resting", hint="plugin.hint.resting", retry_after=left.total_seconds())
        if self._probing:
            raise Resting("resting", hint="plugin.hint.resting", retry_after=_PROBE_SECONDS)
        self._probing = True

    def answered(self) -> None:
        """Note that the service answers, whatever it says."""
        self._failures = 0
        self._until = None
        self._probing = False
        self._pause = _FIRST_PAUSE

    def failed(self, *, asked: float | None = None) -> None:
        """Note that the service failed; `asked` are the seconds it wants to be left in peace."""
        self._failures += 1
        if self._probing:
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        if self._probing or (self._until is None and self._failures >= MOST_FAILURES):
            self._resting = self._pause if asked is None else _within_reason(asked)
            self._until = self._clock.now() + self._resting
        self._probing = False

    def abandoned(self) -> None:
        """Note that a call was given up before it told anything."""
        self._probing = False


class _Guarded(httpx.AsyncBaseTransport):
    """Sends requests through another client, past the breaker of their host."""

    def __init__(self, inner: httpx.AsyncClient, clock: Clock, report: Report) -> None:
        self._inner = inner
        self._clock = clock
        self._report = report
        self._breakers: dict[str, Breaker] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.netloc.decode("ascii")
        breaker = self._breakers.setdefault(host, Breaker(self._clock))
        breaker.enter()
        before = breaker.until
        try:
            response = await self._inner.send(request, stream=True)
        except httpx.PoolTimeout:
            # Ours are all in use: that says nothing about this service.
            breaker.abandoned()
            raise
        except httpx.TransportError:
            breaker.failed()
            await self._tell(host, before, breaker)
            raise
        except BaseException:
            breaker.abandoned()
            raise
        if response.status_code >= 500 or response.status_code in _BUSY:
            unit = request.extensions.get(RETRY_AFTER_UNIT, 1.0)
            breaker.failed(asked=asked_pause(response, unit=unit))
        else:
            breaker.answered()
        await self._tell(host, before, breaker)
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=response.stream,
            extensions=response.extensions,
        )

    async def _tell(self, host: str, before: datetime | None, breaker: Breaker) -> None:
        if breaker.until == before:
            return
        try:
            await self._report(Outage(host, breaker.until))
        except Exception as error:  # noqa: BLE001 -- the call matters, not who hears of it
            _log.warning("an outage could not be noted", extra={"kind": type(error).__name__})


def _within_reason(asked: float) -> timedelta:
    longest = _LONGEST_ASKED.total_seconds()
    return max(timedelta(seconds=min(asked, longest)), _LEAST_ASKED)


def guarded(inner: httpx.AsyncClient, clock: Clock, report: Report) -> httpx.AsyncClient:
    """Return a client with the limits and connections of another that leaves failing services in peace.

    `report` hears when an outage begins, goes on and ends.
    """
    return httpx.AsyncClient(
        transport=_Guarded(inner, clock, report),
        headers=inner.headers,
        timeout=inner.timeout,
        follow_redirects=False,
        trust_env=False,
    )
