"""The scheduler: one process leads, the others wait; the leader enqueues periodic work as it falls due."""

import asyncio
import logging

import psycopg

from opptak.domains import periodic_work
from opptak.kit.db import Role
from opptak.runtime import Runtime
from opptak.tenancy.schedule import LEADER_LOCK, enqueue_due

__all__ = ("lead",)

_TICK_SECONDS = 1.0

_log = logging.getLogger(__name__)


async def lead(runtime: Runtime) -> None:
    """Wait to become the leader, then lead until cancelled; a lost connection gives the lead away."""
    while True:
        try:
            await _lead_until_broken(runtime)
        except Exception as error:  # noqa: BLE001 -- SQLAlchemy and psycopg each have their own for "away"
            _log.warning("the scheduler was interrupted, trying again", extra={"kind": type(error).__name__})
            await asyncio.sleep(_TICK_SECONDS)


async def _lead_until_broken(runtime: Runtime) -> None:
    url = runtime.database.urls.url(Role.RELAY, direct=True).set(drivername="postgresql")
    periodic = periodic_work()
    async with await psycopg.AsyncConnection.connect(
        url.render_as_string(hide_password=False), autocommit=True
    ) as connection:
        while not await _leads(connection):  # noqa: ASYNC110 -- the other leader is another process
            await asyncio.sleep(_TICK_SECONDS)
        while True:
            # The lock lives as long as this connection: who can't reach the server does not lead.
            await connection.execute("select 1")
            async with runtime.database.unscoped(Role.RELAY) as session:
                await enqueue_due(session, periodic, now=runtime.clock.now())
            await asyncio.sleep(_TICK_SECONDS)


async def _leads(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> bool:
    cursor = await connection.execute("select pg_try_advisory_lock(%s)", (LEADER_LOCK,))
    row = await cursor.fetchone()
    return bool(row and row[0])
