"""A context of Nordreisa in training."""

import httpx
import pytest

from opptak.hooks.context import PluginContext, TrainingGround
from opptak.testing import ContextFactory, MemoryStore, StoppedClock
from opptak_registry_no.settings import RegistrySettings, training_settings
from tests.plugins.conftest import NORDREISA, Watched


class Contexts:
    """Makes contexts over a transport; settings can be changed."""

    def __init__(
        self, make: ContextFactory, settings: RegistrySettings, clock: StoppedClock, store: MemoryStore
    ) -> None:
        self._make = make
        self.settings = settings
        self._clock = clock
        self._store = store

    def over(
        self, transport: httpx.AsyncBaseTransport, settings: RegistrySettings | None = None
    ) -> PluginContext:
        """Return a context over a transport."""
        return self._make(
            settings or self.settings,
            transport=transport,
            area=NORDREISA,
            clock=self._clock,
            store=self._store,
        )


@pytest.fixture
def contexts(
    plugin_context: ContextFactory,
    training: TrainingGround,
    stopped_clock: StoppedClock,
    memory_store: MemoryStore,
) -> Contexts:
    """Makes contexts of Nordreisa."""
    return Contexts(plugin_context, training_settings(training), stopped_clock, memory_store)


@pytest.fixture
def registry(contexts: Contexts, authorities: Watched) -> PluginContext:
    """A context over the simulated authorities."""
    return contexts.over(authorities)
