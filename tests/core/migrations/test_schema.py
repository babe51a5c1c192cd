"""The migrations make exactly the schema the models describe, and can be run twice."""

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.exc import ProgrammingError

from opptak import migrations, tables
from opptak.kit.db import Role
from opptak.kit.models import Base
from opptak.migrations import MigrationRefused, SchemaFromLaterVersion, head, schema_version, upgrade
from opptak.runtime import Runtime

__all__ = ("tables",)


def test_schema_is_what_the_models_describe(runtime: Runtime) -> None:
    engine = create_engine(runtime.database.urls.url(Role.OWNER))
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Base.metadata) == []
    finally:
        engine.dispose()


def test_upgrade_of_a_current_schema_changes_nothing(runtime: Runtime) -> None:
    url = runtime.database.urls.url(Role.OWNER)
    assert schema_version(url) == head()
    upgrade(url)
    assert schema_version(url) == head()


def test_schema_of_a_later_version_is_left_alone(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "_known", frozenset)
    with pytest.raises(SchemaFromLaterVersion, match=f"has schema {head()}"):
        upgrade(runtime.database.urls.url(Role.OWNER))


def test_database_that_is_not_what_its_version_says_is_told(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ProgrammingError("create table x", None, psycopg.errors.DuplicateTable())

    monkeypatch.setattr("alembic.command.upgrade", refuse)
    with pytest.raises(MigrationRefused, match=r"from schema \d+ to head \(DuplicateTable\)"):
        upgrade(runtime.database.urls.url(Role.OWNER))
