"""`opptak audit …`: what an auditor, or whoever runs the platform, does with the log."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import BinaryIO

import click

from opptak.audit.schemas import Verdict
from opptak.audit.service import AuditLog, record
from opptak.authz.actions import Action
from opptak.commands.running import with_runtime
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.tenancy.opening import TenantClosed

__all__ = ("COMMANDS",)

_HEADING = f"{'tenant':24} {'entries':>9} {'sealed':>9} {'unsealed':>9} {'seals':>7}  verdict, digest"
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def audit() -> None:
    """The log of who read or changed what: look its chain over, hand it out."""


@audit.command()
@click.option("--tenant", "slug", help="This municipality alone.")
@click.option("--since", type=_DAY, help="Only what was sealed from this day on.")
@click.option("--expect", default="", metavar="DIGEST", help="A digest noted earlier must be in the chain.")
@click.option("--seal", is_flag=True, help="Seal what waits for it first.")
def verify(*, slug: str | None, since: datetime | None, expect: str, seal: bool) -> None:
    """Look the chains over; exit 1 with the first broken place of each."""
    if expect and not slug:
        raise click.UsageError("--expect is about one municipality: name it with --tenant")
    moment = since.replace(tzinfo=UTC) if since else None
    digest = _digest(expect)

    async def run(runtime: Runtime) -> bool:
        whole = True
        click.echo(_HEADING)
        async for tenant in _each(runtime, slug):
            if isinstance(tenant, TenantClosed):
                click.echo(f"{tenant.slug:24} can't be opened; see `opptak tenant list`")
                whole = False
                continue
            if seal:
                async with runtime.work(tenant) as work:
                    await AuditLog(work).seal()
            async with runtime.work(tenant) as work:
                verdict = await AuditLog(work).verify(since=moment, expect=digest)
            click.echo(_line(tenant, verdict))
            whole = whole and verdict.fault is None
        return whole

    if not with_runtime(run):
        raise SystemExit(1)


@audit.command()
@click.argument("slug")
@click.option("--since", type=_DAY, help="Only what happened from this day on.")
@click.option("--into", type=click.File("wb"), default="-", help="A file; else it is printed.")
def export(*, slug: str, since: datetime | None, into: BinaryIO) -> None:
    """Write the log of a municipality, an entry a line, as the JSON its digests are made of."""
    moment = since.replace(tzinfo=UTC) if since else None

    async def run(runtime: Runtime) -> None:
        tenant = await _tenant(runtime, slug)
        async with runtime.work(tenant) as work:
            rows = 0
            async for line in AuditLog(work).lines(since=moment):
                into.write(line + b"\n")
                rows += 1
            record(work, Action.AUDIT_READ, "audit", rows=rows, files=True)

    with_runtime(run)


async def _each(runtime: Runtime, slug: str | None) -> AsyncIterator[TenantContext | TenantClosed]:
    if slug is not None:
        yield await _tenant(runtime, slug)
        return
    async for found in runtime.tenants.each():
        yield found


async def _tenant(runtime: Runtime, slug: str) -> TenantContext:
    found = await runtime.tenants.by_slug(slug)
    if found is None:
        raise click.ClickException(f"there is no tenant {slug}")
    return found


def _digest(expect: str) -> bytes:
    try:
        return bytes.fromhex(expect)
    except ValueError as error:
        raise click.UsageError("--expect takes a digest as `opptak audit verify` prints it") from error


def _line(tenant: TenantContext, verdict: Verdict) -> str:
    told = f"BROKEN: {verdict.fault}" if verdict.fault else f"whole {verdict.digest.hex()}"
    entries = verdict.sealed + verdict.unsealed
    return (
        f"{tenant.slug:24} {entries:>9} {verdict.sealed:>9} {verdict.unsealed:>9} {verdict.number:>7}  {told}"
    )


COMMANDS: tuple[click.Command, ...] = (audit,)
