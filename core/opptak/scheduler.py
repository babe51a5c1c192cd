"""The scheduler: one process leads, the others wait; the leader enqueues periodic work as it falls due."""

import asyncio
import logging
from itertools import count

import psycopg

from opptak.domains import periodic_work
from opptak.kit.db import Role
from opptak.kit.outage import Outage
from opptak.runtime import Runtime
from opptak.tenancy.schedule import LEADER_LOCK, enqueue_due, plan

__all__ = ("lead",)

_TICK_SECONDS = 1.0
_TICKS_PER_PLAN = 5
"""Looking for new tenants compares all of them with all periodic work; what is due has an index."""

_log = logging.getLogger(__name__)


async def lead(runtime: Runtime) -> None:
    """Wait to become the leader, then lead until cancelled; a lost connection gives the lead away."""
    outage = Outage(_log, "the scheduler")
    while True:
        try:
            await _lead_until_broken(runtime, outage)
        except Exception as error:  # noqa: BLE001 -- SQLAlchemy and psycopg each have their own for "away"
            outage.away(error)
            await asyncio.sleep(_TICK_SECONDS)


async def _lead_until_broken(runtime: Runtime, outage: Outage) -> None:
    periodic = periodic_work()
    async with await runtime.database.alone(Role.RELAY) as connection:
        while not await _leads(connection):
            outage.back()
            await asyncio.sleep(_TICK_SECONDS)
        _log.info("this scheduler leads")
        for tick in count():
            # The lock lives as long as this connection: who can't reach the server does not lead.
            await connection.execute("select 1")
            async with runtime.database.unscoped(Role.RELAY) as session:
                if tick % _TICKS_PER_PLAN == 0:
                    await plan(session, periodic, now=runtime.clock.now())
                await enqueue_due(session, periodic, now=runtime.clock.now())
            outage.back()
            await asyncio.sleep(_TICK_SECONDS)


async def _leads(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> bool:
    cursor = await connection.execute("select pg_try_advisory_lock(%s)", (LEADER_LOCK,))
    row = await cursor.fetchone()
    return bool(row and row[0])
