"""A job knows its tenant alone: run in another one, with ids of ours, it finds and changes nothing."""

from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.conftest import run_due
from tests.isolation.borders import tenant_tables
from tests.isolation.estate import Estate
from tests.isolation.walker import ParameterUnknown

from opptak.domains import load_tasks
from opptak.kit import outbox
from opptak.kit.db import Role
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.tenancy.jobs import Actor, Priority, actors

Tell = Callable[[str, object], None]

IDS: Mapping[str, str] = {
    "after": "letter_id",
    "campaign": "application_id",
    "cause": "offer_id",
    "errand": "errand_id",
    "first": "child_id",
    "last": "child_id",
    "letter": "letter_id",
    "letters": "letter_id",
    "login": "application_id",
    "run": "run_id",
    "unit": "unit_id",
}
"""Arguments by name, and which of an estate's ids they can be; any id of ours will do."""

NOT_IDS: Mapping[str, object] = {"start": 0}
"""Arguments that are no ids."""

SAYS_SO = frozenset({"audit_entry", "audit_pending", "audit_target", "outbox"})
"""Tables that keep what a job was asked for."""


def _arguments(found: Actor[...], estate: Estate) -> dict[str, object]:
    """Return ids of an estate for a job; raises ParameterUnknown."""
    given: dict[str, object] = {}
    for name, kind in found._types.items():
        if name in NOT_IDS:
            given[name] = NOT_IDS[name]
        elif name in IDS:
            ids = list(estate.ids[IDS[name]])
            given[name] = ids if str(kind).startswith("list") else ids[-1 if name == "last" else 0]
        else:
            raise ParameterUnknown(f"{found.name}: say in tests/isolation what {name} can be")
    return given


def _ours() -> list[Actor[...]]:
    list(load_tasks())
    return [found for _, found in sorted(actors().items()) if found.call.__module__.startswith("opptak.")]


def _rows(runtime: Runtime, tenant: TenantContext) -> dict[str, str]:
    """Return all rows of a tenant as text, by table."""
    url = runtime.database.urls.url(Role.APP).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        connection.execute("select set_config('opptak.tenant', %s, true)", (str(tenant.id),))
        found: dict[str, str] = {}
        for name in tenant_tables():
            query = sql.SQL("select coalesce(string_agg(t::text, E'\\n' order by id), '') from {} t")
            row: Any = connection.execute(query.format(sql.Identifier(name))).fetchone()
            found[name] = row[0]
    return found


async def _do(runtime: Runtime, tenant: TenantContext, name: str, arguments: dict[str, object]) -> None:
    async with runtime.work(tenant) as work:
        await outbox.put(work.session, name, arguments, available_at=work.now, priority=5)
    await run_due(runtime, tenant)


def test_every_argument_of_every_job_can_be_filled(estates: tuple[Estate, Estate]) -> None:
    assert {found.name for found in _ours() if _arguments(found, estates[0]) is None} == set()


async def test_no_job_reaches_another_tenant(
    runtime: Runtime, estates: tuple[Estate, Estate], record_property: Tell
) -> None:
    ours, theirs = estates
    before = _rows(runtime, ours.tenant)
    jobs = {found.name: _arguments(found, ours) for found in _ours()}
    for name, arguments in jobs.items():
        await _do(runtime, theirs.tenant, name, arguments)

    assert _rows(runtime, ours.tenant) == before
    after = _rows(runtime, theirs.tenant)
    kept = {
        f"{table} has {one}"
        for table, rows in after.items()
        for one in ours.secrets - theirs.secrets - ours.public
        if table not in SAYS_SO and one in rows
    }
    assert kept == set()
    record_property("told", f"jobs: {len(jobs)} run with another tenant's ids")


def test_new_argument_has_to_be_filled(estates: tuple[Estate, Estate]) -> None:
    async def peek(work: object, of: str) -> None:
        """Do something new."""

    with pytest.raises(ParameterUnknown, match=r"^test\.peek: .* of "):
        _arguments(Actor("test.peek", peek, Priority.NORMAL, None, echoes=False), estates[0])
