"""A round in Parquet tables: the same lists, order, places and hash as the same round in JSON."""

import json
from pathlib import Path as Folder
from random import Random
from typing import Any

import click
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from tests.core.engine.markets import Row, market, points, read, run

from opptak.engine.canonical import input_hash
from opptak.engine.commands import COMMANDS
from opptak.engine.tables import OPTIONAL, REQUIRED

OPPTAK = click.Group(commands={command.name or "": command for command in COMMANDS})


def opptak(*arguments: object) -> Result:
    return CliRunner().invoke(OPPTAK, [str(argument) for argument in arguments])


def plain_market(seed: int) -> Row:
    """A market of whole seats with all that tables can hold."""
    random = Random(seed)  # noqa: S311 -- must repeat itself
    names = [f"P{number}" for number in range(random.randint(1, 5))]
    children = [plain_child(random, f"c{number}æ", names) for number in range(random.randint(0, 14))]
    programs = [{"id": name, "capacity": random.randint(0, 3)} for name in names]
    return market(programs, children, lottery=random.random() < 0.7)


def plain_child(random: Random, name: str, programs: list[str]) -> Row:
    wishes = random.sample(programs, random.randint(0, len(programs)))
    row: Row = {"id": name, "family": f"f{random.randint(0, 9)}", "ordinal": random.randint(0, 2)}
    row["wishes"] = wishes
    if random.random() < 0.9:
        ties = tuple(random.randint(-1, 1) for _ in range(random.randint(0, 2)))
        row["priority"] = points(random.randint(0, 2), tier=random.randint(0, 2), ties=ties)
    row["priority_at"] = {
        wish: points(random.randint(0, 3), tier=random.randint(0, 2))
        for wish in wishes[: random.randint(0, 2)]
    }
    row["current"] = random.choice([*programs, "closed", None, None, None])
    return row


def write(document: Row, folder: Folder, random: Random) -> Folder:
    """Write a market as tables, its children in any order."""
    folder.mkdir()
    head = {key: document[key] for key in ("format", "round", "rules")}
    (folder / "head.json").write_text(json.dumps(head), encoding="utf-8")
    children = random.sample(document["children"], len(document["children"]))
    rows = {
        "programs": document["programs"],
        "children": [{**row, **(row.get("priority") or {})} for row in children],
        "wishes": [
            {"child": row["id"], "program": wish, **row["priority_at"].get(wish, {})}
            for row in children
            for wish in row["wishes"]
        ],
    }
    for name, those in rows.items():
        columns = {**REQUIRED[name], **OPTIONAL[name]}
        table = {
            column: pa.array([row.get(column) for row in those], kind) for column, kind in columns.items()
        }
        pq.write_table(pa.table(table), folder / f"{name}.parquet")
    return folder


def test_tables_give_what_the_same_round_in_json_gives(tmp_path: Folder) -> None:
    for seed in range(60):
        document = plain_market(seed)
        written = write(document, tmp_path / f"I{seed}", Random(seed))  # noqa: S311 -- must repeat itself
        answer = tmp_path / f"R{seed}"

        assert opptak("allocate", written, "-o", answer).output == ""

        expected = run(document)
        rows = pq.read_table(answer / "assignment.parquet").to_pylist()
        assert {row["child"]: row["program"] for row in rows} == expected.assignment, seed
        for row in pq.read_table(answer / "cutoffs.parquet").to_pylist():
            cutoff = expected.cutoffs[row.pop("program")]
            assert {**row, "ties": tuple(row["ties"] or ())} == {
                key: getattr(cutoff, key) for key in ("full", "tier", "points", "ties", "lottery")
            }, seed
        record = json.loads((answer / "record.json").read_bytes())["record"]
        assert record["input_hash"] == input_hash(read(document))


def test_ways_and_orders_of_rows_give_one_hash(tmp_path: Folder) -> None:
    found = set()
    for number, way in enumerate(("auto", "numpy", "numba", "numpy")):
        folder = write(plain_market(3), tmp_path / f"I{number}", Random(number))  # noqa: S311 -- must repeat itself
        opptak("allocate", folder, "-o", tmp_path / "R", "--engine", way)
        found.add(json.loads((tmp_path / "R" / "record.json").read_bytes())["record"]["output_hash"])

    assert len(found) == 1


@pytest.mark.parametrize(
    ("table", "column", "values", "message"),
    [
        ("programs", "capacity", ["x"], "$.programs.capacity: not int32"),
        ("programs", "capacity", [-1], "$.programs[0].capacity: not from 0 to 2147483647"),
        ("programs", "colour", ["red"], "$.programs.colour: unknown column"),
        ("children", "id", ["c1", "c1"], "$.children[1].id: given twice"),
        ("children", "id", ["c1", None], "$.children[1].id: nothing there"),
        ("children", "points", [1, 65536], "$.children[1].points: not from 0 to 65535"),
        ("wishes", "program", ["A", "X"], "$.wishes[1].program: no program 'X'"),
        ("wishes", "child", ["c9", "c1"], "$.wishes[0].child: no child 'c9'"),
        ("wishes", "child", ["c1", "c1"], "$.wishes[1]: given twice"),
    ],
)
def test_bad_tables_are_one_line_and_exit_2(
    tmp_path: Folder, table: str, column: str, values: list[object], message: str
) -> None:
    tables: dict[str, dict[str, list[Any]]] = {
        "programs": {"id": ["A"], "facility": ["A"], "capacity": [1]},
        "children": {"id": ["c1", "c2"], "family": ["f", "g"]},
        "wishes": {"child": ["c1", "c2"], "program": ["A", "A"]},
    }
    tables[table][column] = values
    document = market([], [])
    head = {key: document[key] for key in ("format", "round", "rules")}
    (tmp_path / "head.json").write_text(json.dumps(head), encoding="utf-8")
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet")

    done = opptak("allocate", tmp_path, "-o", tmp_path / "R")

    assert (done.exit_code, done.stderr) == (2, f"Error: {tmp_path}: {message}\n")


def test_tables_need_a_folder_for_their_result(tmp_path: Folder) -> None:
    done = opptak("allocate", write(plain_market(1), tmp_path / "I", Random(1)))  # noqa: S311 -- must repeat itself

    assert (done.exit_code, done.stderr) == (2, "Error: -o: the result of tables goes to a folder\n")
