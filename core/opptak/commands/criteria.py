"""`opptak criteria …`: criteria looked over before anybody applies them."""

import tomllib
from functools import partial
from pathlib import Path

import click

from opptak.commands.knowing import wrong_criteria
from opptak.tenancy.folder import FolderInvalid, read_criteria

__all__ = ("COMMANDS",)


@click.group()
def criteria() -> None:
    """Rules of admission as data."""


@criteria.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--country", default="", help="Whose law holds, e.g. no; else the tenant.toml beside says.")
def check(*, path: Path, country: str) -> None:
    """Look for mistakes in PATH, a tenant's folder or a file of criteria, and try its cases.

    Each mistake is told with file, line and what would be right; then the exit code is 1.
    """
    file = path / "criteria.toml" if path.is_dir() else path
    if not file.is_file():
        raise click.ClickException(f"{file}: there is no such file")
    law = country or _country(file.with_name("tenant.toml"))
    try:
        versions = read_criteria(file, partial(wrong_criteria, country=law))
    except FolderInvalid as error:
        count = len(error.lines)
        heading = f"{count} mistake{'s' if count > 1 else ''}"
        raise click.ClickException("\n  ".join([heading, *error.lines])) from error
    for version in versions:
        rules, cases = len(version.rules), len(version.cases)
        click.echo(f"from {version.valid_from}: {rules} rules, {cases} cases come out as they say")


def _country(file: Path) -> str:
    """Return the country a tenant.toml names."""
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8-sig")).get("country")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        found = None
    if not isinstance(found, str):
        raise click.ClickException(f"{file} names no country; say --country")
    return found


COMMANDS: tuple[click.Command, ...] = (criteria,)
