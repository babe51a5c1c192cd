"""PgBouncer in transaction mode: every transaction may get another connection, and nothing stays on it."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from opptak.kit.db import DatabaseUrls, Role
from opptak.kit.outbox import OutboxJob
from opptak.runtime import Runtime
from opptak.settings import Settings
from opptak.tenancy.context import TenantContext
from opptak.worker import WorkerProcess
from tests.servers.deployment import environment, opptak
from tests.servers.notes import Notebook
from tests.servers.pooler import PgBouncer, through
from tests.servers.programs import Keeper, wait_until

pytestmark = pytest.mark.pgbouncer

AT_ONCE = 12
TRANSACTIONS = 20


@pytest.fixture(scope="module")
def pooler(
    keeper: Keeper, own_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PgBouncer]:
    """A pooler with fewer connections to the server than there is work at once."""
    made = PgBouncer(tmp_path_factory.mktemp("pooler"), keeper, server=own_settings.database_url)
    made.up()
    yield made
    made.close()


@pytest.fixture
def pooled(pooler: PgBouncer, own_settings: Settings) -> Settings:
    """Settings of a deployment behind the pooler."""
    return through(pooler, own_settings)


@pytest.fixture
async def runtime(pooled: Settings) -> AsyncIterator[Runtime]:
    """A runtime behind the pooler."""
    made = Runtime(pooled)
    yield made
    await made.close()


async def _look(runtime: Runtime, tenant: TenantContext) -> tuple[str, set[UUID], set[int]]:
    """Return the tenant a transaction is in, the tenants whose rows it sees, and its server connection."""
    setting = select(func.current_setting("opptak.tenant"), func.pg_backend_pid())
    async with runtime.database.tenant(tenant.id) as session:
        entered, first = (await session.execute(setting)).one()
        await asyncio.sleep(0.002)
        seen = set(await session.scalars(select(OutboxJob.tenant_id)))
        _, second = (await session.execute(setting)).one()
    return entered, seen, {first, second}


async def test_no_transaction_sees_another_s_tenant(
    runtime: Runtime, municipality: TenantContext, neighbour: TenantContext, notebook: Notebook
) -> None:
    for tenant in (municipality, neighbour):
        await notebook.ask_for(runtime, tenant, 2)
    connections: set[int] = set()

    async def hammer(tenant: TenantContext) -> None:
        for _ in range(TRANSACTIONS):
            entered, seen, used = await _look(runtime, tenant)
            assert (entered, seen, len(used)) == (str(tenant.id), {tenant.id}, 1)
            connections.update(used)

    async def outside() -> None:
        for _ in range(TRANSACTIONS):
            async with runtime.database.unscoped(Role.APP) as session:
                assert not await session.scalar(select(func.current_setting("opptak.tenant", True)))
                assert not (await session.scalars(select(OutboxJob.id))).all()

    both = (municipality, neighbour)
    await asyncio.gather(*(hammer(both[number % 2]) for number in range(AT_ONCE)), outside())
    assert 1 < len(connections) <= 4, "the transactions share the pooler's connections"


async def test_worker_behind_the_pooler_hears_of_work_on_a_connection_of_its_own(
    runtime: Runtime, pooled: Settings, municipality: TenantContext, notebook: Notebook
) -> None:
    process = WorkerProcess(Runtime(pooled))
    process.start()
    try:
        wanted = await notebook.ask_for(runtime, municipality, 20)
        await asyncio.to_thread(wait_until, lambda: notebook.left() == 0, what="all jobs are done")
    finally:
        await asyncio.to_thread(process.stop)
    assert sorted(notebook.lines()) == sorted(wanted)


def test_migrations_go_around_the_pooler(pooler: PgBouncer, pooled: Settings, tmp_path: Path) -> None:
    pooler.kill()
    try:
        done = subprocess.run(  # noqa: S603 -- our own program
            opptak("migrate"), env=environment(pooled), capture_output=True, text=True, check=False
        )
    finally:
        pooler.up()
    assert (done.returncode, done.stdout.split()[:3]) == (0, ["the", "schema", "is"]), done.stderr


@pytest.mark.parametrize("role", [Role.PLATFORM, Role.RELAY])
def test_role_with_a_password_of_its_own_keeps_it_around_the_pooler(role: Role) -> None:
    urls = DatabaseUrls(
        app="postgresql://opptak_app:a@pooler:6432/opptak",
        direct="postgresql://opptak_app:a@server:5432/opptak",
        by_role={role: f"postgresql://{role}:own@pooler:6432/opptak"},
    )
    around = urls.url(role, direct=True)
    assert (around.host, around.port, around.username, around.password) == ("server", 5432, role, "own")
    assert urls.url(role).host == "pooler"
