"""The engine on files, without a database: `allocate`, `verify`, `explain` and `city`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as Folder
from typing import IO, Any

import click
import msgspec

from opptak.engine.bundle import NotReproduced, bundle
from opptak.engine.canonical import canonical_bytes
from opptak.engine.checks import ResultOfAnotherInstance
from opptak.engine.cities import PRESETS, build_city
from opptak.engine.explain import Explainer, Explanation, Reader, UnknownChild, tell
from opptak.engine.instance import Instance, Malformed
from opptak.engine.lab.patch import Patch
from opptak.engine.memory import no_cycles
from opptak.engine.offers import replay
from opptak.engine.paths import MissingExtra, Path, require
from opptak.engine.result import Result, parse_result
from opptak.engine.running import allocate
from opptak.engine.wellformed import check_algorithm, parse_instance
from opptak.kit.i18n import Catalogues, Translator
from opptak_verifier import verify

__all__ = ("COMMANDS", "INPUT", "Refused", "one_line", "output_option", "read_file", "write_file")

INPUT = click.Path(exists=True, dir_okay=False, allow_dash=True)
OUTPUT = click.Path(dir_okay=False, writable=True, allow_dash=True)


REFUSALS = (
    Malformed,
    MissingExtra,
    NotReproduced,
    ResultOfAnotherInstance,
    UnknownChild,
)


class Refused(click.ClickException):
    """What was given can't be worked on; one line, exit code 2."""

    exit_code = 2


def _print_schema(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        shapes = {"instance": Instance, "result": Result, "patch": Patch}
        schemas = {name: msgspec.json.schema(shape) for name, shape in shapes.items()}
        click.echo(canonical_bytes(schemas), nl=False)
        context.exit()


schema_option = click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print the JSON Schemas of instance, result and patch.",
)
WHERE = "Where to write; standard output without."
output_option = click.option("-o", "--output", type=OUTPUT, default="-", help=WHERE)
engine_option = click.option(
    "--engine",
    type=click.Choice([path.value for path in Path]),
    default=Path.AUTO.value,
    show_default=True,
    help="Way of computing; the outcome is the same.",
)


@click.command("allocate")
@click.argument("instance", type=click.Path(exists=True, allow_dash=True))
@click.option("-o", "--output", type=click.Path(writable=True, allow_dash=True), default="-", help=WHERE)
@engine_option
@schema_option
def allocate_command(instance: str, output: str, engine: str) -> None:
    """Give out the places of INSTANCE; `-` is standard input.

    A folder is a round in Parquet tables; so is its result, which needs a folder to go to.
    """
    if Folder(instance).is_dir():
        _allocate_tables(Folder(instance), output, Path(engine))
        return
    with one_line(instance):
        result = allocate(parse_instance(read_file(instance)), Path(engine))
    write_file(output, canonical_bytes(result))


@click.command("verify")
@click.argument("instance", type=INPUT)
@click.argument("result", type=INPUT)
@schema_option
def verify_command(instance: str, result: str) -> None:
    """Check RESULT against INSTANCE with the independent verifier; exit code 1 if a check fails."""
    asked, answer = _read_both(instance, result)
    with one_line(instance):
        check_algorithm(parse_instance(asked))
    with one_line(result):
        parse_result(answer)
    checks = verify(asked, answer)
    for check in checks:
        click.echo(f"{check.code:<4}{'ok' if check.passed else 'FAILED':<8}{check.detail}")
    if not all(check.passed for check in checks):
        raise click.exceptions.Exit(1)


@click.command("explain")
@click.argument("instance", type=INPUT)
@click.argument("result", type=INPUT)
@click.option("--child", help="Id of the child in the instance.")
@click.option("--all", "everybody", is_flag=True, help="Every child, a JSON object a line.")
@click.option("--lang", "language", default="nb", show_default=True, help="Language of the sentences.")
@click.option("--reader", type=click.Choice([one.value for one in Reader]), default=Reader.PARENT.value)
@click.option("--deep", is_flag=True, help="Run the round again to tell what would have happened.")
@click.option("--format", "shape", type=click.Choice(("text", "json")), default="text", show_default=True)
@output_option
@no_cycles()
def explain_command(
    instance: str,
    result: str,
    child: str | None,
    everybody: bool,
    language: str,
    reader: str,
    deep: bool,
    shape: str,
    output: str,
) -> None:
    """Tell what RESULT means for one child of INSTANCE, or for all, and why."""
    if (child is None) is not everybody:
        raise Refused("name one child with --child, or all with --all")
    tr = _language(language)
    asked, answer = _read_both(instance, result)
    with one_line(instance):
        given = parse_instance(asked)
    with one_line(result):
        explainer = Explainer(given, parse_result(answer))
        names = [child] if child is not None else sorted(one.id for one in given.children)
        found = (explainer.explain(one, reader=Reader(reader), deep=deep) for one in names)
        tell_one = _in_text if shape == "text" and not everybody else _in_json
        write_file(output, b"".join(tell_one(explanation, tr) for explanation in found))


@click.command("bundle")
@click.argument("instance", type=INPUT)
@click.argument("result", type=INPUT)
@click.option(
    "--lang", "wanted", multiple=True, help="Language of a letter to the reader; all of them without."
)
@click.option("-o", "--output", type=OUTPUT, required=True, help="Archive to write.")
def bundle_command(instance: str, result: str, wanted: tuple[str, ...], output: str) -> None:
    """Write what anyone needs to check a round: INSTANCE without names, RESULT, and the verifier."""
    catalogues = Catalogues.load()
    if strange := sorted(set(wanted) - set(catalogues.languages)):
        raise Refused(f"--lang: no {strange[0]!r}; there are: {', '.join(catalogues.languages)}")
    asked, answer = _read_both(instance, result)
    readers = [catalogues.translator(language) for language in wanted or catalogues.languages]
    with one_line(instance):
        given = parse_instance(asked)
    with one_line(result):
        archive = bundle(given, parse_result(answer), readers=readers)
    write_file(output, archive)


@click.command("city")
@click.argument("preset", type=click.Choice(sorted(PRESETS)))
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@output_option
def city_command(preset: str, seed: int, output: str) -> None:
    """Write the instance of a synthetic municipality; the same PRESET and seed give the same bytes."""
    write_file(output, canonical_bytes(build_city(preset, seed=seed)))


@click.command("replay")
@click.argument("instance", type=INPUT)
@output_option
def replay_command(instance: str, output: str) -> None:
    """Write the rounds of offers of INSTANCE (`da_offers`), a line of JSON for each offer and its answer."""
    with one_line(instance):
        given = parse_instance(read_file(instance))
        check_algorithm(given)
        write_file(output, b"".join(map(canonical_bytes, replay(given))))


COMMANDS: tuple[click.Command, ...] = (
    allocate_command,
    verify_command,
    explain_command,
    bundle_command,
    city_command,
    replay_command,
)


def _language(language: str) -> Translator:
    catalogues = Catalogues.load()
    if language not in catalogues.languages:
        raise Refused(f"--lang: no {language!r}; there are: {', '.join(catalogues.languages)}")
    return catalogues.translator(language)


def _in_text(explanation: Explanation, tr: Translator) -> bytes:
    """A sentence a line; an auditor sees which predicate stands behind it."""
    audited = explanation.reader is Reader.AUDITOR
    lines = (
        tell(sentence, tr) + (f" [{sentence.predicate}]" if audited else "")
        for sentence in explanation.sentences
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _in_json(explanation: Explanation, tr: Translator) -> bytes:
    sentences = [
        {**msgspec.to_builtins(sentence), "text": tell(sentence, tr)} for sentence in explanation.sentences
    ]
    head = {"child": explanation.child, "reader": explanation.reader, "language": tr.language}
    return canonical_bytes({**head, "sentences": sentences})


def _allocate_tables(folder: Folder, output: str, path: Path) -> None:
    if output == "-":
        raise Refused("-o: the result of tables goes to a folder")
    with one_line(str(folder)):
        require("pyarrow", "parquet")
        from opptak.engine.parquet import allocate_tables  # noqa: PLC0415 -- an extra

        allocate_tables(folder, Folder(output), path)


@contextmanager
def one_line(name: str) -> Iterator[None]:
    """Tell in one line, with the file's name, what of it can't be worked on."""
    try:
        yield
    except REFUSALS as error:
        raise Refused(f"{name}: {error}") from error


def _read_both(instance: str, result: str) -> tuple[bytes, bytes]:
    if instance == result == "-":
        raise Refused("only one of the two files can be standard input")
    return read_file(instance), read_file(result)


def read_file(name: str) -> bytes:
    """Return what a file holds, or standard input."""
    with click.open_file(name, "rb") as source:
        return bytes(source.read())


def write_file(name: str, content: bytes) -> None:
    """Write a file whole, or standard output."""
    target: IO[Any]
    with click.open_file(name, "wb", atomic=name != "-") as target:
        target.write(content)
