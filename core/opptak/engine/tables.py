"""A round in Parquet tables: read, checked as an instance of JSON is, and hashed as that would be."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as Folder
from typing import Any, Literal

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from opptak.engine.arrays import Int32, Int64
from opptak.engine.canonical import canonical_bytes
from opptak.engine.columns import Columns, Entries, draws
from opptak.engine.instance import (
    Algorithm,
    Child,
    Instance,
    Malformed,
    Priority,
    PriorityMode,
    Program,
    Round,
    Rules,
    decode,
)
from opptak.engine.market import NO_PRIORITY

__all__ = ("Tables", "input_hash", "read_tables")

Table = Any
"""pyarrow ships no types."""
CHUNK = 10_000
"""Children that are objects at a time while the hash is made."""
LARGEST = 2**31 - 1
ENCODER = msgspec.json.Encoder(order="sorted")

TEXT, NUMBER = pa.string(), pa.int32()
REQUIRED: Mapping[str, Mapping[str, Any]] = {
    "programs": {"id": TEXT, "facility": TEXT, "capacity": NUMBER},
    "children": {"id": TEXT, "family": TEXT},
    "wishes": {"child": TEXT, "program": TEXT},
}
OPTIONAL: Mapping[str, Mapping[str, Any]] = {
    "programs": {},
    "children": {
        "tier": NUMBER,
        "points": NUMBER,
        "ties": pa.list_(pa.int64()),
        "ordinal": NUMBER,
        "current": TEXT,
    },
    "wishes": {"tier": NUMBER, "points": NUMBER},
}
"""Columns that may be left out; so may any value in them. A wish's tier and points replace the child's."""


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is not a table."""

    format: Literal["opptak-allocation/1"]
    round: Round
    rules: Rules


@dataclass(frozen=True)
class Tables:
    """A round in id order; a child's wishes stand together."""

    head: Head
    programs: Table
    children: Table
    wishes: Table
    child: Int64
    """The child of each wish."""
    program: Int64
    """The program of each wish."""

    def entries(self, columns: Columns) -> Entries:
        """Return the wishes, and behind them the own seats that no wish names."""
        child, program = self.child, self.program
        named = np.zeros(len(columns.current), dtype=bool)
        named[child[columns.current[child] == program]] = True
        seats = np.flatnonzero((columns.current >= 0) & ~named)
        order = np.argsort(np.concatenate((child, seats)), kind="stable")
        child = np.concatenate((child, seats))[order]
        own = np.concatenate((_numbers(self.wishes, "tier", -1), np.full(len(seats), -1)))[order]
        points = np.concatenate((_numbers(self.wishes, "points", 0), np.zeros(len(seats), np.int64)))[order]
        general = own < 0
        return Entries(
            child=child,
            program=np.concatenate((program, columns.current[seats]))[order].astype(np.int32),
            tier=np.where(general, _numbers(self.children, "tier", NO_PRIORITY.tier)[child], own),
            points=np.where(general, _numbers(self.children, "points", 0)[child], points),
            general=general,
        )

    def seats(self) -> Int32:
        """Return the capacity of each program."""
        found: Int32 = self.programs["capacity"].to_numpy().astype(np.int32)
        return found

    def columns(self) -> Columns:
        """Return what decides about each child."""
        lottery = self.head.rules.lottery
        families = self.children["family"].combine_chunks().dictionary_encode()
        drawn = draws(self.head.round, families.dictionary.to_pylist() if lottery else ["-"])
        number = families.indices.to_numpy() if lottery else np.zeros(len(self.children), dtype=np.int64)
        tied, ties = _ties(self.children["ties"].combine_chunks())
        return Columns(
            ties=ties,
            tied=tied,
            drawn=drawn[number],
            ordinal=_numbers(self.children, "ordinal", 0) if lottery else np.zeros_like(number),
            current=_index(self.children["current"], self.programs["id"]),
        )


def read_tables(folder: Folder) -> Tables:
    """Read a round; raises Malformed at the first fault, with the table and row in place of a JSON path."""
    head = decode((folder / "head.json").read_bytes(), Head)
    _check_rules(head.rules)
    programs, children, wishes = (_read(folder, name) for name in REQUIRED)
    programs, children = _by_id(programs, "programs"), _by_id(children, "children")
    child = _index(wishes["child"], children["id"], "$.wishes[{}].child: no child {!r}")
    program = _index(wishes["program"], programs["id"], "$.wishes[{}].program: no program {!r}")
    order = np.argsort(child, kind="stable")
    tables = Tables(head, programs, children, wishes.take(pa.array(order)), child[order], program[order])
    _check_once(tables, order)
    return tables


def input_hash(tables: Tables) -> str:
    """Return the hash that the same instance has as JSON."""
    programs = tuple(
        Program(id=row["id"], facility=row["facility"], capacity=row["capacity"])
        for row in tables.programs.to_pylist()
    )
    head = tables.head
    frame = Instance(format=head.format, round=head.round, rules=head.rules, programs=programs, children=())
    before, after = canonical_bytes(frame).split(b'"children":[]', 1)
    found = hashlib.sha256(before + b'"children":[')
    for number, chunk in enumerate(_chunks(tables)):
        found.update(b"," * (number > 0) + b",".join(chunk))
    found.update(b"]" + after)
    return found.hexdigest()


def _chunks(tables: Tables) -> Iterator[list[bytes]]:
    first = np.searchsorted(tables.child, np.arange(len(tables.children) + 1))
    for begin in range(0, len(tables.children), CHUNK):
        end = min(begin + CHUNK, len(tables.children))
        wishes = tables.wishes.slice(first[begin], first[end] - first[begin]).to_pylist()
        rows = tables.children.slice(begin, end - begin).to_pylist()
        at = (first[begin : end + 1] - first[begin]).tolist()
        yield [
            ENCODER.encode(_child(row, wishes[at[number] : at[number + 1]]))
            for number, row in enumerate(rows)
        ]


def _child(row: dict[str, Any], wishes: list[dict[str, Any]]) -> Child:
    priority = None
    if row["tier"] is not None:
        priority = Priority(tier=row["tier"], points=row["points"] or 0, ties=tuple(row["ties"] or ()))
    return Child(
        id=row["id"],
        family=row["family"],
        ordinal=row["ordinal"] or 0,
        current=row["current"],
        priority=priority,
        wishes=tuple(wish["program"] for wish in wishes),
        priority_at={
            wish["program"]: Priority(tier=wish["tier"], points=wish["points"] or 0)
            for wish in wishes
            if wish["tier"] is not None
        },
    )


def _check_rules(rules: Rules) -> None:
    if rules.algorithm not in (Algorithm.DEFERRED_ACCEPTANCE, Algorithm.SENIORITY):
        raise Malformed("$.rules.algorithm", "tables are for whole seats: da or seniority")
    if rules.priority is not PriorityMode.POINTS:
        raise Malformed("$.rules.priority", "tables hold points")


def _read(folder: Folder, name: str) -> Table:
    try:
        table = pq.read_table(folder / f"{name}.parquet")
    except (OSError, pa.ArrowException) as error:
        raise Malformed(f"$.{name}", "no such table, or not Parquet") from error
    wanted = {**REQUIRED[name], **OPTIONAL[name]}
    for column in table.column_names:
        if column not in wanted:
            raise Malformed(f"$.{name}.{column}", "unknown column")
    return pa.table({column: _column(table, name, column) for column in wanted})


def _column(table: Table, name: str, column: str) -> Table:
    wanted = {**REQUIRED[name], **OPTIONAL[name]}[column]
    if column not in table.column_names:
        if column in REQUIRED[name]:
            raise Malformed(f"$.{name}.{column}", "no such column")
        return pa.nulls(len(table), wanted)
    try:
        values = table[column].cast(wanted)
    except pa.ArrowException as error:
        raise Malformed(f"$.{name}.{column}", f"not {wanted}") from error
    if column in REQUIRED[name]:
        _refuse(pc.is_null(values), f"$.{name}[{{}}].{column}", "nothing there")
    if wanted == TEXT:
        _refuse(pc.equal(pc.binary_length(values), 0), f"$.{name}[{{}}].{column}", "empty")
    if wanted == NUMBER:
        largest = 65535 if column in ("tier", "points") else LARGEST
        outside = pc.or_(pc.less(values, 0), pc.greater(values, largest))
        _refuse(outside, f"$.{name}[{{}}].{column}", f"not from 0 to {largest}")
    return values


def _by_id(table: Table, name: str) -> Table:
    order = pc.sort_indices(table["id"])
    table = table.take(order)
    ids = table["id"].combine_chunks()
    if len(ids) > 1:
        _refuse(pc.equal(ids[1:], ids[:-1]), f"$.{name}[{{}}].id", "given twice", order[1:])
    return table


def _check_once(tables: Tables, rows: Int64) -> None:
    order = np.lexsort((tables.program, tables.child))
    again = (np.diff(tables.child[order]) == 0) & (np.diff(tables.program[order]) == 0)
    _refuse(again, "$.wishes[{}]", "given twice", rows[order[1:]])
    if tables.head.rules.algorithm is Algorithm.SENIORITY:
        _refuse(pc.is_valid(tables.wishes["tier"]), "$.wishes[{}].tier", "there is one queue for all", rows)
    orphaned = pc.and_(pc.is_valid(tables.wishes["points"]), pc.is_null(tables.wishes["tier"]))
    _refuse(orphaned, "$.wishes[{}].points", "points without a tier", rows)


def _refuse(faults: Any, path: str, problem: str, rows: Any = None) -> None:
    """Raise Malformed at the first of the faults; `rows` tells their places in the file if sorted."""
    found = np.flatnonzero(faults if isinstance(faults, np.ndarray) else pc.fill_null(faults, False))
    if len(found):
        raise Malformed(path.format(found[0] if rows is None else int(rows[int(found[0])])), problem)


def _index(values: Table, among: Table, problem: str | None = None) -> Int64:
    """Return the place of each value in a column; -1, or Malformed, for a stranger."""
    found: Int64 = pc.fill_null(pc.index_in(values, among), -1).to_numpy().astype(np.int64)
    if problem is not None and (found < 0).any():
        row = int(np.argmax(found < 0))
        path, _, text = problem.format(row, values[row].as_py()).partition(": ")
        raise Malformed(path, text)
    return found


def _numbers(table: Table, column: str, default: int) -> Int64:
    found: Int64 = pc.fill_null(table[column], default).to_numpy().astype(np.int64)
    return found


def _ties(lists: Any) -> tuple[list[NDArray[np.bool_]], list[Int64]]:
    """Return for the first tie, the second …, which children have one and what it is."""
    length = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    values = lists.flatten().to_numpy().astype(np.int64)
    first = np.cumsum(length, dtype=np.int64) - length
    tied, ties = [], []
    for depth in range(int(length.max(initial=0))):
        tied.append(length > depth)
        ties.append(np.zeros(len(length), dtype=np.int64))
        ties[depth][tied[depth]] = values[first[tied[depth]] + depth]
    return tied, ties
