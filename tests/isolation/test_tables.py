"""Every table of a tenant is isolated by the database itself, whatever the program does."""

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from opptak import tables
from opptak.kit.db import Role
from opptak.kit.ids import new_id
from opptak.kit.models import Base
from opptak.people.models import Custody
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.tenancy.models import TenantVersion

__all__ = ("tables",)

TENANT_TABLES = sorted(
    name for name, table in Base.metadata.tables.items() if table.info["scope"] == "tenant"
)

_SECURITY = """
    select relname, relrowsecurity, relforcerowsecurity from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace"""


def _owner_rows(runtime: Runtime, query: str) -> list[tuple[object, ...]]:
    engine = create_engine(runtime.database.urls.url(Role.OWNER))
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


def test_row_security_is_enabled_and_forced_on_every_tenant_table(runtime: Runtime) -> None:
    found = {row[0]: (row[1], row[2]) for row in _owner_rows(runtime, _SECURITY)}
    assert {name: found[name] for name in TENANT_TABLES} == dict.fromkeys(TENANT_TABLES, (True, True))


def test_no_table_is_unknown_to_the_models(runtime: Runtime) -> None:
    found = {row[0] for row in _owner_rows(runtime, _SECURITY)}
    assert found - {"alembic_version"} == set(Base.metadata.tables)


def test_no_role_may_bypass_row_security(runtime: Runtime) -> None:
    roles = _owner_rows(
        runtime, "select rolname, rolsuper, rolbypassrls from pg_roles where rolname like 'opptak%'"
    )
    assert sorted(roles) == sorted((role.value, False, False) for role in Role)


def test_foreign_keys_between_tenant_tables_carry_the_tenant() -> None:
    for name in TENANT_TABLES:
        for key in Base.metadata.tables[name].foreign_key_constraints:
            assert "tenant_id" in key.column_keys, f"{name}: {key.column_keys}"


@pytest.mark.parametrize("name", TENANT_TABLES)
async def test_without_a_tenant_nothing_is_seen(runtime: Runtime, tenant: TenantContext, name: str) -> None:
    async with runtime.database.unscoped(Role.APP) as session:
        assert await session.scalar(select(func.count()).select_from(Base.metadata.tables[name])) == 0


async def test_other_tenants_rows_are_not_seen(
    runtime: Runtime, tenant: TenantContext, other_tenant: TenantContext
) -> None:
    async with runtime.database.tenant(tenant.id) as session:
        seen = (await session.scalars(select(TenantVersion.tenant_id))).all()
    assert seen == [tenant.id]


async def test_row_for_another_tenant_is_refused(
    runtime: Runtime, tenant: TenantContext, other_tenant: TenantContext
) -> None:
    row = TenantVersion(tenant_id=other_tenant.id, number=99, document={}, author="x", diff=[])

    async def plant() -> None:
        async with runtime.database.tenant(tenant.id) as session:
            session.add(row)

    with pytest.raises(ProgrammingError, match="row-level security"):
        await plant()


async def test_reference_to_another_tenants_row_is_refused(runtime: Runtime, tenant: TenantContext) -> None:
    stranger = new_id()

    async def plant() -> None:
        async with runtime.database.tenant(tenant.id) as session:
            session.add(
                Custody(
                    child_id=stranger,
                    guardian_id=stranger,
                    kind="joint",
                    lives_with=True,
                    valid_from=tenant.today(),
                )
            )

    with pytest.raises(IntegrityError):
        await plant()
