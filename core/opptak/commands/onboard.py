"""`opptak onboard`: from a folder made by hand to a live training municipality."""

import getpass
import time
from collections.abc import Iterator
from pathlib import Path

import click

from opptak.commands.knowing import country_templates, known_here
from opptak.commands.onboard_consent import ConsentMissing
from opptak.commands.onboard_folder import Plan, read_plan
from opptak.commands.onboard_steps import NotForTraining, Onboarded, onboard
from opptak.commands.running import with_runtime
from opptak.tenancy.folder import FolderInvalid

__all__ = ("COMMANDS",)


@click.command("onboard")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@country_templates
@click.option("--administrator", default="", help="E-mail address of the first account.")
@click.option(
    "--update", is_flag=True, help="Also when it gets another name or number, or loses a house with children."
)
def onboard_command(*, folder: Path, templates: Path, administrator: str, update: bool) -> None:
    """Make FOLDER a live training municipality, or bring it up to date.

    FOLDER has a tenant.toml, a facilities.csv and a logo; criteria.toml, fees.toml and texts/ are taken from
    the country's template where they are missing. Mistakes are told all at once, and then nothing is applied.
    """
    began = time.perf_counter()
    plan = _plan(folder, templates)
    try:
        done = with_runtime(
            lambda runtime: onboard(
                runtime, plan, author=getpass.getuser(), administrator=administrator, consent=update
            )
        )
    except ConsentMissing as missing:
        heading = f"{missing} is there already; nothing was applied. Only with --update:"
        raise click.ClickException("\n  ".join([heading, *missing.lines])) from missing
    except NotForTraining as error:
        raise click.ClickException(f"{error} is a real municipality; use opptak tenant apply") from error
    click.echo("\n".join(_told(plan, done)))
    state = "live" if done.answers else "ready"
    click.echo(f"{plan.document.slug} is {state} after {time.perf_counter() - began:.1f} s: {done.address}/")


def _plan(folder: Path, templates: Path) -> Plan:
    try:
        return read_plan(folder, templates=templates, known=known_here())
    except FolderInvalid as error:
        count = len(error.lines)
        heading = f"{count} mistake{'s' if count > 1 else ''}; nothing was applied"
        raise click.ClickException("\n".join([heading, *(f"  {line}" for line in error.lines)])) from error


def _told(plan: Plan, done: Onboarded) -> Iterator[str]:
    applied = done.applied
    changes = {0: "no changes", 1: "1 change"}.get(len(applied.changes), f"{len(applied.changes)} changes")
    yield f"document    version {applied.version}, {'new' if applied.changes == ('new',) else changes}"
    if done.imported:
        found = done.imported
        lost = f", {found.unlocated} not on the map" if found.unlocated else ""
        yield f"facilities  {found.facilities} in use, {done.seats} places, {found.closed} closed{lost}"
    for gap in done.gaps:
        yield f"missing     {gap}"
    for namesake in done.namesakes:
        yield f"also        {namesake}; both ask the registers for the same families"
    if done.password:
        yield f"staff       {done.address}/staff as {done.administrator}, password shown only now:"
        yield f"            {done.password}"
    else:
        yield f"staff       {done.address}/staff; there is an administrator already"
    yield f"host        {done.answers or 'nothing serves it yet; start opptak serve'}"


COMMANDS: tuple[click.Command, ...] = (onboard_command,)
