"""Schema migrations, run as the role `opptak_owner`.

A migration must run while the previous version of the program still serves: add, move over, then remove.
"""

from functools import cache
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from opptak.kit.errors import StartRefused

__all__ = ("MigrationRefused", "SchemaFromLaterVersion", "head", "schema_version", "up_to_date", "upgrade")


class SchemaFromLaterVersion(StartRefused):
    """A later version of the program has migrated the database."""


class MigrationRefused(StartRefused):
    """The database is not what its schema version says, or does not let itself be changed."""


def _config(url: URL) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("opptak.migrations")))
    config.attributes["url"] = url
    return config


def upgrade(url: URL, revision: str = "head") -> None:
    """Bring the schema to a revision; several processes may call it at once.

    Raises SchemaFromLaterVersion or MigrationRefused, with nothing changed.
    """
    applied = schema_version(url)
    if applied is not None and applied not in _known():
        raise SchemaFromLaterVersion(
            f"the database has schema {applied}, which this version of Opptak does not know (its newest is "
            f"{head()}): install the version that wrote it, or choose another data folder or database"
        )
    try:
        command.upgrade(_config(url), revision)
    except ProgrammingError as error:
        raise MigrationRefused(
            f"the database would not go from schema {applied or 'nothing'} to {revision} "
            f"({type(error.orig).__name__}) and stays as it was: restore what an earlier version wrote, or "
            "start over with another data folder or database (the demo: --fresh)"
        ) from error


def head() -> str:
    """Return the newest revision this program knows."""
    script = ScriptDirectory(str(files("opptak.migrations")))
    return script.get_current_head() or ""


def schema_version(url: URL) -> str | None:
    """Return the revision the database is at; None for an empty one."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


async def up_to_date(session: AsyncSession) -> bool:
    """Return whether the schema is the one this program was written for, or one that came after it."""
    applied = await (await session.connection()).run_sync(_applied)
    return applied is not None and applied not in _outdated()


def _applied(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def _outdated() -> frozenset[str]:
    return _known() - {head()}


def _known() -> frozenset[str]:
    script = ScriptDirectory(str(files("opptak.migrations")))
    return frozenset(known.revision for known in script.walk_revisions())
