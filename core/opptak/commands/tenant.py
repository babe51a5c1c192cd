"""`opptak tenant …`: what the vendor does with tenant documents."""

import getpass
from pathlib import Path

import click
import msgspec

from opptak.builtin.facilities import FacilityRow
from opptak.commands.knowing import countries, country_templates, known_here
from opptak.commands.running import with_runtime
from opptak.hooks.types import PlacementRecord
from opptak.runtime import Runtime
from opptak.tenancy.config import Criteria, Fees, TenantDocument
from opptak.tenancy.difference import differences
from opptak.tenancy.folder import FolderInvalid, read_folder, write_folder
from opptak.tenancy.opening import TenantClosed

__all__ = ("COMMANDS",)

SCHEMAS = {
    "tenant": TenantDocument,
    "criteria": Criteria,
    "fees": Fees,
    "texts": dict[str, str],
    "facilities": list[FacilityRow],
    "placements": list[PlacementRecord],
}
"""Documents a municipality writes, and the rows of the files it can bring along."""


CLOSED = {
    "key": "its key does not open with this master key",
    "document": "this program can't read its document",
    "missing": "its document is not there",
}
"""What it means for those who run the service."""


@click.group()
def tenant() -> None:
    """Municipalities as data: apply, list, compare and export their documents."""


@tenant.command()
@click.argument("slug")
@click.option("--country", required=True, help="Template to start from, e.g. no.")
@click.option("--name", required=True, help="The municipality's name.")
@click.option("--municipality", required=True, help="Its official number.")
@click.option("--into", type=click.Path(path_type=Path), default=Path("tenants"), show_default=True)
@country_templates
def new(*, slug: str, country: str, name: str, municipality: str, into: Path, templates: Path) -> None:
    """Write the folder of a new municipality from its country's template."""
    template, folder = templates / country, into / slug
    if country not in (known := countries(templates)):
        raise click.ClickException(f"there is no template {country}; there are: {', '.join(known)}")
    if folder.exists():
        raise click.ClickException(f"{folder} is there already")
    for source in sorted(path for path in template.rglob("*") if path.is_file()):
        target = folder / source.relative_to(template)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8")
        for mark, value in (("SLUG", slug), ("NAME", name), ("MUNICIPALITY", municipality)):
            text = text.replace(f'"{mark}"', f'"{value}"')
        target.write_text(text, encoding="utf-8")
    _read(folder)
    click.echo(f"{folder} written; look it over, then: opptak tenant apply {folder}")


@tenant.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
def apply(folders: tuple[Path, ...]) -> None:
    """Put tenant folders into force; if one is wrong, none is applied."""
    documents = [_read(folder) for folder in folders]

    async def run(runtime: Runtime) -> None:
        await runtime.catalogue.require_hosts(documents)
        for document in documents:
            applied = await runtime.catalogue.apply(document, author=getpass.getuser())
            click.echo(f"{document.slug} version {applied.version}; changes: {len(applied.changes)}")
            for change in applied.changes:
                click.echo(f"  {change}")

    with_runtime(run)


@tenant.command("list")
def list_() -> None:
    """List all tenants; one that can't be opened is closed to everybody, and why is told."""

    async def run(runtime: Runtime) -> None:
        async for found in runtime.tenants.each():
            if isinstance(found, TenantClosed):
                click.echo(f"{found.slug:24} closed: {CLOSED[found.reason]}")
                continue
            numbers = ",".join(found.document.municipalities)
            click.echo(f"{found.slug:24} v{found.version:<4} {numbers:12} {found.base_url}")

    with_runtime(run)


@tenant.command()
@click.argument("slug")
@click.option("--version", type=int, help="An earlier version instead of the one in force.")
def show(slug: str, version: int | None) -> None:
    """Print a tenant's document as JSON."""
    document = with_runtime(lambda runtime: _stored(runtime, slug, version))
    click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


@tenant.command()
@click.argument("folder", type=click.Path(path_type=Path))
def diff(folder: Path) -> None:
    """Show what applying a folder would change."""
    document = _read(folder)
    stored = with_runtime(lambda runtime: runtime.catalogue.document(document.slug))
    click.echo("\n".join(differences(stored, document)) or "no changes")


@tenant.command()
@click.argument("slug")
@click.argument("folder", type=click.Path(path_type=Path))
def export(slug: str, folder: Path) -> None:
    """Write a tenant's document into a folder, the way `apply` reads it; secrets stay here."""
    write_folder(with_runtime(lambda runtime: _stored(runtime, slug, None)), folder)
    click.echo(f"{folder} written")


@tenant.command()
@click.argument("name", type=click.Choice(sorted(SCHEMAS)))
def schema(name: str) -> None:
    """Print the JSON Schema of a document."""
    content = msgspec.json.schema(SCHEMAS[name])
    click.echo(msgspec.json.format(msgspec.json.encode(content, order="sorted"), indent=2).decode())


def _read(folder: Path) -> TenantDocument:
    try:
        return read_folder(folder, known=known_here())
    except FolderInvalid as error:
        raise click.ClickException(str(error)) from error


async def _stored(runtime: Runtime, slug: str, version: int | None) -> TenantDocument:
    document = await runtime.catalogue.document(slug, version)
    if document is None:
        raise click.ClickException(f"there is no tenant {slug}" + (f" version {version}" if version else ""))
    return document


COMMANDS: tuple[click.Command, ...] = (tenant,)
