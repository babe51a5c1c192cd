"""Running a coroutine with everything it stands on, and telling errors in words."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from opptak.deployment import ready_database
from opptak.kit.errors import OpptakError
from opptak.kit.i18n import Catalogues
from opptak.kit.postgres_programs import EmbeddedPostgresError
from opptak.runtime import Runtime
from opptak.settings import Settings, read_settings

__all__ = ("with_runtime",)

T = TypeVar("T")


def with_runtime(run: Callable[[Runtime], Awaitable[T]], settings: Settings | None = None) -> T:
    """Run a coroutine on a ready database; an expected error ends the command with one clear line."""

    async def main(ready: Settings) -> T:
        runtime = Runtime(ready)
        try:
            return await run(runtime)
        finally:
            await runtime.close()

    try:
        with ready_database(settings or read_settings()) as ready:
            return asyncio.run(main(ready))
    except OpptakError as error:
        text = Catalogues.load().translator("en")(f"error.{error.code}", **error.params)
        raise click.ClickException(text) from error
    except EmbeddedPostgresError as error:
        raise click.ClickException(str(error)) from error
