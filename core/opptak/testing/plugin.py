"""The pytest plugin: fixtures for the tests of plugins."""

import logging
import re
from collections.abc import Callable, Iterator

import httpx
import msgspec
import pytest

from opptak.hooks.context import Clock, PluginContext, Store
from opptak.hooks.types import Area
from opptak.testing.context import NOWHERE, ContextFactory, MemoryStore, make_context

__all__ = ("memory_store", "nothing_personal_logged", "plugin_context")

IDENTITY_NUMBER = re.compile(r"(?<!\d)\d{11}(?!\d)")
PERSONAL = "personal data in the log"


def _unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nothing outside is reached in this test", request=request)


@pytest.fixture
def memory_store() -> MemoryStore:
    """A plugin's store, empty."""
    return MemoryStore()


@pytest.fixture
def plugin_context() -> ContextFactory:
    """Make contexts; what reaches outside goes through the transport a test gives."""

    def make(
        settings: msgspec.Struct | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        area: Area = NOWHERE,
        store: Store | None = None,
        clock: Clock | None = None,
        tenant: str = "contract",
    ) -> PluginContext:
        client = httpx.AsyncClient(transport=transport or httpx.MockTransport(_unreachable))
        return make_context(settings, http=client, area=area, store=store, clock=clock, tenant=tenant)

    return make


@pytest.fixture
def nothing_personal_logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[..., None]]:
    """Fail when a log line of the test has an identity number, or a text the test calls secret.

    The fixture is a function: `nothing_personal_logged("Ola", "Storgata 1")`.
    """
    secrets: list[str] = []
    with caplog.at_level(logging.DEBUG):
        yield lambda *texts: secrets.extend(texts)
    for record in (*caplog.get_records("setup"), *caplog.get_records("call")):
        line = record.getMessage()
        assert not IDENTITY_NUMBER.search(line), PERSONAL
        assert not any(text in line for text in secrets if text), PERSONAL
