"""`opptak sandbox`: the simulated authorities, found by entry point."""

from importlib.metadata import entry_points

import click

__all__ = ("COMMANDS", "SANDBOXES")

SANDBOXES = "opptak.sandboxes"
"""Entry-point group: country → a function that serves its authorities, given the command's arguments."""


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.option("--country", default="no", show_default=True)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(country: str, arguments: tuple[str, ...]) -> None:
    """Serve the simulated authorities of a training country; `opptak sandbox --help` lists its options."""
    found = [entry for entry in entry_points(group=SANDBOXES) if entry.name == country]
    if not found:
        raise click.ClickException(f"no simulators are installed for {country}")
    found[0].load()(list(arguments))


COMMANDS: tuple[click.Command, ...] = (sandbox,)
