"""The plugins one tenant sees: those it has enabled, each with its own settings."""

from collections.abc import Mapping
from typing import TypeVar

from opptak.hooks.context import PluginContext
from opptak.hooks.errors import Configuration
from opptak.hooks.manager import PluginManager
from opptak.hooks.plugin import PluginInfo, PluginState
from opptak.hooks.providers import Provider

__all__ = ("TenantPlugins",)

P = TypeVar("P", bound=Provider)


class TenantPlugins:
    """Typed access to the providers of the enabled plugins, in the order the tenant lists them.

    `contexts` holds a context a plugin, or the reason (a message key) why it can't be used yet.
    """

    def __init__(self, manager: PluginManager, contexts: Mapping[str, PluginContext | str]) -> None:
        self._manager = manager
        self._contexts = contexts
        self._made: dict[tuple[str, type[Provider]], Provider | None] = {}

    @property
    def states(self) -> Mapping[str, PluginState]:
        """State of every installed plugin for this tenant, as far as it is known without a call."""
        broken = dict.fromkeys(self._manager.failures, PluginState.INCOMPATIBLE)
        return broken | {name: self._state(info) for name, info in self._manager.plugins.items()}

    def all(self, family: type[P]) -> list[P]:
        """Return the providers of a family."""
        found = (self._provider(name, family) for name in self._contexts)
        return [provider for provider in found if provider is not None]

    def first(self, family: type[P]) -> P | None:
        """Return the first provider of a family, or None."""
        return next(iter(self.all(family)), None)

    def require(self, family: type[P]) -> P:
        """Return the first provider of a family; raises Configuration when no enabled plugin has one."""
        found = self.first(family)
        if found is None:
            raise Configuration("no_provider", hint=f"plugin.missing.{family.__name__.lower()}")
        return found

    def named(self, family: type[P], name: str) -> P | None:
        """Return the provider of that name, or None."""
        return next((found for found in self.all(family) if found.name == name), None)

    def _provider(self, plugin: str, family: type[P]) -> P | None:
        context = self._contexts[plugin]
        if isinstance(context, str):
            return None
        key = (plugin, family)
        if key not in self._made:
            self._made[key] = self._manager.provider(plugin, family, context)
        made = self._made[key]
        return made if isinstance(made, family) else None

    def _state(self, info: PluginInfo) -> PluginState:
        context = self._contexts.get(info.name)
        if context is None:
            return PluginState.AVAILABLE
        return PluginState.NEEDS_SETUP if isinstance(context, str) else PluginState.HEALTHY
