"""Every table says whose rows it holds, and the database keeps it to that."""

import psycopg
import pytest
from sqlalchemy import Table
from sqlalchemy.engine import make_url

from opptak import tables as _all_tables  # noqa: F401 -- fills the metadata
from opptak.kit.models import Base

ALL = dict(Base.metadata.tables)
TENANT = {name: table for name, table in ALL.items() if table.info.get("scope") == "tenant"}


def test_every_table_belongs_to_a_tenant_or_the_platform() -> None:
    assert {name: table.info.get("scope") for name, table in ALL.items()} == {
        name: "tenant" if name in TENANT else "platform" for name in ALL
    }


@pytest.mark.parametrize("table", TENANT.values(), ids=TENANT)
def test_tenant_is_part_of_the_key_and_of_every_reference(table: Table) -> None:
    assert table.primary_key.columns.keys()[0] == "tenant_id"
    for reference in table.foreign_key_constraints:
        if reference.referred_table.name in TENANT:
            assert "tenant_id" in reference.column_keys


def test_every_tenant_table_is_isolated_by_the_database(database_url: str) -> None:
    with psycopg.connect(
        make_url(database_url).set(drivername="postgresql").render_as_string()
    ) as connection:
        isolated = connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
            "WHERE c.relrowsecurity AND c.relforcerowsecurity AND p.polname = c.relname || '_tenant'"
        ).fetchall()

    assert {name for (name,) in isolated} == set(TENANT)


def test_no_role_of_ours_bypasses_isolation(database_url: str) -> None:
    with psycopg.connect(
        make_url(database_url).set(drivername="postgresql").render_as_string()
    ) as connection:
        mighty = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'opptak%' AND (rolbypassrls OR rolsuper)"
        ).fetchall()

    assert mighty == []
