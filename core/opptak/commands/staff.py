"""`opptak staff …`: accounts of a municipality's staff."""

import secrets

import click

from opptak.audit.service import record
from opptak.authz.actions import Role
from opptak.commands.running import with_runtime
from opptak.identity.staff import Staff
from opptak.runtime import Runtime

__all__ = ("COMMANDS",)

ROLES = [role.value for role in Role if role is not Role.GUARDIAN]


@click.group()
def staff() -> None:
    """Accounts of a municipality's staff."""


@staff.command()
@click.argument("tenant")
@click.argument("email")
@click.option("--name", required=True, help="Shown to colleagues and in the log of changes.")
@click.option("--role", "roles", type=click.Choice(ROLES), multiple=True, required=True)
@click.option("--ask", is_flag=True, help="Ask for a password instead of making one.")
def add(tenant: str, email: str, name: str, roles: tuple[str, ...], ask: bool) -> None:
    """Make an account at a tenant; a password made here is printed once."""
    made = None if ask else secrets.token_urlsafe(15)
    password = made or click.prompt("Password", hide_input=True, confirmation_prompt=True)

    async def run(runtime: Runtime) -> None:
        found = await runtime.tenants.by_slug(tenant)
        if found is None:
            raise click.ClickException(f"there is no tenant {tenant}")
        async with runtime.work(found) as work:
            account = await Staff(work).add(
                email=email, name=name, roles=[Role(role) for role in roles], password=password
            )
            record(work, "staff.add", "staff_account", account)

    with_runtime(run)
    click.echo(f"{email} may log in at {tenant}" + (f" with the password {made}" if made else ""))


@staff.command("list")
@click.argument("tenant")
def list_(tenant: str) -> None:
    """List a tenant's accounts and the roles they have or had."""

    async def run(runtime: Runtime) -> None:
        found = await runtime.tenants.by_slug(tenant)
        if found is None:
            raise click.ClickException(f"there is no tenant {tenant}")
        async with runtime.work(found) as work:
            for account in await Staff(work).list_all():
                roles = ", ".join(f"{grant.role} from {grant.valid_from}" for grant in account.roles)
                click.echo(f"{account.email:40} {'closed' if account.disabled else 'open':7} {roles}")

    with_runtime(run)


COMMANDS: tuple[click.Command, ...] = (staff,)
