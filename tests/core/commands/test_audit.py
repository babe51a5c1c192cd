"""`opptak audit`: the verdict, the first broken place, and the log handed out."""

import asyncio
import hashlib
import json
from collections.abc import Sequence

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update
from tests.core.audit.tampering import Tamper
from tests.core.scene import WorkAs

from opptak.audit.service import AuditLog, record
from opptak.authz.actions import Action
from opptak.commands.audit import audit
from opptak.kit.db import Role
from opptak.kit.ids import new_id
from opptak.kit.subject import SYSTEM
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.tenancy.models import Tenant


@pytest.fixture(autouse=True)
def deployment(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands find the test's database and keys."""
    monkeypatch.setenv("OPPTAK_DATABASE_URL", runtime.settings.database_url)
    monkeypatch.setenv("OPPTAK_DATA_DIR", runtime.settings.data_dir)


@pytest.fixture
async def sealed(work_as: WorkAs) -> str:
    """Seal two entries and leave one; return the chain's digest."""
    async with work_as(SYSTEM) as work:
        for _ in range(2):
            record(work, Action.APPLICATION_READ, "application", new_id())
    async with work_as(SYSTEM) as work:
        await AuditLog(work).seal()
        record(work, Action.APPLICATION_READ, "application", new_id(), note="søk")
        chain = await AuditLog(work).chain()
    assert chain is not None
    return chain.digest.hex()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(audit, arguments)


def last_line(result: Result) -> Sequence[str]:
    return result.output.splitlines()[-1].split()


def test_verify_prints_what_is_sealed_and_the_last_digest(tenant: TenantContext, sealed: str) -> None:
    result = run("verify", "--tenant", tenant.slug)
    assert last_line(result) == [tenant.slug, "3", "2", "1", "1", "whole", sealed]
    assert result.exit_code == 0


def test_verify_can_seal_first(tenant: TenantContext, sealed: str) -> None:
    assert last_line(run("verify", "--tenant", tenant.slug, "--seal"))[1:5] == ["3", "3", "0", "2"]
    assert run("verify", "--tenant", tenant.slug, "--expect", sealed).exit_code == 0


async def test_verify_says_of_whom_it_can_say_nothing(
    runtime: Runtime, tenant: TenantContext, sealed: str
) -> None:
    async with runtime.database.unscoped(Role.PLATFORM) as session:
        await session.execute(update(Tenant).where(Tenant.id == tenant.id).values(version=99))
    result = await asyncio.to_thread(run, "verify")
    assert f"{tenant.slug:24} can't be opened" in result.output
    assert result.exit_code == 1


def test_verify_names_the_broken_place(
    runtime: Runtime, tenant: TenantContext, other_tenant: TenantContext, sealed: str
) -> None:
    Tamper(runtime, tenant)("update audit_entry set action = 'x'")
    result = run("verify", "--tenant", tenant.slug)
    assert "BROKEN: entry changed in seal 1: " in result.output
    assert result.exit_code == 1
    assert run("verify", "--tenant", other_tenant.slug).exit_code == 0
    everybody = run("verify")
    assert everybody.exit_code == 1
    assert other_tenant.slug in everybody.output


def test_verify_misses_a_digest_noted_elsewhere(tenant: TenantContext, sealed: str) -> None:
    result = run("verify", "--tenant", tenant.slug, "--expect", "00" * 32)
    assert "BROKEN: not expected" in result.output
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--expect", "00"), "name it with --tenant"),
        (("--tenant", "x", "--expect", "moon"), "takes a digest"),
        (("--tenant", "nowhere"), "there is no tenant nowhere"),
    ],
)
def test_mistakes_are_told(arguments: tuple[str, ...], told: str) -> None:
    result = run("verify", *arguments)
    assert told in result.output
    assert result.exit_code != 0


def test_export_is_what_the_digests_are_made_of(tenant: TenantContext, sealed: str) -> None:
    lines = run("export", tenant.slug).output.splitlines()
    entries = [json.loads(line) for line in lines]
    assert [entry[1] for entry in entries] == [str(tenant.id)] * 3
    again = [
        json.dumps(entry, ensure_ascii=False, separators=(",", ":"), sort_keys=True) for entry in entries
    ]
    assert again == lines
    assert len({hashlib.sha256(line.encode()).hexdigest() for line in lines}) == 3
    taken = [json.loads(line)[7] for line in run("export", tenant.slug).output.splitlines()]
    assert taken.count(Action.AUDIT_READ) == 1
