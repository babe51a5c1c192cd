"""Getting a deployment onto its feet: the database ready before anything else starts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from opptak.kit.db import Role
from opptak.kit.postgres import EmbeddedPostgres
from opptak.migrations import upgrade
from opptak.migrations.bootstrap import prepare
from opptak.runtime import database_urls
from opptak.settings import Settings

__all__ = ("clock_hand", "embedded_postgres", "ready_database")


def embedded_postgres(settings: Settings) -> EmbeddedPostgres:
    """Return the deployment's own server, not yet started."""
    return EmbeddedPostgres(settings.data_path / "postgres", programs=settings.postgres_bin)


def clock_hand(settings: Settings) -> Path:
    """Return the file that a demonstration's clock is read from; it is there once one has begun."""
    return settings.data_path / "clock"


@contextmanager
def ready_database(settings: Settings, *, migrate: bool = True) -> Iterator[Settings]:
    """Yield settings with a database that answers and has the schema.

    Without an address the embedded server is started (or, if it runs already, attached to) for as long as the
    context lasts. What a demonstration left in it lives on by its clock. Raises EmbeddedPostgresError.
    """
    if settings.database_url:
        if migrate:
            upgrade(database_urls(settings).url(Role.OWNER, direct=True))
        yield settings
        return
    with embedded_postgres(settings) as address:
        url = prepare(address.url(database="postgres"))
        hand = clock_hand(settings)
        clock = settings.clock or (f"file:{hand}" if hand.exists() else "")
        there = url.render_as_string(hide_password=False)
        yield msgspec.structs.replace(settings, database_url=there, clock=clock)
