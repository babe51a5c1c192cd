"""`simulate` on files: what is written, what is refused, and the exit code."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from tests.core.engine.markets import Row, child, encode, market, seat

from opptak.engine.commands_lab import COMMANDS

OPPTAK = click.Group(commands={command.name or "": command for command in COMMANDS})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an instance I.json and a patch P.json, as the working directory."""
    monkeypatch.chdir(tmp_path)
    document = market([seat("A")], [child("c1", "A"), child("c2", "A", 1)], lottery=True)
    (tmp_path / "I.json").write_bytes(encode(document))
    (tmp_path / "P.json").write_bytes(encode({"format": "opptak-allocation-patch/1", "capacity": {"A": 2}}))
    return tmp_path


def simulate(*arguments: str) -> Result:
    return CliRunner().invoke(OPPTAK, ["simulate", *arguments])


def told(*arguments: str) -> Row:
    done = simulate(*arguments)
    assert done.exit_code == 0, done.stderr
    answer: Row = json.loads(done.stdout)
    return answer


def test_scenario_is_held_against_its_base(folder: Path) -> None:
    found = told("I.json", "--patch", "P.json", "--ids")

    assert found["changes"] == {"better": 1, "worse": 0, "same": 1}
    assert found["ids"]["better"] == ["c1"]
    assert told("I.json", "--patch", "P.json")["ids"] is None
    assert {path.name for path in folder.iterdir()} == {"I.json", "P.json"}


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        (["--draws", "3"], "chances"),
        (["--marginal"], "marginal"),
        (["--equity"], "equity"),
        (["--compare", "boston,ttc,eadam"], "comparison"),
    ],
)
def test_every_question_has_a_report_of_base_and_scenario(question: list[str], kind: str) -> None:
    base, scenario = told("I.json", *question), told("I.json", "--patch", "P.json", *question)

    assert base["format"] == scenario["format"] == f"opptak-allocation-{kind}/1"
    assert base != scenario


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "ask for one of"),
        (["--draws", "3", "--marginal"], "ask for one of"),
        (["--compare", "chance"], "'chance' is not a valid Comparator; there are: boston, ttc, eadam"),
        (["--draws", "0"], "0 is not in the range"),
        (["--patch", "I.json"], "I.json: $.format: Invalid enum value 'opptak-allocation/1'"),
        (["--patch", "bad.json"], "bad.json: $.capacity['X']: no program 'X'"),
    ],
)
def test_bad_question_is_refused_with_exit_2(folder: Path, arguments: list[str], message: str) -> None:
    bad = {"format": "opptak-allocation-patch/1", "capacity": {"X": 2}}
    (folder / "bad.json").write_bytes(encode(bad))

    done = simulate("I.json", *arguments)

    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
