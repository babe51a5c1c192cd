"""Alembic environment: one migration at a time across processes, and never a long wait for a lock."""

from alembic import context
from sqlalchemy import Connection, create_engine, pool
from sqlalchemy.engine import URL

from opptak import tables
from opptak.kit.models import Base

__all__ = ("tables",)
"""Importing it is what fills the metadata."""

MIGRATION_LOCK = 0x6F707074616B
"""Key of the advisory lock; the word `opptak` in ASCII."""


def _migrate(connection: Connection) -> None:
    connection.exec_driver_sql("set lock_timeout = '4s'")
    connection.exec_driver_sql(f"select pg_advisory_lock({MIGRATION_LOCK})")
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.exec_driver_sql(f"select pg_advisory_unlock({MIGRATION_LOCK})")
    connection.commit()


def main() -> None:
    """Run the migrations against the address handed over by `opptak.migrations`."""
    url: URL = context.config.attributes["url"]
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        _migrate(connection)


main()
