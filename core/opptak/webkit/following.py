"""Following something that changes: a page is told by server-sent events, from whichever process it asks.

Every look is a transaction of its own, so that nobody's connection is held while nothing happens; looks come
less often while nothing changes. A stream ends after a while and the browser comes back by itself, with a
fresh look at whether its reader is still logged in.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from hashlib import sha256

import msgspec
from litestar.response import ServerSentEvent, ServerSentEventMessage

from opptak.kit.errors import OpptakError
from opptak.runtime import Runtime
from opptak.tenancy.context import Work
from opptak.webkit.errors import DATABASE_AWAY
from opptak.webkit.visit import Visit

__all__ = ("Look", "Pace", "Sight", "follow")


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to see: a piece of the page, and whether it was the last."""

    html: str
    last: bool = False

    @property
    def mark(self) -> str:
        """Tells whether a reader has seen it."""
        return sha256(self.html.encode()).hexdigest()[:16]


Look = Callable[[Work], Awaitable[Sight]]
"""Looks once more; one query is enough for most."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often to look, and for how long, in seconds."""

    shortest: float = 0.5
    longest: float = 3.0
    slowing: float = 1.5
    """How much longer each pause is than the one before, while nothing changes."""
    beat: float = 10.0
    """How long to be silent at most: proxies cut a connection that says nothing."""
    end: float = 20.0
    """How long a stream lasts; shorter than a process has to stop."""


_COME_BACK = timedelta(seconds=1)


def follow(runtime: Runtime, visit: Visit, look: Look, pace: Pace | None = None) -> ServerSentEvent:
    """Return a stream of what there is to see: `message` events with HTML, then `ended`.

    A reader who comes back is not told again what they saw last.
    """
    seen = visit.headers.get("last-event-id", "")
    return ServerSentEvent(_Following(runtime, visit, look, pace or Pace()).events(seen))


class _Following:
    def __init__(self, runtime: Runtime, visit: Visit, look: Look, pace: Pace) -> None:
        self._runtime = runtime
        self._visit = visit
        self._look = look
        self._pace = pace

    async def events(self, seen: str) -> AsyncIterator[ServerSentEventMessage]:
        pace, loop = self._pace, asyncio.get_running_loop()
        began = spoke = loop.time()
        pause = pace.shortest
        yield ServerSentEventMessage(data=None, retry=int(_COME_BACK.total_seconds() * 1000))
        while (sight := await self._see()) is not None:
            if sight.mark != seen:
                seen, spoke, pause = sight.mark, loop.time(), pace.shortest
                yield ServerSentEventMessage(data=sight.html, id=seen)
            elif loop.time() - spoke >= pace.beat:
                spoke = loop.time()
                yield ServerSentEventMessage(data=None, comment="")
            if sight.last:
                yield ServerSentEventMessage(data="", event="ended")
                return
            if loop.time() - began >= pace.end:
                return
            await asyncio.sleep(pause)
            pause = min(pause * pace.slowing, pace.longest)

    async def _see(self) -> Sight | None:
        """Look once; None when there is nothing to see any more, or just now."""
        visit = self._visit
        try:
            async with self._runtime.work(visit.tenant, visit.subject, trace=visit.trace) as work:
                return await self._look(work)
        except (OpptakError, *DATABASE_AWAY):
            return None
