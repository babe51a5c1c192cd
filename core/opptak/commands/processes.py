"""`opptak serve | worker | scheduler | migrate`: the processes a deployment consists of."""

import asyncio
import signal
import sys
import threading

import click
import uvicorn

from opptak.deployment import ready_database
from opptak.kit.db import Role
from opptak.kit.logs import configure_logs
from opptak.kit.loops import use_fast_loops
from opptak.kit.ports import require_free
from opptak.migrations import head
from opptak.migrations.bootstrap import create_database
from opptak.runtime import Runtime, database_urls
from opptak.scheduler import lead
from opptak.settings import Settings, read_settings
from opptak.ui.assets import require_made
from opptak.web import serve_app
from opptak.webkit.vitals import serve_health
from opptak.worker import Background, WorkerProcess

__all__ = ("COMMANDS",)

_DRAIN_SECONDS = 20
"""How long requests under way may go on after the process was told to stop."""


@click.command()
@click.option("--with-worker/--without-worker", default=None, help="Run a worker inside this process.")
@click.option("--port", type=int, help="Listen here instead, when a proxy answers at OPPTAK_PORT.")
def serve(with_worker: bool | None, port: int | None) -> None:
    """Serve the portal, the staff site and the API."""
    settings = _begin()
    require_made()
    port = settings.port if port is None else port
    require_free(settings.host, port)
    inside = settings.broker_url.startswith("embedded:") if with_worker is None else with_worker
    with ready_database(settings, migrate=not settings.database_url) as ready:
        worker = _started_worker(ready) if inside else None
        try:
            uvicorn.run(
                serve_app(ready),
                host=ready.host,
                port=port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=_DRAIN_SECONDS,
            )
        finally:
            if worker:
                worker.stop()


_health = click.option(
    "--health", type=int, metavar="PORT", help="Answer health checks at OPPTAK_HOST and this port."
)


@click.command()
@_health
def worker(health: int | None) -> None:
    """Do background work until told to stop."""
    settings = _begin()
    require_made()
    if health is not None:
        require_free(settings.host, health)
    with ready_database(settings, migrate=False) as ready:
        process = _started_worker(ready, health)
        _until_told()
        process.stop()


@click.command()
@_health
def scheduler(health: int | None) -> None:
    """Enqueue periodic work as it falls due; of several, one leads."""
    settings = _begin()
    if health is not None:
        require_free(settings.host, health)

    async def main(ready: Settings) -> None:
        runtime = Runtime(ready)
        work = [lead(runtime)] if health is None else [lead(runtime), serve_health(runtime, health)]
        task = asyncio.gather(*work)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            await runtime.close()

    with ready_database(settings, migrate=False) as ready:
        asyncio.run(main(ready))


@click.command()
@click.option(
    "--create",
    metavar="URL",
    help="As this administrator, first create the database, and the roles with their addresses' passwords.",
)
def migrate(create: str | None) -> None:
    """Bring the database to this program's schema."""
    settings = read_settings()
    if create:
        create_database(create, passwords=_passwords(settings))
    with ready_database(settings):
        click.echo(f"the schema is at {head()}")


def _passwords(settings: Settings) -> dict[Role, str]:
    """Return the passwords that stand in the roles' addresses."""
    if not settings.database_url:
        return {}
    addresses = {role: database_urls(settings).url(role) for role in Role}
    return {role: url.password for role, url in addresses.items() if url.password}


def _begin() -> Settings:
    """Read the settings, start the log, and take a request to stop for a good end, which it is for these."""
    settings = read_settings()
    configure_logs(settings.log_level)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    return settings


def _started_worker(settings: Settings, health: int | None = None) -> WorkerProcess:
    # A third of a letter's time was spent in the standard loop; dramatiq makes its own by the policy.
    use_fast_loops()
    beside: list[Background] = [lead]
    if health is not None:
        beside.append(lambda runtime: serve_health(runtime, health, broker=process.broker_answers))
    process = WorkerProcess(Runtime(settings), beside=beside)
    process.start()
    return process


def _until_told() -> None:
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    told.wait()


COMMANDS: tuple[click.Command, ...] = (serve, worker, scheduler, migrate)
