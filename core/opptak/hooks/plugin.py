"""What a plugin says of itself. Whatever a person reads is a message key of its own `locale` folder."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from opptak.hooks.context import TrainingGround

__all__ = ("NoSettings", "PluginInfo", "PluginState", "secret")


class NoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of a plugin that has none."""


def secret(description: str) -> msgspec.Meta:
    """Annotate a settings field that is stored encrypted, write-only and never exported.

    `description` is a message key, as in the `Meta` of any other field.
    """
    return msgspec.Meta(description=description, extra={"secret": True})


class PluginInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin's declaration; texts are message keys of its own `locale` folder."""

    name: str
    title: str
    requires: str
    """Versions of the hook API it works with, as a PEP 440 specifier (`>=1.0,<2`)."""
    version: str
    provides: frozenset[str]
    """Names of the hooks it implements, without the prefix `opptak_`."""
    country: str | None = None
    settings: type[msgspec.Struct] = NoSettings
    training: Callable[[TrainingGround], msgspec.Struct] | None = None
    """Settings that point at the simulated authorities; None where the plugin needs no outside.

    Raises LookupError for a municipality that has no credentials there.
    """
    package: str = ""
    """Import name of the package with the `locale` folder."""
    always_on: bool = False
    """Whether every tenant has it, after those it lists."""


class PluginState(StrEnum):
    """What a tenant sees of a plugin; each state has a next action, `plugin.state.<state>.next`."""

    NOT_ALLOWED = "not_allowed"
    AVAILABLE = "available"
    NEEDS_SETUP = "needs_setup"
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    FAILING = "failing"
    INCOMPATIBLE = "incompatible"
