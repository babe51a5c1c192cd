"""First steps on an empty server, as its administrator: the roles, the database, then the schema."""

from collections.abc import Mapping

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from opptak.kit.db import Role
from opptak.kit.rls import create_roles
from opptak.migrations import upgrade

__all__ = ("DATABASE", "create_database", "prepare")

DATABASE = "opptak"
"""Name of the database unless told otherwise."""


def create_database(
    administrator: str, name: str = DATABASE, *, passwords: Mapping[Role, str] | None = None
) -> None:
    """Create the roles and the database where they are missing; `administrator` is a superuser's URL.

    A role among the `passwords` gets that one, in place of any it had.
    """
    with _connect(administrator, "postgres") as connection:
        exists = connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
        if not exists:
            connection.execute(
                sql.SQL("create database {} template template0 locale 'C.UTF-8'").format(sql.Identifier(name))
            )
    with _connect(administrator, name) as connection:
        for statement in create_roles(name):
            connection.execute(statement.encode())
        for role, password in (passwords or {}).items():
            wanted = sql.SQL("alter role {} password {}")
            connection.execute(wanted.format(sql.Identifier(role.value), sql.Literal(password)))


def prepare(administrator: str, name: str = DATABASE) -> URL:
    """Create and migrate the database; return the address of the role `opptak_app`."""
    create_database(administrator, name)
    base = make_url(administrator).set(database=name, drivername="postgresql+psycopg")
    upgrade(base.set(username=Role.OWNER.value))
    return base.set(username=Role.APP.value)


def _connect(administrator: str, database: str) -> psycopg.Connection[tuple[object, ...]]:
    url = make_url(administrator).set(database=database, drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
