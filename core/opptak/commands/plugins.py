"""`opptak plugin …`: what is installed."""

from collections.abc import Iterable, Sequence

import click
import msgspec

from opptak.builtin import PLUGINS
from opptak.hooks.manager import PluginManager
from opptak.hooks.plugin import PluginState

__all__ = ("COMMANDS",)

HEADING = ("name", "version", "api", "provides", "country", "state")


class Installed(msgspec.Struct, frozen=True):
    """One installed plugin; `failure` says in one line why it can't be used."""

    name: str
    state: PluginState
    version: str = ""
    api: str = ""
    provides: tuple[str, ...] = ()
    country: str = ""
    failure: str = ""

    def cells(self) -> tuple[str, ...]:
        """Return the row of the table."""
        state = f"{self.state}: {self.failure}" if self.failure else self.state.value
        return (self.name, self.version, self.api, ",".join(self.provides), self.country or "-", state)


@click.group()
def plugin() -> None:
    """Plugins: registers, letter channels, address services, rules and the like."""


@plugin.command("list")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_(as_json: bool) -> None:
    """List what is installed, and what is broken."""
    found = installed(PluginManager.discover(PLUGINS))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    for line in table([HEADING, *(row.cells() for row in found)]):
        click.echo(line)


def installed(manager: PluginManager) -> list[Installed]:
    """Return all plugins by name, the broken ones too."""
    usable = [
        Installed(
            name=info.name,
            state=PluginState.AVAILABLE,
            version=info.version,
            api=info.requires,
            provides=tuple(sorted(info.provides)),
            country=info.country or "",
        )
        for info in manager.plugins.values()
    ]
    broken = [
        Installed(name=name, state=PluginState.INCOMPATIBLE, failure=failure)
        for name, failure in manager.failures.items()
    ]
    return sorted([*usable, *broken], key=lambda row: row.name)


def table(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Return lines whose columns stand below one another."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


COMMANDS: tuple[click.Command, ...] = (plugin,)
