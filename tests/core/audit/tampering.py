"""What somebody with the database's own hands could do to the log, past every trigger."""

import psycopg

from opptak.kit.db import Role
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext

__all__ = ("Tamper",)

_KEPT = ("audit_entry", "audit_seal", "audit_target")


class Tamper:
    """Changes a tenant's log behind everybody's back, as the owner of its tables."""

    def __init__(self, runtime: Runtime, tenant: TenantContext) -> None:
        self._url = runtime.database.urls.url(Role.OWNER).set(drivername="postgresql")
        self._tenant = str(tenant.id)

    def __call__(self, statement: str, **values: object) -> int:
        """Run SQL in the tenant with the triggers off; return how many rows it touched."""
        with psycopg.connect(self._url.render_as_string(hide_password=False)) as connection:
            self._triggers(connection, "disable")
            connection.execute("select set_config('opptak.tenant', %s, true)", (self._tenant,))
            touched = connection.execute(statement.encode(), values).rowcount
            self._triggers(connection, "enable")
        return touched

    def _triggers(self, connection: psycopg.Connection[tuple[object, ...]], verb: str) -> None:
        for table in _KEPT:
            connection.execute(f"alter table {table} {verb} trigger user".encode())
