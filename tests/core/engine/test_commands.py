"""The engine on files: what is written, what is said, and the exit code."""

import json
from pathlib import Path

import click
import msgspec
import pytest
from click.testing import CliRunner, Result
from tests.core.engine.markets import Row, child, encode, market, run, seat

from opptak.engine import paths
from opptak.engine.canonical import canonical_bytes
from opptak.engine.cities import build_city
from opptak.engine.commands import COMMANDS
from opptak_verifier.__main__ import main as verifier

OPPTAK = click.Group(commands={command.name or "": command for command in COMMANDS})


@pytest.fixture
def document() -> Row:
    return market([seat("A"), seat("B")], [child("c1", "AB", 1), child("c2", "A", 2)])


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: Row) -> Path:
    """A folder with an instance I.json and its result R.json, as the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "I.json").write_bytes(encode(document))
    (tmp_path / "R.json").write_bytes(canonical_bytes(run(document)))
    return tmp_path


def opptak(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(OPPTAK, arguments, input=stdin)


def test_allocate_writes_the_result(files: Path) -> None:
    done = opptak("allocate", "I.json", "-o", "out.json")

    assert (done.exit_code, done.output) == (0, "")
    assert (files / "out.json").read_bytes() == (files / "R.json").read_bytes()


def test_allocate_goes_from_standard_input_to_standard_output(files: Path) -> None:
    done = opptak("allocate", "-", stdin=(files / "I.json").read_bytes())

    assert done.exit_code == 0
    assert done.stdout_bytes == (files / "R.json").read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"children": [{"id": "c1", "family": "f", "wishes": ["X"]}]},
            "$.children[0].wishes[0]: no program 'X'",
        ),
        ({"colour": "red"}, "$: Object contains unknown field `colour`"),
        (
            {"rules": {"algorithm": "seniority", "priority": "listed"}},
            "$.rules.priority: this algorithm has one queue for all programs",
        ),
        (
            {"programs": [{"id": name, "facility": name, "capacity": [1] * 5} for name in "AB"]},
            "$.programs[0].capacity: this algorithm gives whole seats, one to a child",
        ),
    ],
)
@pytest.mark.parametrize("command", [["allocate", "bad.json"], ["verify", "bad.json", "R.json"]])
def test_bad_instance_is_one_line_and_exit_2(
    files: Path, document: Row, command: list[str], change: Row, message: str
) -> None:
    (files / "bad.json").write_bytes(encode({**document, **change}))

    done = opptak(*command)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"Error: bad.json: {message}\n"


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[1"])
def test_unreadable_instance_is_one_line_and_exit_2(files: Path, raw: bytes) -> None:
    done = opptak("allocate", "-", stdin=raw)

    assert done.exit_code == 2
    assert done.stderr.startswith("Error: -: $: ")
    assert done.stderr.count("\n") == 1


def test_engine_that_is_not_installed_is_refused(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "find_spec", lambda _: None)

    done = opptak("allocate", "I.json", "--engine", "numba")

    assert done.exit_code == 2
    assert done.stderr == "Error: I.json: this installation lacks the extra 'fast'\n"


@pytest.mark.parametrize("command", [["allocate", "--schema"], ["verify", "--schema"]])
def test_schema_describes_instance_result_and_patch(command: list[str]) -> None:
    done = opptak(*command)

    assert done.exit_code == 0
    assert {key: schema["$ref"] for key, schema in json.loads(done.stdout).items()} == {
        "instance": "#/$defs/Instance",
        "result": "#/$defs/Result",
        "patch": "#/$defs/Patch",
    }


def test_verify_says_a_line_a_check(files: Path) -> None:
    done = opptak("verify", "I.json", "R.json")

    assert done.exit_code == 0
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        [f"V{number}", "ok"] for number in range(1, 11)
    ]


def test_verify_fails_with_what_is_wrong(files: Path) -> None:
    forged = json.loads((files / "R.json").read_bytes())
    forged["assignment"] = {"c1": "A", "c2": None}
    (files / "F.json").write_text(json.dumps(forged), encoding="utf-8")

    done = opptak("verify", "I.json", "F.json")

    assert done.exit_code == 1
    assert "c2 has a claim to A" in next(line for line in done.stdout.splitlines() if "V4" in line)


def test_verify_refuses_a_malformed_result(files: Path) -> None:
    done = opptak("verify", "I.json", "-", stdin=b'{"format":"x"}')

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "Error: -: $.format: Invalid enum value 'x'\n"


def test_only_one_file_can_be_standard_input(files: Path) -> None:
    assert opptak("verify", "-", "-").exit_code == 2


def test_explain_speaks_the_language_asked_for(files: Path) -> None:
    norwegian = opptak("explain", "I.json", "R.json", "--child", "c1")
    english = opptak("explain", "I.json", "R.json", "--child", "c1", "--lang", "en")

    assert norwegian.stdout.splitlines()[0] == "Barnet ditt har fått plass i B, ønske nummer 2."
    assert english.stdout.splitlines()[0] == "Your child has a place at B, wish number 2."


def test_explain_as_json_carries_keys_predicates_and_text(files: Path) -> None:
    done = opptak("explain", "I.json", "R.json", "--child", "c2", "--lang", "en", "--format", "json")
    answer = json.loads(done.stdout)

    assert (answer["child"], answer["language"], answer["reader"]) == ("c2", "en", "parent")
    assert answer["sentences"][0] == {
        "key": "allocation.why.offered_first",
        "params": {"program": "A"},
        "predicate": "assigned",
        "text": "Your child has a place at A, your first wish.",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--child", "c9"], "Error: R.json: $.children: no child 'c9'\n"),
        (["--child", "c1", "--lang", "xx"], "Error: --lang: no 'xx'; there are: "),
        ([], "Error: name one child with --child, or all with --all"),
        (["--child", "c1", "--all"], "Error: name one child with --child, or all with --all"),
    ],
)
def test_explain_refuses_what_it_cannot_tell(files: Path, arguments: list[str], message: str) -> None:
    done = opptak("explain", "I.json", "R.json", *arguments)

    assert done.exit_code == 2
    assert done.stderr.startswith(message)


def test_explanations_of_everybody_are_verified(files: Path) -> None:
    readers = ("parent", "case-worker", "auditor")
    told = [opptak("explain", "I.json", "R.json", "--all", "--deep", "--reader", one) for one in readers]
    (files / "E.json").write_bytes(b"".join(done.stdout_bytes for done in told))
    (files / "F.json").write_bytes(told[0].stdout_bytes.replace(b"offered_first", b"kept"))

    assert len((files / "E.json").read_bytes().splitlines()) == 3 * 2
    assert verifier(["I.json", "R.json", "--explanations", "E.json"]) == 0
    assert verifier(["I.json", "R.json", "--explanations", "F.json"]) == 1
    assert verifier(["I.json", "R.json", "--explanations"]) == 2


def test_auditor_sees_what_stands_behind_each_sentence(files: Path) -> None:
    done = opptak("explain", "I.json", "R.json", "--child", "c1", "--reader", "auditor", "--lang", "de")

    assert all(line.endswith("]") for line in done.stdout.splitlines())
    assert done.stdout.splitlines()[0].startswith("Die Eingabe hat diese Prüfsumme (SHA-256): ")


def test_explain_refuses_the_result_of_another_instance(files: Path, document: Row) -> None:
    other = {**document, "programs": [seat("A", 2, facility="A"), seat("B", facility="B")]}

    done = opptak("explain", "-", "R.json", "--child", "c1", stdin=encode(other))

    assert done.exit_code == 2
    assert done.stderr == "Error: R.json: $.record.input_hash: the result was made from another instance\n"


def test_city_writes_the_same_instance_for_the_same_seed(files: Path) -> None:
    done = opptak("city", "kafjord", "--seed", "5", "-o", "K.json")

    assert done.exit_code == 0
    assert (files / "K.json").read_bytes() == canonical_bytes(build_city("kafjord", seed=5))
    assert opptak("city", "kafjord", "--seed", "5").stdout_bytes == (files / "K.json").read_bytes()


def test_city_goes_through_allocation_and_verification(files: Path) -> None:
    for command in (
        ["city", "nordreisa", "-o", "N.json"],
        ["allocate", "N.json", "-o", "NR.json"],
        ["verify", "N.json", "NR.json"],
    ):
        assert opptak(*command).exit_code == 0
    assert msgspec.json.decode((files / "NR.json").read_bytes())["record"]["path"] == "python"
