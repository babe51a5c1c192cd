"""One tenant against five thousand, each with the same rows: CPU a request, plans, memory, the scheduler.

Both databases are on one server; CPU is that of the web process and of its database connections.
"""

import asyncio
import json
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import httpx
import msgspec
import psycopg
from litestar import Litestar
from sqlalchemy import event
from sqlalchemy.engine import make_url
from tests.asgi import within
from tests.bench.load import hammer
from tests.bench.measures import processor_seconds, resident_megabytes, say
from tests.bench.town import furnish, serving
from tests.conftest import START
from tests.fakes import FakeCountry, manager_with

from opptak import tables
from opptak.domains import periodic_work
from opptak.kit.clock import TravelClock
from opptak.kit.crypto import new_data_key
from opptak.kit.db import Role
from opptak.kit.ids import new_id
from opptak.kit.models import Base
from opptak.kit.postgres import EmbeddedPostgres
from opptak.migrations.bootstrap import prepare
from opptak.runtime import Runtime
from opptak.settings import Settings
from opptak.tenancy.schedule import enqueue_due, plan
from opptak.web import create_app, installed_sites

__all__ = ("measure_tenants",)

MANY = 5000
SPREAD = 500
"""Tenants whose front page is asked for before the memory is looked at."""
ROUNDS = 7
_HERE = (tables,)


class _Place(msgspec.Struct, frozen=True):
    """A database with the page to ask for."""

    name: str
    settings: Settings
    host: str
    page: str
    cookie: str

    @property
    def url(self) -> str:
        """Address for the web process."""
        return self.settings.database_url


def measure_tenants() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "postgres") as address:
        administrator = address.url(database="postgres")
        places = [_furnished(administrator, name, folder) for name in ("opptak_one", "opptak_many")]
        started = time.perf_counter()
        hosts = asyncio.run(_multiply(administrator, places[1]))
        say(f"made {MANY} tenants like the first {time.perf_counter() - started:13.1f} s")
        for place in places:
            _analyse(administrator, place)
        _compare_cpu(places, folder, hosts)
        _compare_plans(places)
        asyncio.run(_schedule(places[1]))


def _furnished(administrator: str, name: str, folder: str) -> _Place:
    url = prepare(administrator, name).render_as_string(hide_password=False)
    settings = Settings(database_url=url, data_dir=folder, secure_cookies=False)
    host, application, token = asyncio.run(furnish(settings))
    return _Place(name, settings, host, f"/applications/{application}", f"session={token}")


def _connect(administrator: str, place: _Place) -> psycopg.Connection[Any]:
    url = make_url(administrator).set(database=place.name, drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False))


async def _multiply(administrator: str, place: _Place) -> list[str]:
    """Give every other tenant the rows of the first, as the database's administrator; return their hosts."""
    runtime = Runtime(place.settings, clock=TravelClock(START), manager=manager_with(FakeCountry()))
    slugs = [f"b{number:05}" for number in range(MANY - 1)]
    rows = [(new_id(), slug, runtime.keys.wrap(new_data_key(), tenant=slug)) for slug in slugs]
    await runtime.close()
    with _connect(administrator, place) as connection:
        # Neither triggers nor foreign keys: the rows are copies of rows that have passed them.
        connection.execute("set session_replication_role = replica")
        first = _one(connection, "select id from tenant")
        cursor = connection.cursor()
        cursor.executemany(
            "insert into tenant (id, slug, version, wrapped_key, modules)"
            " select %s, %s, version, %s, modules from tenant where id = %s",
            [(*row, first) for row in rows],
        )
        cursor.executemany(
            "insert into tenant_host (host, tenant_id) values (%s, %s)",
            [(f"{slug}.localhost", tenant) for tenant, slug, _ in rows],
        )
        for table in Base.metadata.sorted_tables:
            if table.info["scope"] == "tenant":
                connection.execute(_copy(table.name, [column.name for column in table.columns], first))
    return [f"{slug}.localhost" for slug in slugs]


def _copy(table: str, columns: Sequence[str], first: UUID) -> Any:
    own = {"tenant_id": "tenant.id"}
    if table == "tenant_version":
        own["document"] = "jsonb_set(document::jsonb, '{slug}', to_jsonb(slug))::json"
    taken = ", ".join(own.get(name, f"row.{name}") for name in columns)
    return (
        f"insert into {table} ({', '.join(columns)}) select {taken} from {table} as row, tenant"  # noqa: S608 -- names of our own
        f" where row.tenant_id = '{first}' and tenant.id <> '{first}'"
    )


def _one(connection: psycopg.Connection[Any], query: Any) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _analyse(administrator: str, place: _Place) -> None:
    with _connect(administrator, place) as connection:
        connection.autocommit = True
        connection.execute("vacuum analyze")


def _compare_cpu(places: Sequence[_Place], folder: str, hosts: Sequence[str]) -> None:
    one, many = places
    with serving(one.url, folder) as (one_port, one_pid), serving(many.url, folder) as (many_port, many_pid):
        spent: dict[str, list[float]] = {one.name: [], many.name: []}
        for _ in range(ROUNDS + 1):
            for place, port, pid in ((one, one_port, one_pid), (many, many_port, many_pid)):
                before = _cpu(pid, place.name)
                outcome = asyncio.run(hammer(port, place.host, place.page, cookie=place.cookie, each=40))
                spent[place.name].append((_cpu(pid, place.name) - before) / outcome.requests * 1000)
        # The first round warms both up.
        a, b = (median(spent[place.name][1:]) for place in places)
        say(f"CPU a request, 1 tenant             {a:8.2f} ms")
        say(f"CPU a request, {MANY} tenants         {b:8.2f} ms")
        say(f"ratio                               {b / a:8.2f}   (at most 1.15)")
        asyncio.run(_ask_each(many_port, hosts[:SPREAD]))
        say(f"memory after {SPREAD} tenants' pages {resident_megabytes(many_pid):15d} MB  (at most 200)")


async def _ask_each(port: int, hosts: Sequence[str]) -> None:
    for _ in range(2):
        for host in hosts:
            await hammer(port, host, "/", connections=1, each=1)


def _cpu(web: int, database: str) -> float:
    """Return the seconds that a web process and the connections to a database have used."""
    return sum(map(processor_seconds, (web, *_backends(database))))


def _backends(database: str) -> Iterator[int]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            title = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if title.startswith("postgres:") and f" {database} " in title:
            yield int(folder.name)


def _compare_plans(places: Sequence[_Place]) -> None:
    """Print whether the page's statements are planned alike, and which of them read a whole table.

    A table of a few rows is best read as a whole; so plans are compared with that switched off for both.
    """
    one, many = (asyncio.run(_plans(place, free=False)) for place in places)
    differing = [(a, b) for a, b in zip(one, many, strict=True) if a != b]
    say(f"statements of the page              {len(many):8d}   plans that differ: {len(differing)}")
    for small, large in differing:
        say(f"  1 tenant: {'; '.join(small)}\n  {MANY}:     {'; '.join(large)}")
    whole = {
        name
        for shape in asyncio.run(_plans(places[1], free=True))
        for name in shape
        if name.startswith("Seq")
    }
    say(f"tables read as a whole at {MANY}      {', '.join(sorted(whole)) or 'none':>8}")


async def _plans(place: _Place, *, free: bool) -> list[list[str]]:
    runtime = Runtime(place.settings, clock=TravelClock(START), manager=manager_with(FakeCountry()))
    try:
        asked = await _statements(runtime, create_app(runtime, installed_sites()), place)
        tenant = await runtime.tenants.at_host(place.host)
        assert tenant is not None
        async with runtime.database.tenant(tenant.id) as session:
            connection = await session.connection()
            if not free:
                await connection.exec_driver_sql("set local enable_seqscan = off")
            found = []
            for statement, parameters in asked:
                answer = await connection.exec_driver_sql(f"explain (format json) {statement}", parameters)
                plan_ = answer.scalar_one()
                found.append(
                    list(_shape((json.loads(plan_) if isinstance(plan_, str) else plan_)[0]["Plan"]))
                )
            return found
    finally:
        await runtime.close()


async def _statements(runtime: Runtime, app: Litestar, place: _Place) -> list[tuple[str, Any]]:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if re.match(r"\s*(select|insert|update|delete|with)", statement, re.IGNORECASE):
            asked.append((statement, parameters))

    headers = {"Host": place.host, "Cookie": place.cookie}
    async with httpx.AsyncClient(transport=within(app), base_url=f"http://{place.host}") as client:
        await client.get(place.page, headers=headers)
        tenant = await runtime.tenants.at_host(place.host)
        assert tenant is not None
        # So that both open their tenant, which is part of what is compared.
        runtime.tenants.forget(tenant.id)
        engine = runtime.database.engine(Role.APP).sync_engine
        event.listen(engine, "before_cursor_execute", note)
        answer = await client.get(place.page, headers=headers)
        event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 200, answer.status_code
    return [(statement, parameters) for statement, parameters in asked if "set_config" not in statement]


def _shape(node: dict[str, Any]) -> Iterator[str]:
    yield " ".join(str(node[key]) for key in ("Node Type", "Relation Name", "Index Name") if key in node)
    for child in node.get("Plans", ()):
        yield from _shape(child)


async def _schedule(place: _Place) -> None:
    """Print what a tick of the scheduler costs once everybody is planned, and nothing is due."""
    runtime = Runtime(place.settings, clock=TravelClock(START), manager=manager_with(FakeCountry()))
    periodic, now = periodic_work(), runtime.clock.now()
    try:
        planned, planning = await _timed(runtime, plan, periodic, now)
        _, again = await _timed(runtime, plan, periodic, now)
        due, first = await _timed(runtime, enqueue_due, periodic, now)
        while (await _timed(runtime, enqueue_due, periodic, now))[0]:
            pass
        _, idle = await _timed(runtime, enqueue_due, periodic, now)
    finally:
        await runtime.close()
    say(f"scheduler: planning {planned} pieces   {planning:8.0f} ms, again with nothing new {again:.0f} ms")
    say(f"scheduler: {due} due pieces enqueued  {first:8.0f} ms, a tick with nothing due {idle:.1f} ms")


async def _timed(runtime: Runtime, step: Any, periodic: Any, now: Any) -> tuple[int, float]:
    async with runtime.database.unscoped(Role.RELAY) as session:
        started = time.perf_counter()
        number: int = await step(session, periodic, now=now)
        return number, (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    measure_tenants()
