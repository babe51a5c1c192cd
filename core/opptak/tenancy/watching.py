"""Hearing of what changes: one connection a process that listens for tenants' news.

A connection can be cut without either side being told. So the server is asked for a sign of life twice a
second; while there is none, the directory asks the catalogue itself.
"""

import asyncio
import logging
from uuid import UUID

import psycopg

from opptak.kit.db import DatabaseUrls, Role
from opptak.kit.rls import TENANT_NEWS
from opptak.tenancy.directory import TenantDirectory

__all__ = ("watch_tenants",)

_PAUSE_SECONDS = 0.4
_PATIENCE_SECONDS = 2.0
"""How long the server may take for a sign of life before the connection is made anew."""

_log = logging.getLogger(__name__)


async def watch_tenants(urls: DatabaseUrls, directory: TenantDirectory) -> None:
    """Tell the directory of news until cancelled."""
    url = urls.url(Role.APP, direct=True).set(drivername="postgresql")
    address = url.render_as_string(hide_password=False)
    told = False
    while True:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                connection = await psycopg.AsyncConnection.connect(address, autocommit=True)
            told = False
            async with connection:
                await _watch(connection, directory)
        except (psycopg.Error, OSError, TimeoutError):
            if not told:
                _log.warning("tenants' news is not heard, the catalogue is asked instead")
            told = True
            await asyncio.sleep(_PAUSE_SECONDS)


async def _watch(connection: psycopg.AsyncConnection[tuple[object, ...]], directory: TenantDirectory) -> None:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        await connection.execute(f"listen {TENANT_NEWS}")
    directory.hear(anew=True)
    while True:
        async for news in connection.notifies(timeout=_PAUSE_SECONDS):
            directory.forget(UUID(news.payload))
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await connection.execute("select 1")
        directory.hear()
