"""The one argument of every hook: what a plugin may use while it works for one tenant."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import httpx
import msgspec

from opptak.hooks.types import Area

__all__ = ("Clock", "PluginContext", "Store", "TrainingGround")


class Clock(Protocol):
    """Source of the current instant (`opptak.kit.clock.Clock`)."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        ...


class Store(Protocol):
    """A plugin's own key/value store for one tenant; plugins own no tables."""

    async def get(self, key: str) -> bytes | None:
        """Return the value, or None."""
        ...

    async def put(self, key: str, value: bytes) -> None:
        """Store the value, in place of an earlier one."""
        ...

    async def keys(self, prefix: str = "") -> Sequence[str]:
        """Return the keys that start with the prefix, sorted."""
        ...


class TrainingGround(msgspec.Struct, frozen=True, kw_only=True):
    """Where the simulated authorities answer, and the credentials they gave this tenant."""

    base_url: str
    credentials: Mapping[str, Any] = {}


class PluginContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a plugin may use while it works for one tenant; it only ever gets new fields.

    `settings` is the plugin's own struct, already validated. `http` has the tenant's limits and monitoring; a
    plugin opens no client of its own. `log` never gets personal data.
    """

    tenant: str
    """The tenant's short name; never shown to people."""
    area: Area
    settings: Any
    http: httpx.AsyncClient
    clock: Clock
    store: Store
    log: logging.LoggerAdapter[logging.Logger]
    locale: str
