"""The policy lab on files: `simulate`."""

from collections.abc import Callable

import click

from opptak.engine.canonical import canonical_bytes
from opptak.engine.commands import (
    INPUT,
    Refused,
    engine_option,
    one_line,
    output_option,
    read_file,
    write_file,
)
from opptak.engine.instance import Instance
from opptak.engine.lab.comparators import Comparator, compare
from opptak.engine.lab.draws import chances
from opptak.engine.lab.equity import equity
from opptak.engine.lab.marginal import marginal
from opptak.engine.lab.patch import parse_patch
from opptak.engine.lab.patching import patched
from opptak.engine.lab.scenario import against_base
from opptak.engine.paths import Path
from opptak.engine.running import allocate
from opptak.engine.wellformed import parse_instance

__all__ = ("COMMANDS",)

MOST_DRAWS = 1_000_000
Report = Callable[[Instance], object]


def _comparators(_: click.Context, __: click.Parameter, value: str | None) -> tuple[Comparator, ...]:
    try:
        return tuple(Comparator(name) for name in value.split(",")) if value else ()
    except ValueError as error:
        raise click.BadParameter(f"{error}; there are: {', '.join(Comparator)}") from error


@click.command("simulate")
@click.argument("instance", type=INPUT)
@click.option("--patch", type=INPUT, help="Scenario; alone it is compared with INSTANCE.")
@click.option("--ids", is_flag=True, help="With --patch alone: name the children of each change.")
@click.option("--draws", type=click.IntRange(1, MOST_DRAWS), help="Chances over so many lotteries.")
@click.option("--marginal", "one_more", is_flag=True, help="What one more place does, program by program.")
@click.option("--equity", "by_group", is_flag=True, help="Outcomes by group; small numbers are protected.")
@click.option(
    "--compare", "others", callback=_comparators, help="Figures under boston, ttc, eadam; never to decide by."
)
@engine_option
@output_option
def simulate_command(
    instance: str,
    patch: str | None,
    ids: bool,
    draws: int | None,
    one_more: bool,
    by_group: bool,
    others: tuple[Comparator, ...],
    engine: str,
    output: str,
) -> None:
    """Tell what would be: a scenario, chances, one more place, outcomes by group, other rules.

    Nothing of it decides anything. With --patch another question is asked of the scenario.
    """
    path = Path(engine)
    wanted: list[Report] = []
    if draws is not None:
        wanted.append(lambda given: chances(given, draws, path))
    if one_more:
        wanted.append(lambda given: marginal(given, path))
    if by_group:
        wanted.append(lambda given: equity(given, allocate(given, path)))
    if others:
        wanted.append(lambda given: compare(given, others))
    if len(wanted) > 1 or not (wanted or patch):
        raise Refused("ask for one of --patch, --draws, --marginal, --equity and --compare")
    if patch is None:
        with one_line(instance):
            write_file(output, canonical_bytes(wanted[0](parse_instance(read_file(instance)))))
        return
    with one_line(instance):
        base = parse_instance(read_file(instance))
    with one_line(patch):
        change = parse_patch(read_file(patch))
        scenario = patched(base, change)
        found = wanted[0](scenario) if wanted else against_base(base, change, path=path, with_ids=ids)
    write_file(output, canonical_bytes(found))


COMMANDS: tuple[click.Command, ...] = (simulate_command,)
