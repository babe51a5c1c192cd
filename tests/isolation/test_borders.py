"""The database keeps tenants apart table by table, and each role to what it is for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from tests.isolation.borders import Borders, granted, tenant_tables
from tests.isolation.estate import Estate

from opptak.kit.crypto import SealBroken
from opptak.kit.db import Role
from opptak.kit.files import TenantFiles
from opptak.kit.ids import new_id
from opptak.kit.models import Base
from opptak.runtime import Runtime

Tell = Callable[[str, object], None]


UNTRIED = frozenset(
    {
        "contact_point",
        "invitation",
        "owner",
        "plugin_entry",
        "plugin_outage",
        "plugin_secret",
        "schedule",
    }
)
"""Tables the estate has no rows in: only planting is tried there."""

WRITES = frozenset({"select", "insert", "update", "delete"})
ADDS = frozenset({"select", "insert"})


def test_no_row_of_another_tenant_can_be_reached(
    runtime: Runtime, estates: tuple[Estate, Estate], record_property: Tell
) -> None:
    ours, theirs = estates
    borders = Borders(runtime, ours=ours.tenant.id, theirs=theirs.tenant.id)
    assert borders.faults() == []
    assert borders.empty <= UNTRIED
    record_property(
        "told", f"borders: {len(tenant_tables())} tables, {borders.tried} attempts, empty: {borders.empty}"
    )


@contextmanager
def planted(runtime: Runtime, *, begin: str, end: str) -> Iterator[None]:
    """Change the schema as its owner for a while."""
    url = runtime.database.urls.url(Role.OWNER).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(begin.encode())
        try:
            yield
        finally:
            connection.execute(end.encode())


@pytest.mark.parametrize("table", ["application", "letter", "person"])
def test_missing_policy_is_caught(runtime: Runtime, estates: tuple[Estate, Estate], table: str) -> None:
    ours, theirs = estates
    borders = Borders(runtime, ours=ours.tenant.id, theirs=theirs.tenant.id)
    with planted(
        runtime,
        begin=f"alter table {table} disable row level security",
        end=f"alter table {table} enable row level security",
    ):
        faults = borders.faults()
    assert f"{table}: rows of another tenant can be read" in faults
    assert f"{table}: rows can be planted in another tenant" in faults
    assert {fault.partition(":")[0] for fault in faults} == {table}


def test_policy_too_wide_is_caught(runtime: Runtime, estates: tuple[Estate, Estate]) -> None:
    ours, theirs = estates
    borders = Borders(runtime, ours=ours.tenant.id, theirs=theirs.tenant.id)
    with planted(
        runtime,
        begin="create policy open_to_all on letter for select using (true)",
        end="drop policy open_to_all on letter",
    ):
        assert borders.faults() == ["letter: rows of another tenant can be read"]


def test_roles_may_do_what_they_are_for_and_no_more(runtime: Runtime) -> None:
    found = granted(runtime)
    wrong = [
        f"{role} may {sorted(rights)} on {table}"
        for (role, table), rights in found.items()
        if table in Base.metadata.tables and role != Role.OWNER and not rights <= _allowed(role, table)
    ]
    assert wrong == []


def _allowed(role: str, table: str) -> frozenset[str]:
    info = Base.metadata.tables[table].info
    if info["scope"] == "platform":
        return WRITES if role == Role.PLATFORM else frozenset({"select"})
    if role == Role.APP:
        return ADDS if info.get("append_only") else WRITES
    return WRITES if role == Role.RELAY and info.get("relay") else frozenset()


def test_file_of_another_tenant_is_not_opened(runtime: Runtime, estates: tuple[Estate, Estate]) -> None:
    ours, theirs = (estate.tenant for estate in estates)
    file = new_id()
    ours.files.put(file, b"ours")
    with pytest.raises(FileNotFoundError):
        theirs.files.get(file)
    runtime.files.put(theirs.id, file, runtime.files.get(ours.id, file))
    with pytest.raises(SealBroken):
        theirs.files.get(file)
    assert TenantFiles(runtime.files, ours.id, ours.keys).get(file) == b"ours"
