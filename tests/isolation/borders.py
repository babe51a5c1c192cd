"""What a tenant's session can see, change and refer to of another tenant's rows: nothing at all."""

from collections.abc import Iterator, Mapping
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import Table

from opptak import tables
from opptak.kit.db import Role
from opptak.kit.models import Base
from opptak.runtime import Runtime

__all__ = ("Borders", "granted", "tables", "tenant_tables")

Connection = psycopg.Connection[tuple[object, ...]]

_GRANTS = """
    select grantee, table_name, privilege_type from information_schema.role_table_grants
    where table_schema = 'public' and grantee <> table_name"""


def tenant_tables() -> dict[str, Table]:
    """Return the tables whose rows belong to a tenant."""
    return {name: table for name, table in Base.metadata.tables.items() if table.info["scope"] == "tenant"}


class Borders:
    """Tries every table as the application would inside `theirs`, for rows of `ours`."""

    def __init__(self, runtime: Runtime, *, ours: UUID, theirs: UUID) -> None:
        url = runtime.database.urls.url(Role.APP).set(drivername="postgresql")
        self._address = url.render_as_string(hide_password=False)
        self._ours = ours
        self._theirs = theirs
        self.tried = 0
        self.empty: set[str] = set()
        """Tables without a row of ours, in which there was nothing to try."""

    def faults(self) -> list[str]:
        """Return what went through, a line each."""
        with psycopg.connect(self._address) as connection:
            ids = {name: self._row_of(connection, name) for name in tenant_tables()}
            self.empty = {name for name, found in ids.items() if found is None}
            found = [
                fault for table in tenant_tables().values() for fault in self._table(connection, table, ids)
            ]
            connection.rollback()
        return sorted(found)

    def _row_of(self, connection: Connection, name: str) -> UUID | None:
        """Return the id of a row of ours."""
        self._enter(connection, self._ours)
        query = sql.SQL("select id from {} where tenant_id = %s limit 1").format(sql.Identifier(name))
        row = connection.execute(query, (self._ours,)).fetchone()
        return row[0] if row and isinstance(row[0], UUID) else None

    def _table(self, connection: Connection, table: Table, ids: Mapping[str, UUID | None]) -> Iterator[str]:
        self._enter(connection, self._theirs)
        name = sql.Identifier(table.name)
        attempts = {
            "read": sql.SQL("select 1 from {} where tenant_id = %(ours)s").format(name),
            "changed": sql.SQL("update {} set id = id where tenant_id = %(ours)s").format(name),
            "deleted": sql.SQL("delete from {} where tenant_id = %(ours)s").format(name),
            "taken": sql.SQL("update {} set tenant_id = %(ours)s where tenant_id = %(theirs)s").format(name),
        }
        for word, attempt in attempts.items():
            if self._succeeds(connection, attempt, {}):
                yield f"{table.name}: rows of another tenant can be {word}"
        planted = sql.SQL("insert into {} (tenant_id, id) values (%(ours)s, gen_random_uuid())").format(name)
        if not self._refused_by_policy(connection, planted):
            yield f"{table.name}: rows can be planted in another tenant"
        yield from self._references(connection, table, ids)

    def _references(
        self, connection: Connection, table: Table, ids: Mapping[str, UUID | None]
    ) -> Iterator[str]:
        """Let a row of theirs refer to one of ours."""
        for key in table.foreign_key_constraints:
            target = ids.get(key.referred_table.name)
            column = next((name for name in key.column_keys if name != "tenant_id"), None)
            if target is not None and column is not None:
                attempt = sql.SQL("update {} set {} = %(target)s where tenant_id = %(theirs)s").format(
                    sql.Identifier(table.name), sql.Identifier(column)
                )
                if self._succeeds(connection, attempt, {"target": target}):
                    yield f"{table.name}.{column} can refer to another tenant's {key.referred_table.name}"

    def _succeeds(self, connection: Connection, attempt: sql.Composed, values: Mapping[str, object]) -> bool:
        """Return whether a statement touches any row; it is undone."""
        self.tried += 1
        try:
            with connection.transaction(force_rollback=True):
                given = {"ours": self._ours, "theirs": self._theirs, **values}
                return connection.execute(attempt, given).rowcount > 0
        except psycopg.Error:
            return False

    def _refused_by_policy(self, connection: Connection, attempt: sql.Composed) -> bool:
        """Return whether the policy stops a row, before its missing columns do."""
        self.tried += 1
        try:
            with connection.transaction(force_rollback=True):
                connection.execute(attempt, {"ours": self._ours})
        except psycopg.errors.InsufficientPrivilege:
            return True
        except psycopg.Error:
            return False
        return False

    def _enter(self, connection: Connection, tenant: UUID) -> None:
        connection.execute("select set_config('opptak.tenant', %s, true)", (str(tenant),))


def granted(runtime: Runtime) -> dict[tuple[str, str], frozenset[str]]:
    """Return what each of our roles may do with each table."""
    url = runtime.database.urls.url(Role.OWNER).set(drivername="postgresql")
    found: dict[tuple[str, str], set[str]] = {}
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        for role, table, right in connection.execute(_GRANTS.encode()):
            found.setdefault((str(role), str(table)), set()).add(str(right).lower())
    return {key: frozenset(rights) for key, rights in found.items()}
