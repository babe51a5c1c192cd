"""The engine on files, without a database: `allocate`, `verify`, `explain` and `city`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click
import msgspec

from opptak.engine.bundle import NotReproduced, bundle
from opptak.engine.canonical import canonical_bytes
from opptak.engine.checks import ResultOfAnotherInstance
from opptak.engine.cities import PRESETS, build_city
from opptak.engine.explain import UnknownChild, explain, tell
from opptak.engine.instance import Instance, Malformed
from opptak.engine.paths import MissingExtra, Path
from opptak.engine.result import Result, parse_result
from opptak.engine.running import allocate
from opptak.engine.wellformed import UnsupportedAlgorithm, check_algorithm, parse_instance
from opptak.kit.i18n import Catalogues
from opptak_verifier import verify

__all__ = ("COMMANDS",)

INPUT = click.Path(exists=True, dir_okay=False, allow_dash=True)
OUTPUT = click.Path(dir_okay=False, writable=True, allow_dash=True)


REFUSALS = (
    Malformed,
    MissingExtra,
    NotReproduced,
    ResultOfAnotherInstance,
    UnknownChild,
    UnsupportedAlgorithm,
)


class Refused(click.ClickException):
    """What was given can't be worked on; one line, exit code 2."""

    exit_code = 2


def _print_schema(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        schemas = {"instance": msgspec.json.schema(Instance), "result": msgspec.json.schema(Result)}
        click.echo(canonical_bytes(schemas), nl=False)
        context.exit()


schema_option = click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print the JSON Schemas of instance and result.",
)
output_option = click.option(
    "-o", "--output", type=OUTPUT, default="-", help="Where to write; standard output without."
)


@click.command("allocate")
@click.argument("instance", type=INPUT)
@output_option
@click.option(
    "--engine",
    type=click.Choice([path.value for path in Path]),
    default=Path.AUTO.value,
    show_default=True,
    help="Way of computing; the outcome is the same.",
)
@schema_option
def allocate_command(instance: str, output: str, engine: str) -> None:
    """Give out the places of INSTANCE; `-` is standard input."""
    with _one_line(instance):
        result = allocate(parse_instance(_read(instance)), Path(engine))
    _write(output, canonical_bytes(result))


@click.command("verify")
@click.argument("instance", type=INPUT)
@click.argument("result", type=INPUT)
@schema_option
def verify_command(instance: str, result: str) -> None:
    """Check RESULT against INSTANCE with the independent verifier; exit code 1 if a check fails."""
    asked, answer = _read_both(instance, result)
    with _one_line(instance):
        check_algorithm(parse_instance(asked))
    with _one_line(result):
        parse_result(answer)
    checks = verify(asked, answer)
    for check in checks:
        click.echo(f"{check.code:<4}{'ok' if check.passed else 'FAILED':<8}{check.detail}")
    if not all(check.passed for check in checks):
        raise click.exceptions.Exit(1)


@click.command("explain")
@click.argument("instance", type=INPUT)
@click.argument("result", type=INPUT)
@click.option("--child", required=True, help="Id of the child in the instance.")
@click.option("--lang", "language", default="nb", show_default=True, help="Language of the sentences.")
@click.option("--format", "shape", type=click.Choice(("text", "json")), default="text", show_default=True)
def explain_command(instance: str, result: str, child: str, language: str, shape: str) -> None:
    """Tell what RESULT means for one child of INSTANCE, and why."""
    catalogues = Catalogues.load()
    if language not in catalogues.languages:
        raise Refused(f"--lang: no {language!r}; there are: {', '.join(catalogues.languages)}")
    asked, answer = _read_both(instance, result)
    with _one_line(instance):
        given = parse_instance(asked)
    with _one_line(result):
        explanation = explain(given, parse_result(answer), child)
    tr = catalogues.translator(language)
    texts = [tell(sentence, tr) for sentence in explanation.sentences]
    if shape == "text":
        click.echo("\n".join(texts))
        return
    sentences = [
        {**msgspec.to_builtins(sentence), "text": text}
        for sentence, text in zip(explanation.sentences, texts, strict=True)
    ]
    click.echo(canonical_bytes({"child": child, "language": language, "sentences": sentences}), nl=False)


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
    with _one_line(instance):
        given = parse_instance(asked)
    with _one_line(result):
        archive = bundle(given, parse_result(answer), readers=readers)
    _write(output, archive)


@click.command("city")
@click.argument("preset", type=click.Choice(sorted(PRESETS)))
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@output_option
def city_command(preset: str, seed: int, output: str) -> None:
    """Write the instance of a synthetic municipality; the same PRESET and seed give the same bytes."""
    _write(output, canonical_bytes(build_city(preset, seed=seed)))


COMMANDS: tuple[click.Command, ...] = (
    allocate_command,
    verify_command,
    explain_command,
    bundle_command,
    city_command,
)


@contextmanager
def _one_line(name: str) -> Iterator[None]:
    try:
        yield
    except REFUSALS as error:
        raise Refused(f"{name}: {error}") from error


def _read_both(instance: str, result: str) -> tuple[bytes, bytes]:
    if instance == result == "-":
        raise Refused("only one of the two files can be standard input")
    return _read(instance), _read(result)


def _read(name: str) -> bytes:
    with click.open_file(name, "rb") as source:
        return bytes(source.read())


def _write(name: str, content: bytes) -> None:
    target: IO[Any]
    with click.open_file(name, "wb", atomic=name != "-") as target:
        target.write(content)
