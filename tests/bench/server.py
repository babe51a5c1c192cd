"""The measured server: our application beside a bare Litestar page with one read, told apart by the host.

`python -m tests.bench.server PORT`, with the settings in the environment.
"""

import sys
from collections.abc import AsyncIterator

import uvicorn
from litestar import Litestar, get
from litestar.di import Provide
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.conftest import START
from tests.fakes import FakeCountry, manager_with

from opptak.kit.clock import TravelClock
from opptak.kit.db import Role
from opptak.runtime import Runtime
from opptak.settings import read_settings
from opptak.tenancy.models import Tenant
from opptak.web import create_app, installed_sites
from opptak.webkit import Given

BARE = "bare.localhost"
"""Host of the bare page."""


def bare_app(runtime: Runtime) -> Litestar:
    """Return an application with one page that reads one row and does nothing else."""

    async def session() -> AsyncIterator[AsyncSession]:
        async with AsyncSession(runtime.database.engine(Role.APP)) as opened:
            yield opened

    @get("/", media_type="text/html")
    async def page(session: Given[AsyncSession]) -> str:
        slug = await session.scalar(select(Tenant.slug).limit(1))
        return f"<!doctype html><title>bare</title><p>{slug}</p>"

    return Litestar([page], dependencies={"session": Provide(session)}, logging_config=None)


def main(port: int) -> None:
    """Serve until told to stop."""
    runtime = Runtime(read_settings(), clock=TravelClock(START), manager=manager_with(FakeCountry()))
    ours, bare = create_app(runtime, installed_sites()), bare_app(runtime)

    async def by_host(scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = bare if _host(scope) == BARE else ours
        await app(scope, receive, send)

    uvicorn.run(by_host, host="127.0.0.1", port=port, log_config=None, access_log=False)


def _host(scope: Scope) -> str:
    headers = dict(scope.get("headers", ()))
    return headers.get(b"host", b"").decode().partition(":")[0]


if __name__ == "__main__":
    main(int(sys.argv[1]))
