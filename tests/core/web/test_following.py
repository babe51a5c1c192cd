"""Following: told when something changes, not told again, and nobody's connection held meanwhile."""

from collections.abc import AsyncIterator, Sequence

from litestar.response import ServerSentEventMessage
from sqlalchemy.pool import QueuePool

from opptak.kit.db import Role
from opptak.kit.errors import NotFound
from opptak.kit.subject import SYSTEM
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext, Work
from opptak.webkit import following
from opptak.webkit.following import Pace, Sight

QUICK = Pace(shortest=0.001, longest=0.001, beat=0.0, end=60)
"""No test waits for it to end."""


class FakeVisit:
    """As much of a visit as a stream needs."""

    trace = ""

    def __init__(self, tenant: TenantContext) -> None:
        self.tenant, self.subject = tenant, SYSTEM


class Film:
    """What there is to see at each look."""

    def __init__(self, *frames: str) -> None:
        self._frames = list(frames)

    async def look(self, work: Work) -> Sight:
        """Show the next frame; the last one ends it."""
        html = self._frames.pop(0)
        return Sight(html=html, last=not self._frames)


def stream(
    runtime: Runtime, tenant: TenantContext, film: Film, *, seen: str = "", pace: Pace = QUICK
) -> AsyncIterator[ServerSentEventMessage]:
    visit = FakeVisit(tenant)
    return following._Following(runtime, visit, film.look, pace).events(seen)  # type: ignore[arg-type]


async def told(events: AsyncIterator[ServerSentEventMessage]) -> Sequence[object]:
    """Return the data of messages, and the names of other events."""
    return [one.event or one.data async for one in events if one.data is not None]


async def test_each_change_is_told_once_and_then_the_end(runtime: Runtime, tenant: TenantContext) -> None:
    assert await told(stream(runtime, tenant, Film("one", "one", "two"))) == ["one", "two", "ended"]


async def test_who_comes_back_is_not_told_what_they_have_seen(
    runtime: Runtime, tenant: TenantContext
) -> None:
    seen = Sight(html="one").mark

    assert await told(stream(runtime, tenant, Film("one", "two"), seen=seen)) == ["two", "ended"]
    assert await told(stream(runtime, tenant, Film("one"), seen=seen)) == ["ended"]


async def test_silence_is_broken_by_a_sign_of_life(runtime: Runtime, tenant: TenantContext) -> None:
    comments = [
        one.comment async for one in stream(runtime, tenant, Film("one", "one", "one")) if one.data is None
    ]

    assert comments.count("") == 2


async def test_stream_ends_before_a_process_has_to(runtime: Runtime, tenant: TenantContext) -> None:
    at_once = Pace(shortest=0.001, end=0.0)

    assert await told(stream(runtime, tenant, Film("one", "two"), pace=at_once)) == ["one"]


async def test_nobodys_connection_is_held_between_two_looks(runtime: Runtime, tenant: TenantContext) -> None:
    pool = runtime.database.engine(Role.APP).sync_engine.pool
    assert isinstance(pool, QueuePool)
    held = [pool.checkedout() async for _ in stream(runtime, tenant, Film("one", "two", "three"))]

    assert set(held) == {0}


async def test_what_is_gone_ends_the_stream(runtime: Runtime, tenant: TenantContext) -> None:
    class Gone(Film):
        async def look(self, work: Work) -> Sight:
            raise NotFound

    assert await told(stream(runtime, tenant, Gone())) == []
