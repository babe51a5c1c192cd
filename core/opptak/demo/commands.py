"""`opptak demo`: tell the story on a stage of its own, then serve."""

import asyncio
import time
from pathlib import Path

import click
import msgspec
import uvicorn

from opptak.demo.cast import PASSWORD, PLAYERS, engage
from opptak.demo.figures import Municipality, Summary, count
from opptak.demo.samples import sample_parents
from opptak.demo.stage import SandboxSilent, Stage, raise_stage, strike
from opptak.demo.story import Story, StoryStuck
from opptak.kit.logs import configure_logs
from opptak.kit.ports import PortTaken
from opptak.kit.postgres_programs import EmbeddedPostgresError
from opptak.settings import read_settings
from opptak.tenancy.context import TenantContext
from opptak.tenancy.folder import read_folder
from opptak.web import serve_app

__all__ = ("COMMANDS",)

TENANTS = ("nordreisa",)


@click.command()
@click.option("--once", is_flag=True, help="Tell the story and stop, without serving.")
@click.option("--fresh", is_flag=True, help="Throw the data of earlier runs away first.")
@click.option("--summary", type=click.Path(path_type=Path), help="Write the figures here as JSON.")
@click.option("--seed", default=1, show_default=True, help="Of the country; counts on a fresh start.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("tenants"), show_default=True)
def demo(*, once: bool, fresh: bool, summary: Path | None, seed: int, folder: Path) -> None:
    """Tell the story from the register to an exported place, print its figures and serve the sites."""
    settings = read_settings(secure_cookies=False)
    configure_logs("WARNING")
    try:
        if fresh:
            strike(settings)
        with raise_stage(settings, TENANTS, seed=seed) as stage:
            told, addresses = asyncio.run(_tell(stage, folder))
            stage.remember()
            _print(told)
            click.echo("\n".join(addresses))
            if summary:
                summary.write_bytes(msgspec.json.format(msgspec.json.encode(told)))
            if not once:
                _serve(stage)
    except (PortTaken, SandboxSilent, StoryStuck, EmbeddedPostgresError) as error:
        raise click.ClickException(str(error)) from error


async def _tell(stage: Stage, folder: Path) -> tuple[Summary, list[str]]:
    """Tell every tenant's story; return the figures, and the addresses with people to log in as."""
    started = time.perf_counter()
    runtime = stage.runtime
    figures: list[Municipality] = []
    addresses: list[str] = []
    for slug in TENANTS:
        await runtime.catalogue.apply(read_folder(folder / slug), author="demo")
        tenant = await runtime.tenants.by_slug(slug)
        if tenant is None:
            raise LookupError(slug)
        story = Story(stage, tenant, await engage(runtime, tenant), say=click.echo)
        await story.tell()
        await engage(runtime, tenant)
        async with runtime.work(tenant) as work:
            figures.append(await count(work, seconds=story.seconds))
            addresses += _addresses(tenant, await sample_parents(work))
    await runtime.close()
    return Summary(figures, stage.seed, round(time.perf_counter() - started, 2)), addresses


def _print(told: Summary) -> None:
    for town in told.municipalities:
        click.echo(msgspec.json.format(msgspec.json.encode(town), indent=2).decode())
    click.echo(f"told in {told.total_seconds} s with seed {told.seed}")


def _addresses(tenant: TenantContext, parents: list[tuple[str, str]]) -> list[str]:
    accounts = [(f"{name}@{tenant.slug}.example", ", ".join(roles)) for name, roles in PLAYERS]
    return [
        f"parents  {tenant.base_url}/",
        *(f"           {number}  {situation}" for situation, number in parents),
        f"staff    {tenant.base_url}/staff",
        *(f"           {email}  {PASSWORD}  ({roles})" for email, roles in accounts),
    ]


def _serve(stage: Stage) -> None:
    settings = stage.settings
    click.echo("serving; stop with Ctrl-C")
    uvicorn.run(
        serve_app(settings, clock=stage.clock),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
    )


COMMANDS: tuple[click.Command, ...] = (demo,)
