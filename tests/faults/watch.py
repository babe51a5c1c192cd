"""Looking at the database past everything that is broken, as its administrator."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg
from psycopg.rows import TupleRow
from tests.faults.postgres import Postgres

__all__ = ("PUT_OFF", "Stuck", "Watch")

_PATIENCE = 60.0

PUT_OFF = "(attempts > 0 or failure is not null or actor = 'letter.send')"
"""Which rows of the outbox lie in the future only because something has failed.

A letter alone may be one that failed among others, and is to wait.
"""

_PROGRESS = """
select (select count(*) from person) + (select count(*) from application)
     + (select count(*) from application where answer <> 'none')
     + (select count(*) from letter) + 4 * (select count(*) from letter where state <> 'queued')
     + (select count(*) from offer) + (select count(*) from offer where answered_at is not null)
     + (select coalesce(sum(case state when 'computed' then 10 when 'checked' then 20 when 'released' then 30
                            else 0 end), 0) from allocation_run)
"""
"""Counts what the story makes and never takes away, so that it says how far the story is; what takes longest
counts most.
"""

_OPEN = """
select count(*) from pg_stat_activity
where starts_with(application_name, %s) and backend_xid is not null
  and state in ('active', 'idle in transaction')
"""

_LEADER = """
select application_name from pg_stat_activity join pg_locks using (pid)
where locktype = 'advisory' and granted and starts_with(application_name, 'scheduler')
"""


class Stuck(Exception):
    """Something did not come about; the message says what."""


class Watch:
    """One connection, made anew as often as the server goes away."""

    def __init__(self, postgres: Postgres) -> None:
        self._url = postgres.url(user="postgres").replace("+psycopg", "")
        self._connection: psycopg.AsyncConnection[TupleRow] | None = None
        self._turn = asyncio.Lock()

    async def rows(self, query: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        """Return what a query finds, as soon as the server answers; raises Stuck."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                async with self._turn:
                    return await self._ask(query, values)
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise Stuck("the database does not come back") from None
                await asyncio.sleep(0.05)

    async def _ask(self, query: LiteralString, values: Sequence[object]) -> list[tuple[Any, ...]]:
        connection = await self._connected()
        try:
            return await (await connection.execute(query, values)).fetchall()
        except psycopg.OperationalError:
            await self.close()
            raise

    async def number(self, query: LiteralString, *values: object) -> int:
        """Return the one number a query finds."""
        [(found,)] = await self.rows(query, *values)
        return int(found)

    async def act(self, statement: LiteralString, *values: object) -> None:
        """Change something."""
        await self.rows(statement + " returning 1", *values)

    async def progress(self) -> int:
        """Return how much of the story there is."""
        return await self.number(_PROGRESS)

    async def open(self, process: str) -> int:
        """Return how many transactions of a process have written something and are open."""
        return await self.number(_OPEN, process)

    async def connections(self, process: str) -> int:
        """Return how many connections a process has."""
        return await self.number("select count(*) from pg_stat_activity where application_name = %s", process)

    async def leader(self) -> str | None:
        """Return the scheduler that leads, unless it is a worker."""
        return next((name for (name,) in await self.rows(_LEADER)), None)

    async def close(self) -> None:
        """Hang up."""
        if self._connection:
            await self._connection.close()
        self._connection = None

    async def _connected(self) -> psycopg.AsyncConnection[TupleRow]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, connect_timeout=5
            )
        return self._connection
