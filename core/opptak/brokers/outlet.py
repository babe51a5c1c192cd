"""The way out to a broker."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, runtime_checkable

import dramatiq
from dramatiq.broker import Broker

__all__ = ("BrokerAway", "Outlet")


class BrokerAway(Exception):
    """The broker can't be reached, or does not answer."""


@runtime_checkable
class _Remote(Protocol):
    def check(self) -> None: ...


class Outlet:
    """Hands messages to a broker from a thread of its own: its client blocks, and keeps to one thread."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outlet")

    async def check(self) -> None:
        """Find that the broker answers; raises BrokerAway."""
        if isinstance(self._broker, _Remote):
            await self._run(self._broker.check)

    async def send(self, messages: Sequence[dramatiq.Message[Any]]) -> None:
        """Hand messages over; raises BrokerAway, with some of them told perhaps."""
        if messages:
            await self._run(lambda: self._enqueue(messages))

    def close(self) -> None:
        """Send nothing any more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _enqueue(self, messages: Sequence[dramatiq.Message[Any]]) -> None:
        for message in messages:
            self._broker.enqueue(message)

    async def _run(self, call: Callable[[], None]) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, call)
        except Exception as error:  # each client has its own words for it
            raise BrokerAway(type(error).__name__) from error
