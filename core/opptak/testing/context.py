"""A plugin context without a platform: a store in memory, a clock that stands still, a client as given."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import httpx
import msgspec

from opptak.hooks.context import Clock, PluginContext, Store
from opptak.hooks.plugin import NoSettings
from opptak.hooks.types import Area

__all__ = ("ContextFactory", "MemoryStore", "StoppedClock", "make_context")

START = datetime(2027, 1, 11, 9, tzinfo=UTC)
NOWHERE = Area(country="xx", municipalities=("0000",))

_log = logging.getLogger("opptak.plugins")


class MemoryStore:
    """A store that forgets everything at the end of the test."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    async def get(self, key: str) -> bytes | None:
        """Return the value, or None."""
        return self.values.get(key)

    async def put(self, key: str, value: bytes) -> None:
        """Store the value, in place of an earlier one."""
        self.values[key] = value

    async def keys(self, prefix: str = "") -> Sequence[str]:
        """Return the keys that start with the prefix, sorted."""
        return sorted(key for key in self.values if key.startswith(prefix))


class StoppedClock:
    """A clock a test sets by hand."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the instant it was set to."""
        return self.moment


class ContextFactory(Protocol):
    """What the fixture `plugin_context` is: `make_context`."""

    def __call__(
        self,
        settings: msgspec.Struct | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        area: Area = NOWHERE,
        store: Store | None = None,
        clock: Clock | None = None,
        tenant: str = "contract",
    ) -> PluginContext:
        """Return a context; without a transport nothing outside is reached."""
        ...


def make_context(
    settings: msgspec.Struct | None,
    *,
    http: httpx.AsyncClient,
    area: Area = NOWHERE,
    store: Store | None = None,
    clock: Clock | None = None,
    tenant: str = "contract",
) -> PluginContext:
    """Return a context with everything a plugin may use."""
    return PluginContext(
        tenant=tenant,
        area=area,
        settings=settings or NoSettings(),
        http=http,
        clock=clock or StoppedClock(),
        store=store or MemoryStore(),
        log=logging.LoggerAdapter(_log, {"tenant": tenant}),
        locale="en",
    )
