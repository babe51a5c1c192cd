"""`opptak jobs …`: background work that has stopped, for those who run the platform.

What the staff of a municipality see as problems; the same rules hold, and the same log is written.
"""

import getpass
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from functools import wraps
from uuid import UUID

import click
import msgspec

from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.commands.running import with_runtime
from opptak.kit.db import Role
from opptak.kit.errors import NotFound, Unavailable
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext, Work
from opptak.tenancy.parked import tenants_with_parked
from opptak.tenancy.problems import Kind, ProblemGroup, Problems

__all__ = ("COMMANDS",)

_LINE = "{:24} {:24} {:14} {:20} {:>6}  {:16}  {}"
_HEADING = _LINE.format("tenant", "job", "failure", "code", "number", "oldest", "key")


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Which stopped work is meant; empty means any."""

    tenant: str = ""
    actor: str = ""
    failure: str = ""

    def has(self, kind: Kind) -> bool:
        """Return whether work of a kind is meant."""
        return (not self.actor or self.actor == kind.actor) and (
            not self.failure or self.failure == kind.failure
        )


def _choosing(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say which work is meant."""

    @click.option("--tenant", default="", help="Of this municipality alone.")
    @click.option("--actor", default="", help="Only this job, as `opptak jobs list` names it.")
    @click.option("--failure", default="", help="Only this class of failure, e.g. configuration.")
    @wraps(command)
    def choosing(*, tenant: str, actor: str, failure: str, **others: object) -> None:
        command(Chosen(tenant=tenant, actor=actor, failure=failure), **others)

    return choosing


@click.group()
def jobs() -> None:
    """Background work that has stopped: look at it, have it tried again, give it up."""


@jobs.command("list")
@_choosing
def list_(chosen: Chosen) -> None:
    """List what has stopped, by cause; exit 1 when there is something."""

    async def run(runtime: Runtime) -> int:
        click.echo(_HEADING)
        total = 0
        async for tenant, group in _groups(runtime, chosen):
            kind = group.kind
            since = _minute(group.since)
            click.echo(
                _LINE.format(tenant.slug, kind.actor, kind.failure, kind.code, group.count, since, group.key)
            )
            total += group.count
        return total

    if with_runtime(run):
        raise SystemExit(1)


@jobs.command()
@click.argument("tenant")
@click.argument("key", type=click.UUID)
def show(tenant: str, key: UUID) -> None:
    """Show the work that stopped for the same reason as the one with this key."""

    async def run(runtime: Runtime) -> None:
        [found] = await _tenants(runtime, tenant)
        async with runtime.work(found) as work:
            problems = Problems(work)
            kind = await problems.kind(key)
            click.echo(f"job {kind.actor}; failure {kind.failure}; code {kind.code}; hint {kind.hint or '-'}")
            for problem in await problems.list(kind, limit=1000):
                click.echo(f"{problem.id}  {_minute(problem.since)}  attempts: {problem.attempts}")

    with_runtime(run)


@jobs.command()
@_choosing
@click.option("--all", "every", is_flag=True, help="Everything there is, of all municipalities.")
def retry(chosen: Chosen, *, every: bool) -> None:
    """Have stopped work tried again; each municipality's goes on in turn with the others'."""
    _require_choice(chosen, every=every)
    number = with_runtime(lambda runtime: _each(runtime, chosen, _retried))
    click.echo(f"tried again: {number}")


@jobs.command()
@_choosing
@click.option("--all", "every", is_flag=True, help="Everything there is, of all municipalities.")
@click.option("--yes", is_flag=True, help="Don't ask.")
def drop(chosen: Chosen, *, every: bool, yes: bool) -> None:
    """Give stopped work up for good; asks before it does."""
    _require_choice(chosen, every=every)
    number = with_runtime(lambda runtime: _each(runtime, chosen, _counted))
    if number and not yes:
        click.confirm(f"Give up {number} jobs for good?", abort=True)
    number = with_runtime(lambda runtime: _each(runtime, chosen, _dropped))
    click.echo(f"given up: {number}")


def _require_choice(chosen: Chosen, *, every: bool) -> None:
    if every == (chosen != Chosen()):
        raise click.UsageError("say which: --tenant, --actor, --failure, or --all")


async def _each(
    runtime: Runtime, chosen: Chosen, treat: Callable[[Work, ProblemGroup], Awaitable[int]]
) -> int:
    number = 0
    async for tenant, group in _groups(runtime, chosen):
        # Somebody else may have dealt with it in the meantime.
        with suppress(NotFound):
            async with runtime.work(tenant) as work:
                number += await treat(work, group)
    return number


async def _counted(_work: Work, group: ProblemGroup) -> int:
    return group.count


async def _retried(work: Work, group: ProblemGroup) -> int:
    number = await Problems(work).retry_kind(group.kind)
    _note(work, Action.PROBLEM_RETRY, group, number)
    return number


async def _dropped(work: Work, group: ProblemGroup) -> int:
    number = await Problems(work).drop_kind(group.kind)
    _note(work, Action.PROBLEM_SET_ASIDE, group, number)
    return number


def _note(work: Work, action: Action, group: ProblemGroup, number: int) -> None:
    record(
        work,
        action,
        "job",
        group.key,
        actor=group.kind.actor,
        code=group.kind.code,
        jobs=number,
        by=getpass.getuser(),
    )


async def _groups(runtime: Runtime, chosen: Chosen) -> AsyncIterator[tuple[TenantContext, ProblemGroup]]:
    for tenant in await _tenants(runtime, chosen.tenant):
        async with runtime.work(tenant) as work:
            groups = await Problems(work).groups()
        for group in groups:
            if chosen.has(group.kind):
                yield tenant, group


async def _tenants(runtime: Runtime, slug: str) -> list[TenantContext]:
    """Return the one asked for, or all that have something; one that can't be opened is told and left out."""
    if slug:
        found = await runtime.tenants.by_slug(slug)
        if found is None:
            raise click.ClickException(f"there is no tenant {slug}")
        return [found]
    async with runtime.database.unscoped(Role.RELAY) as session:
        ids = await tenants_with_parked(session)
    opened = [await _opened(runtime, tenant) for tenant in ids]
    return sorted((tenant for tenant in opened if tenant), key=lambda tenant: tenant.slug)


async def _opened(runtime: Runtime, tenant: UUID) -> TenantContext | None:
    try:
        return await runtime.tenants.by_id(tenant)
    except Unavailable:
        click.echo(f"tenant {tenant} can't be opened; see `opptak tenant list`", err=True)
        return None


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")


COMMANDS: tuple[click.Command, ...] = (jobs,)
