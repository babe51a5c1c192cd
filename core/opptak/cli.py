"""The command `opptak`. A command's module is imported when wanted, so that `allocate` starts at once."""

import signal
import sys
from importlib import import_module

import click

from opptak import __version__
from opptak.kit.errors import StartRefused

__all__ = ("main", "opptak")

COMMANDS = {
    "allocate": "opptak.engine.commands",
    "audit": "opptak.commands.audit",
    "bundle": "opptak.engine.commands",
    "city": "opptak.engine.commands",
    "criteria": "opptak.commands.criteria",
    "demo": "opptak.demo.commands",
    "explain": "opptak.engine.commands",
    "jobs": "opptak.commands.jobs",
    "migrate": "opptak.commands.processes",
    "onboard": "opptak.commands.onboard",
    "plugin": "opptak.commands.plugins",
    "replay": "opptak.engine.commands",
    "sandbox": "opptak.commands.sandbox",
    "scheduler": "opptak.commands.processes",
    "serve": "opptak.commands.processes",
    "simulate": "opptak.engine.commands_lab",
    "staff": "opptak.commands.staff",
    "tenant": "opptak.commands.tenant",
    "verify": "opptak.engine.commands",
    "worker": "opptak.commands.processes",
}
"""Command → the module that lists it in `COMMANDS`."""


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        listed: tuple[click.Command, ...] = import_module(COMMANDS[cmd_name]).COMMANDS
        return next(command for command in listed if command.name == cmd_name)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def opptak() -> None:
    """Childcare admission for municipalities, from the population register to the invoice."""


def main() -> None:
    """Run the command line; what its user can mend is told in one line."""
    # uvicorn ends by sending itself the signal it got: as it is, that would skip every clean-up.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        opptak()
    except StartRefused as error:
        raise SystemExit(f"Error: {error}") from error
