"""The demonstration's stage with its sites served beside it, for a browser to play on."""

import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import uvicorn
from tests.documents import TENANTS

from opptak.admission.schemas import RoundView
from opptak.demo.cast import engage
from opptak.demo.stage import Stage, raise_stage
from opptak.demo.story import Story
from opptak.kit.ports import free_port
from opptak.kit.postgres import EmbeddedPostgres
from opptak.kit.subject import SYSTEM, Subject
from opptak.migrations.bootstrap import prepare
from opptak.people.service import People
from opptak.settings import Settings
from opptak.tenancy.context import TenantContext, Work
from opptak.tenancy.folder import read_folder
from opptak.web import serve_app

__all__ = ("SEED", "TOWN", "Company", "Theatre", "theatre")

Company = Callable[[Stage], AbstractContextManager[None]]
"""Serves the sites of a stage."""

TOWN = "nordreisa"
SEED = 1


class Theatre:
    """A municipality on the stage, told of up to the letters that invite its families."""

    def __init__(self, stage: Stage, tenant: TenantContext, story: Story, intake: RoundView) -> None:
        self.stage = stage
        self.tenant = tenant
        self.story = story
        self.intake = intake

    def work(self, subject: Subject = SYSTEM) -> AbstractAsyncContextManager[Work]:
        """Open a unit of work beside the browser, to look at what it did."""
        return self.stage.runtime.work(self.tenant, subject)

    async def number(self, person: UUID) -> str:
        """Return a person's identity number, to log in with."""
        async with self.work() as work:
            return (await People(work).numbers([person]))[person]

    def later(self, span: timedelta) -> None:
        """Let some time pass."""
        self.stage.travel_to(self.stage.clock.now() + span)

    def ask(self, path: str, **query: str) -> httpx.Response:
        """Look behind the scenes of the simulated country."""
        answer = httpx.get(f"{self.stage.control}{path}", params=query, trust_env=False)
        return answer.raise_for_status()

    @contextmanager
    def fault(self, authority: str, kind: str) -> Iterator[None]:
        """Let an authority fail for a while."""
        url = f"{self.stage.control}/faults"
        httpx.post(url, json={"authority": authority, "kind": kind}, trust_env=False).raise_for_status()
        try:
            yield
        finally:
            httpx.delete(url, trust_env=False).raise_for_status()


@asynccontextmanager
async def theatre(folder: Path, *, company: Company | None = None) -> AsyncIterator[Theatre]:
    """Raise the stage in a folder, tell the story up to the letters, and serve the sites.

    A `company` serves them and does the background work instead of one thread and one worker.
    """
    with EmbeddedPostgres(folder / "postgres", durable=False) as address:
        url = prepare(address.url(database="postgres"))
        settings = Settings(
            data_dir=str(folder / "data"),
            database_url=url.render_as_string(hide_password=False),
            port=free_port(),
            secure_cookies=False,
        )
        with raise_stage(settings, [TOWN], seed=SEED, works=company is None) as stage:
            try:
                with (company or _served)(stage):
                    yield await _begin(stage)
            finally:
                await stage.runtime.close()


async def _begin(stage: Stage) -> Theatre:
    runtime = stage.runtime
    await runtime.catalogue.apply(read_folder(TENANTS / TOWN), author="test")
    tenant = await runtime.tenants.by_slug(TOWN)
    assert tenant is not None
    story = Story(stage, tenant, await engage(runtime, tenant))
    await story.furnish()
    await engage(runtime, tenant)
    return Theatre(stage, tenant, story, await story.invite())


@contextmanager
def _served(stage: Stage) -> Iterator[None]:
    """Serve the sites from a thread; requests made before it is up wait in the socket's queue."""
    with socket.create_server((stage.settings.host, stage.settings.port)) as listening:
        config = uvicorn.Config(
            serve_app(stage.settings, clock=stage.clock), log_config=None, access_log=False, ws="none"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), name="sites")
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()
