"""The relay: tells the broker which outbox rows are due, as fast as they are done."""

import asyncio
import logging

import dramatiq
import psycopg
from dramatiq.broker import Broker

from opptak.brokers.outlet import BrokerAway, Outlet
from opptak.kit.claiming import Pointer, Rotation
from opptak.kit.db import Role
from opptak.kit.outage import Outage
from opptak.kit.outbox import CHANNEL
from opptak.runtime import Runtime
from opptak.tenancy.jobs import Priority

__all__ = ("QUEUES", "Relay")

QUEUES = {Priority.PARENT_WAITS: "urgent", Priority.NORMAL: "default", Priority.BULK: "bulk"}

_POLL_SECONDS = 1.0
_BREATH_SECONDS = 0.02
"""Between two rounds: what has been done meanwhile is made up for in one."""

_log = logging.getLogger(__name__)


class Relay:
    """One worker process's relay; `run` it in the event loop the jobs run in."""

    def __init__(self, runtime: Runtime, broker: Broker) -> None:
        self._runtime = runtime
        self._outlet = Outlet(broker)
        self._outage = Outage(_log, "the relay")
        self._rotation = Rotation()
        self._woken = asyncio.Event()
        self.broker_answers = True
        """Whether the broker did when it was asked last."""

    def close(self) -> None:
        """Tell nothing any more."""
        self._outlet.close()

    def wake(self) -> None:
        """Have the next round at once: a job was done, and there is room for another."""
        self._woken.set()

    async def tell(self) -> int:
        """Tell the broker of due rows, as many as there is room for; return how many."""
        now = self._runtime.clock.now()
        async with self._runtime.database.unscoped(Role.RELAY) as session:
            due = [await self._rotation.claim(session, priority, now=now) for priority in QUEUES]
        pointers = [pointer for claimed in due for pointer in claimed]
        await self._outlet.send([_message(pointer) for pointer in pointers])
        return len(pointers)

    async def run(self) -> None:
        """Tell, until cancelled; starts again when the database or the broker was away."""
        while True:
            try:
                await self._run_until_broken()
            except Exception as error:  # noqa: BLE001 -- database or broker away: nothing runs without a relay
                self._outage.away(error)
                self.broker_answers = not isinstance(error, BrokerAway)
                await asyncio.sleep(_POLL_SECONDS)

    async def _run_until_broken(self) -> None:
        async with await self._runtime.database.alone(Role.RELAY) as connection:
            await connection.execute(f"listen {CHANNEL}")
            listening = asyncio.create_task(self._listen(connection))
            try:
                while not listening.done():
                    # Before rows are claimed: what can't be told would wait for its lease to end.
                    await self._outlet.check()
                    self.broker_answers = True
                    await self._round()
                    self._outage.back()
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
            await listening

    async def _round(self) -> None:
        self._woken.clear()
        await self.tell()
        await asyncio.sleep(_BREATH_SECONDS)
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _listen(self, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        try:
            async for _ in connection.notifies():
                self._woken.set()
        finally:
            self._woken.set()


def _message(pointer: Pointer) -> dramatiq.Message[None]:
    queue = QUEUES[Priority(pointer.priority)]
    return dramatiq.Message(
        queue_name=queue,
        actor_name=f"opptak.{queue}",
        args=(str(pointer.tenant), str(pointer.job)),
        kwargs={},
        options={},
    )
