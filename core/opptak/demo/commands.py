"""`opptak demo`: tell the story on a stage of its own, then serve."""

import time
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

import click
import msgspec

from opptak.demo.cast import PASSWORD, PLAYERS, engage
from opptak.demo.figures import Municipality, Summary
from opptak.demo.journey import Journey
from opptak.demo.programs import ProgramEnded
from opptak.demo.samples import sample_parents
from opptak.demo.stage import SEED, SandboxSilent, Stage, another_story, raise_stage, strike
from opptak.demo.story import Story, StoryStuck
from opptak.kit import loops
from opptak.kit.logs import configure_logs
from opptak.kit.ports import PortTaken
from opptak.kit.postgres_programs import EmbeddedPostgresError
from opptak.runtime import Runtime
from opptak.settings import Settings, read_settings
from opptak.tenancy.context import TenantContext
from opptak.tenancy.folder import read_folder

__all__ = ("COMMANDS",)

TENANTS = ("nordreisa", "storfjord", "kafjord", "kvaenangen", "skjervoy", "tromso")


class _Slugs(click.ParamType[tuple[str, ...]]):
    """Names of municipalities, parted by commas."""

    name = "slugs"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        slugs = tuple(dict.fromkeys(filter(None, str(value).split(","))))
        unknown = [slug for slug in slugs if slug not in TENANTS]
        if unknown or not slugs:
            self.fail(f"choose from {', '.join(TENANTS)}", param, ctx)
        return slugs


@click.command()
@click.option("--once", is_flag=True, help="Tell the story and stop, without serving.")
@click.option("--fresh", is_flag=True, help="Throw the data of earlier runs away first.")
@click.option("--summary", type=click.Path(path_type=Path), help="Write the figures here as JSON.")
@click.option(
    "--tenants", type=_Slugs(), default=",".join(TENANTS), show_default=True, help="Whose story is told."
)
@click.option("--seed", type=int, help=f"Of the country, {SEED} unless named; counts on a fresh start.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("tenants"), show_default=True)
def demo(
    *, once: bool, fresh: bool, summary: Path | None, tenants: tuple[str, ...], seed: int | None, folder: Path
) -> None:
    """Tell the story from the register to an exported place, print its figures and serve the sites."""
    if summary and not summary.parent.is_dir():
        raise click.ClickException(f"--summary: there is no folder {summary.parent}")
    settings = read_settings(secure_cookies=False, log_level="WARNING")
    configure_logs(settings.log_level)
    try:
        if fresh:
            strike(settings)
        for difference in another_story(settings, tenants, seed=seed):
            click.echo(f"Note: {difference}", err=True)
        with raise_stage(settings, tenants, seed=SEED if seed is None else seed) as stage:
            loops.run(_found(stage.settings, tenants, folder))
            with nullcontext() if once else stage.served():
                told = loops.run(_tell(stage, tenants))
                stage.remember()
                if summary:
                    summary.write_bytes(msgspec.json.format(msgspec.json.encode(told)))
                if not once:
                    click.echo("serving; stop with Ctrl-C")
                    with suppress(KeyboardInterrupt):
                        stage.programs.wait()
    except (PortTaken, ProgramEnded, SandboxSilent, StoryStuck, EmbeddedPostgresError) as error:
        raise click.ClickException(str(error)) from error


async def _found(settings: Settings, slugs: Sequence[str], folder: Path) -> None:
    """Put the municipalities in place, and say where their pages are while the story is told."""
    runtime = Runtime(settings)
    for slug in slugs:
        await runtime.catalogue.apply(read_folder(folder / slug), author="demo")
        click.echo(f"{slug:<10}  {(await _tenant(runtime, slug)).base_url}/")
    await runtime.close()


async def _tell(stage: Stage, slugs: Sequence[str]) -> Summary:
    """Tell the stories side by side and print their figures, and people to log in as."""
    started, runtime, journey = time.perf_counter(), stage.runtime, Journey(stage)

    async def tell(slug: str) -> Municipality:
        def say(line: str) -> None:
            click.echo(f"{time.perf_counter() - started:5.0f} s  {slug:<10}  {line}")

        tenant = await _tenant(runtime, slug)
        if slug in stage.told:
            say("told already; these are its figures of then")
            return stage.told[slug]
        story = Story(stage, tenant, await engage(runtime, tenant), journey=journey, say=say)
        figures = await story.tell()
        # The leader's account is made for a house, and those have come in meanwhile.
        await engage(runtime, tenant)
        stage.told[slug] = figures
        return figures

    told = await journey.together([tell(slug) for slug in slugs])
    seconds = max(time.perf_counter() - started, *(town.seconds for town in told))
    summary = Summary(told, stage.seed, round(seconds, 2))
    _print(summary)
    for slug in slugs:
        await _introduce(runtime, await _tenant(runtime, slug))
    await runtime.close()
    return summary


async def _tenant(runtime: Runtime, slug: str) -> TenantContext:
    tenant = await runtime.tenants.by_slug(slug)
    if tenant is None:
        raise LookupError(slug)
    return tenant


def _print(told: Summary) -> None:
    for town in told.municipalities:
        click.echo(msgspec.json.format(msgspec.json.encode(town), indent=2).decode())
    click.echo(f"told in {told.total_seconds} s with seed {told.seed}")


async def _introduce(runtime: Runtime, tenant: TenantContext) -> None:
    """Print where to look around, and as whom."""
    async with runtime.work(tenant) as work:
        parents = await sample_parents(work)
    click.echo(f"parents  {tenant.base_url}/")
    for situation, number in parents:
        click.echo(f"           {number}  {situation}")
    click.echo(f"staff    {tenant.base_url}/staff")
    for name, roles in PLAYERS:
        click.echo(f"           {name}@{tenant.slug}.example  {PASSWORD}  ({', '.join(roles)})")


COMMANDS: tuple[click.Command, ...] = (demo,)
