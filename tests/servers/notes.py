"""Work whose doing can be counted, for real workers: each job writes one line, in its transaction."""

import asyncio
import os
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.engine import make_url

from opptak.kit.db import Role
from opptak.kit.ids import new_id
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext, Work
from opptak.tenancy.jobs import Priority, actor, enqueue_all

__all__ = ("Notebook", "note")

_PAUSE = 0.02
"""Seconds a job takes, so that there is something to interrupt."""


@actor("test.server_note", priority=Priority.NORMAL)
async def note(work: Work, *, thing: UUID) -> None:
    """Write the line, and who wrote it."""
    await work.session.execute(
        text("insert into test_notes values (:thing, :worker)"), {"thing": thing, "worker": os.getpid()}
    )
    await asyncio.sleep(_PAUSE)


class Notebook:
    """The lines, as the database's administrator sees them, and how many are to come."""

    def __init__(self, administrator: str) -> None:
        url = make_url(administrator).set(database="opptak", drivername="postgresql")
        self._address = url.render_as_string(hide_password=False)
        with self._connect() as connection:
            connection.execute("create table if not exists test_notes (thing uuid, worker int)")
            connection.execute("truncate test_notes")
            connection.execute("delete from outbox where actor = 'test.server_note'")
            connection.execute(f"grant insert on test_notes to {Role.APP}".encode())

    async def ask_for(self, runtime: Runtime, tenant: TenantContext, count: int) -> list[UUID]:
        """Enqueue so many jobs in one transaction; return what they are to note."""
        things = [new_id() for _ in range(count)]
        async with runtime.work(tenant) as work:
            await enqueue_all(work, note, [{"thing": thing} for thing in things])
        return things

    def lines(self) -> list[UUID]:
        """Return what is noted, in any order; a job done twice is there twice."""
        with self._connect() as connection:
            return [row[0] for row in connection.execute("select thing from test_notes")]

    def workers(self) -> set[int]:
        """Return who noted something."""
        with self._connect() as connection:
            return {row[0] for row in connection.execute("select distinct worker from test_notes")}

    def left(self) -> int:
        """Return how many jobs are not done."""
        with self._connect() as connection:
            row = connection.execute(
                "select count(*) from outbox where actor = 'test.server_note'"
            ).fetchone()
        return int(row[0]) if row else 0

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self._address, autocommit=True)
