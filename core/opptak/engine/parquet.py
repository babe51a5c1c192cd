"""The engine on a folder of Parquet tables: arrays all the way, for rounds too large to be objects."""

import hashlib
from pathlib import Path as Folder
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from opptak.engine.arrays import Arrays, Int32, Int64
from opptak.engine.canonical import canonical_bytes, rules_hash
from opptak.engine.columns import Columns, Entries, arrange
from opptak.engine.da_arrays import positions_of
from opptak.engine.market import HOLDER
from opptak.engine.paths import Path, choose
from opptak.engine.result import Record
from opptak.engine.running import ENGINE
from opptak.engine.tables import Tables, input_hash, read_tables

__all__ = ("allocate_tables",)

PIECE = 10_000
"""Rows that are objects at a time while the hash is made."""
NOBODY, ROOM = -1, -2
"""In place of an entry: nobody was admitted to a program without seats; there is room."""


def allocate_tables(source: Folder, target: Folder, path: Path = Path.AUTO) -> Record:
    """Give out the places of the round in `source`; writes `assignment`, `cutoffs` and `record.json`.

    Raises Malformed for a round that breaks the format.
    """
    tables = read_tables(source)
    columns = tables.columns()
    entries = tables.entries(columns)
    arrays = arrange(columns, entries, tables.seats())
    taken = choose(path, len(arrays.program))
    taken = Path.NUMPY if taken is Path.PYTHON else taken
    position = positions_of(arrays, taken)
    place = arrays.places(position)
    assignment = _assignment(tables, place, position)
    cutoffs = _cutoffs(tables, columns, entries, arrays, position)
    record = _record(tables, taken, _hash(assignment, cutoffs))
    target.mkdir(parents=True, exist_ok=True)
    pq.write_table(assignment, target / "assignment.parquet")
    pq.write_table(cutoffs, target / "cutoffs.parquet")
    (target / "record.json").write_bytes(canonical_bytes(_head(record, tables, arrays, place)))
    return record


def _assignment(tables: Tables, place: Int32, position: Int32) -> Any:
    """A row a child: its program, and how far down its list that is, from 0."""
    placed = place >= 0
    return pa.table(
        {
            "child": tables.children["id"],
            "program": tables.programs["id"].take(pa.array(place, mask=~placed)),
            "position": pa.array(position, mask=~placed),
        }
    )


def _cutoffs(tables: Tables, columns: Columns, entries: Entries, arrays: Arrays, position: Int32) -> Any:
    """A row a program: whether it is full, and then the last child admitted with its key there."""
    last = _last_admitted(arrays, position)
    some = last >= 0
    entry = last[some]
    child, program = entries.child[entry], np.flatnonzero(some)
    tier = np.where(columns.current[child] == program, HOLDER, entries.tier[entry])
    tied = np.where(entries.general[entry], child, -1)
    drawn = columns.drawn[child] if tables.head.rules.lottery else columns.drawn[:0]
    return pa.table(
        {
            "program": tables.programs["id"],
            "full": last > ROOM,
            "tier": _sparse(some, pa.array(tier, pa.int32())),
            "points": _sparse(some, pa.array(entries.points[entry], pa.int32())),
            "ties": _sparse(some, tables.children["ties"].take(pa.array(tied, mask=tied < 0))),
            "lottery": _sparse(some, pa.array([f"{one:016x}" for one in drawn.tolist()], pa.string())),
        }
    )


def _sparse(some: NDArray[np.bool_], values: Any) -> Any:
    """Return a column that has the values in the rows named and nothing in the others."""
    if not len(values):
        return pa.nulls(len(some), values.type)
    return values.take(pa.array(np.cumsum(some) - 1, mask=~some))


def _last_admitted(arrays: Arrays, position: Int32) -> Int64:
    """Return each full program's entry with the worst rank that got in; NOBODY without seats, else ROOM."""
    entry = arrays.starts[:-1] + position
    entry = entry[entry < arrays.starts[1:]]
    program = arrays.program[entry]
    entry = entry[np.lexsort((arrays.rank[entry], program))]
    held = np.bincount(program, minlength=len(arrays.seats))
    last = np.where(held >= arrays.seats, NOBODY, ROOM).astype(np.int64)
    ends = np.cumsum(held) - 1
    some = (last == NOBODY) & (held > 0)
    last[some] = entry[ends[some]]
    return last


def _record(tables: Tables, path: Path, output_hash: str) -> Record:
    rules = tables.head.rules
    return Record(
        input_hash=input_hash(tables),
        rules_hash=rules_hash(rules),
        engine=ENGINE,
        path=path,
        algorithm=rules.algorithm,
        seed=tables.head.round.seed,
        solver=None,
        output_hash=output_hash,
    )


def _head(record: Record, tables: Tables, arrays: Arrays, place: Int32) -> dict[str, Any]:
    placed = int((place >= 0).sum())
    return {
        "format": "opptak-allocation-result/1",
        "metrics": {
            "children": arrays.children,
            "placed": placed,
            "programs": len(arrays.seats),
            "seats": int(tables.seats().sum(dtype=np.int64)),
            "unplaced": arrays.children - placed,
        },
        "record": msgspec.to_builtins(record),
    }


def _hash(*tables: Any) -> str:
    """Hash the rows of the tables as lines of canonical JSON."""
    found = hashlib.sha256()
    for table in tables:
        for batch in table.to_batches(max_chunksize=PIECE):
            found.update(b"".join(canonical_bytes(row) for row in batch.to_pylist()))
    return found.hexdigest()
