"""Processes come and go: the database amid its work, a leading scheduler, a worker told to stop."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx

from opptak.kit.postgres import EmbeddedPostgres
from opptak.runtime import Runtime
from opptak.settings import Settings
from opptak.tenancy.context import TenantContext
from tests.servers.conftest import Deploy
from tests.servers.deployment import Web
from tests.servers.notes import Notebook
from tests.servers.programs import Program, wait_until

JOBS = 60
MEGABYTE = 1 << 20

LEADS = "this scheduler leads"


def _page(web: Web, tenant: TenantContext) -> httpx.Response:
    """Ask for a page that is read from the database."""
    return httpx.get(f"{web.url}/kindergartens", headers={"Host": tenant.host}, timeout=30, trust_env=False)


async def test_database_restarted_in_the_middle(
    beside: Runtime,
    municipality: TenantContext,
    own_settings: Settings,
    postgres: EmbeddedPostgres,
    notebook: Notebook,
    deploy: Deploy,
) -> None:
    deployment = deploy(own_settings)
    web, worker, scheduler = deployment.serve(), deployment.worker(), deployment.scheduler()
    await asyncio.to_thread(deployment.await_ready)
    assert _page(web, municipality).status_code == 200
    wanted = await notebook.ask_for(beside, municipality, JOBS)
    await asyncio.to_thread(worker.wait_until, lambda: bool(notebook.lines()), what="it works")
    await asyncio.to_thread(wait_until, lambda: _took_the_lead(worker, scheduler) > 0, what="one leads")
    postgres.stop()
    try:
        away = _page(web, municipality)
        ready = web.ready()
    finally:
        postgres.start()
    assert (away.status_code, ready) == (503, False)
    assert _page(web, municipality).status_code == 200
    await asyncio.to_thread(wait_until, lambda: notebook.left() == 0, what="all jobs are done")
    assert sorted(notebook.lines()) == sorted(wanted)
    assert worker.said().count("the relay was interrupted") == worker.said().count("the relay goes on") == 1
    await asyncio.to_thread(wait_until, lambda: _took_the_lead(worker, scheduler) > 1, what="one leads again")
    assert await asyncio.to_thread(deployment.stop) == [0, 0, 0]


def _took_the_lead(*processes: Program) -> int:
    """Return how often one of them came to lead; a worker schedules too."""
    return sum(process.said().count(LEADS) for process in processes)


async def test_connections_that_died_while_nobody_asked_are_left_without_an_error(
    beside: Runtime, municipality: TenantContext, postgres: EmbeddedPostgres
) -> None:
    for _ in range(2):
        async with beside.work(municipality) as work:
            assert work.tenant == municipality
        postgres.stop()
        postgres.start()


async def test_second_scheduler_leads_once_the_first_is_killed(
    own_settings: Settings, deploy: Deploy
) -> None:
    deployment = deploy(own_settings)
    first = deployment.scheduler()
    await asyncio.to_thread(first.wait_until, lambda: LEADS in first.said(), what="it leads")
    second = deployment.scheduler()
    await asyncio.to_thread(second.wait_until, lambda: _waits(second.pid), what="it waits")
    assert LEADS not in second.said()
    first.kill()
    await asyncio.to_thread(second.wait_until, lambda: LEADS in second.said(), what="it leads", seconds=30)
    assert await asyncio.to_thread(second.stop) == 0


def _waits(pid: int) -> bool:
    """Return whether a scheduler has come as far as its connection."""
    sockets = []
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed while we look
            sockets.append(each.readlink())
    return sum(str(each).startswith("socket:") for each in sockets) > 2


async def test_worker_told_to_stop_lets_its_jobs_end(
    beside: Runtime, municipality: TenantContext, own_settings: Settings, notebook: Notebook, deploy: Deploy
) -> None:
    worker = deploy(own_settings).worker()
    wanted = await notebook.ask_for(beside, municipality, JOBS)
    await asyncio.to_thread(worker.wait_until, lambda: bool(notebook.lines()), what="it works")
    assert await asyncio.to_thread(worker.stop) == 0
    assert notebook.left() + len(notebook.lines()) == len(wanted)
    assert "traceback" not in worker.said().lower()


async def test_memory_of_the_processes(
    own_settings: Settings,
    deploy: Deploy,
    beside: Runtime,
    municipality: TenantContext,
    notebook: Notebook,
    record_property: Callable[[str, object], None],
) -> None:
    deployment = deploy(own_settings)
    web, worker = deployment.serve(), deployment.worker()
    await asyncio.to_thread(deployment.await_ready)
    for _ in range(50):
        assert _page(web, municipality).status_code == 200
    await notebook.ask_for(beside, municipality, JOBS)
    await asyncio.to_thread(wait_until, lambda: notebook.left() == 0, what="all jobs are done")
    web_peak, worker_peak = web.peak_memory() // MEGABYTE, worker.peak_memory() // MEGABYTE
    record_property("told", f"memory at most: web {web_peak} MB, worker {worker_peak} MB")
    assert web_peak <= 200
    assert worker_peak <= 300
