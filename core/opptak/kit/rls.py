"""Row-level security as SQL: what makes a table's rows visible to one tenant alone.

Written as plain statements so that a migration says `for statement in isolate(…): op.execute(statement)`.
"""

from collections.abc import Iterator

from opptak.kit.db import Role
from opptak.kit.models import CURRENT_TENANT
from opptak.kit.outbox import CHANNEL

__all__ = (
    "create_roles",
    "isolate",
    "keep_rows",
    "open_catalogue",
    "refuse_changes",
    "tell_tenant_news",
    "wake_relays",
)


def create_roles(database: str) -> Iterator[str]:
    """Yield what a database administrator runs once: the roles, none of which bypasses row-level security."""
    for role in Role:
        yield f"""
            do $$ begin
                create role {role} login nosuperuser nobypassrls nocreatedb nocreaterole;
            exception when duplicate_object then null; end $$"""
    yield f"grant create, connect, temporary on database {database} to {Role.OWNER}"
    yield f"grant usage, create on schema public to {Role.OWNER}"
    yield f"grant usage on schema public to {Role.APP}, {Role.PLATFORM}, {Role.RELAY}"


def isolate(table: str, *, append_only: bool = False, relay: bool = False) -> Iterator[str]:
    """Yield the policy and grants of a tenant-owned table; `relay` opens it to the relay as well."""
    yield f"alter table {table} enable row level security"
    yield f"alter table {table} force row level security"
    yield f"""
        create policy {table}_tenant on {table}
        using (tenant_id = {CURRENT_TENANT}) with check (tenant_id = {CURRENT_TENANT})"""
    rights = "select, insert" if append_only else "select, insert, update, delete"
    yield f"grant {rights} on {table} to {Role.APP}"
    if relay:
        yield f"create policy {table}_relay on {table} to {Role.RELAY} using (true)"
        yield f"grant select, insert, update, delete on {table} to {Role.RELAY}"


def refuse_changes() -> Iterator[str]:
    """Yield the function behind `keep_rows`."""
    yield """
        create function refuse_change() returns trigger language plpgsql as $$
        begin
            raise exception 'rows of % are only ever added', tg_table_name using errcode = '42501';
        end $$"""


def keep_rows(table: str) -> Iterator[str]:
    """Yield a trigger that refuses whatever would change or remove rows, to every role: its owner too."""
    yield f"""
        create trigger {table}_kept before update or delete or truncate on {table}
        for each statement execute function refuse_change()"""


def open_catalogue(table: str) -> Iterator[str]:
    """Yield the grants of a platform table: the platform writes it, everybody may read it."""
    yield f"grant select, insert, update, delete on {table} to {Role.PLATFORM}"
    yield f"grant select on {table} to {Role.APP}, {Role.RELAY}"


def wake_relays(table: str) -> Iterator[str]:
    """Yield a trigger that notifies waiting relays once a statement, after the commit."""
    yield f"""
        create function {table}_wake() returns trigger language plpgsql as $$
        begin perform pg_notify('{CHANNEL}', ''); return null; end $$"""
    yield f"""
        create trigger {table}_wake after insert on {table}
        for each statement execute function {table}_wake()"""


TENANT_NEWS = "opptak_tenants"
"""PostgreSQL notification channel with the id of a tenant whose configuration, hosts or secrets changed."""


def tell_tenant_news() -> Iterator[str]:
    """Yield triggers that tell every process, after the commit, of which tenant it knows too little."""
    yield f"""
        create function tenant_news() returns trigger language plpgsql as $$
        begin
            perform pg_notify('{TENANT_NEWS}', coalesce(to_jsonb(new), to_jsonb(old)) ->> tg_argv[0]);
            return null;
        end $$"""
    for table, column in (("tenant", "id"), ("tenant_host", "tenant_id"), ("plugin_secret", "tenant_id")):
        yield f"""
            create trigger {table}_news after insert or update or delete on {table}
            for each row execute function tenant_news('{column}')"""
