"""`opptak jobs`: what has stopped, tried again or given up, by whoever runs the platform."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from tests.conftest import Drained, run_due
from tests.fakes import FakeCountry

from opptak.audit.models import AuditEntry
from opptak.commands.jobs import jobs
from opptak.facilities.tasks import import_register
from opptak.hooks.errors import Configuration
from opptak.kit.outbox import OutboxJob
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.tenancy.jobs import enqueue

Told = Callable[..., Awaitable[Result]]


@pytest.fixture
async def stopped(runtime: Runtime, country: FakeCountry, tenant: TenantContext) -> Drained:
    """A job that needs somebody to change a setting."""
    country.town(tenant.slug).failing = [Configuration("key", hint="plugin.hint.key")]
    async with runtime.work(tenant) as work:
        await enqueue(work, import_register)
    return await run_due(runtime, tenant)


@pytest.fixture
def told(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Run the command on the tests' database."""
    monkeypatch.setenv("OPPTAK_DATABASE_URL", runtime.settings.database_url)
    monkeypatch.setenv("OPPTAK_DATA_DIR", runtime.settings.data_dir)

    async def run(*arguments: str, typed: str = "") -> Result:
        return await asyncio.to_thread(CliRunner().invoke, jobs, arguments, input=typed)

    return run


async def states(runtime: Runtime, tenant: TenantContext) -> list[str]:
    async with runtime.database.tenant(tenant.id) as session:
        return list((await session.scalars(select(OutboxJob.state))).all())


async def test_list_names_what_has_stopped_and_why(
    stopped: Drained, told: Told, tenant: TenantContext, other_tenant: TenantContext
) -> None:
    listed = await told("list", "--tenant", tenant.slug)
    heading, line = listed.output.splitlines()
    assert heading.split() == ["tenant", "job", "failure", "code", "number", "oldest", "key"]
    assert line.split()[:5] == [tenant.slug, "facility.import", "configuration", "key", "1"]
    assert listed.exit_code == 1

    everywhere = (await told("list")).output
    assert tenant.slug in everywhere
    assert other_tenant.slug not in everywhere
    assert (await told("list", "--tenant", other_tenant.slug)).exit_code == 0
    assert (await told("list", "--tenant", tenant.slug, "--failure", "permanent")).exit_code == 0

    shown = await told("show", tenant.slug, line.split()[-1])
    assert "hint plugin.hint.key" in shown.output
    assert "attempts: 1" in shown.output


async def test_tenant_nobody_has_is_said_to_be_missing(told: Told) -> None:
    result = await told("list", "--tenant", "atlantis")
    assert (result.exit_code, result.output) == (1, result.output)
    assert "there is no tenant atlantis" in result.output


async def test_retry_lets_it_wait_again_and_notes_who(
    stopped: Drained, told: Told, runtime: Runtime, tenant: TenantContext
) -> None:
    result = await told("retry", "--tenant", tenant.slug)
    assert result.output == "tried again: 1\n"
    assert await states(runtime, tenant) == ["waiting"]
    async with runtime.database.tenant(tenant.id) as session:
        noted = await session.scalar(select(AuditEntry.details).where(AuditEntry.action == "problem.retry"))
    assert noted == {"actor": "facility.import", "code": "key", "jobs": 1, "by": getpass.getuser()}


async def test_drop_asks_first(stopped: Drained, told: Told, runtime: Runtime, tenant: TenantContext) -> None:
    asked = await told("drop", "--tenant", tenant.slug, typed="n\n")
    assert "Give up 1 jobs for good?" in asked.output
    assert asked.exit_code == 1
    assert await states(runtime, tenant) == ["parked"]
    assert "given up: 1" in (await told("drop", "--tenant", tenant.slug, typed="y\n")).output
    assert await states(runtime, tenant) == []


@pytest.mark.parametrize("command", ["retry", "drop"])
async def test_nothing_is_done_to_all_by_mistake(told: Told, command: str) -> None:
    for arguments in ((), ("--all", "--tenant", "x")):
        result = await told(command, *arguments)
        assert result.exit_code == 2
        assert "say which" in result.output
