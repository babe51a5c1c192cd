"""Sheets that people keep: UTF-8 with a heading line, columns parted by semicolons or commas."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_type_hints

import msgspec

from opptak.kit.mistakes import Mistake, nearest, right_value

__all__ = ("read_sheet",)

R = TypeVar("R", bound=msgspec.Struct)


def read_sheet(content: bytes, row: type[R]) -> tuple[list[tuple[int, R]], list[Mistake]]:
    """Return the rows with their line numbers, and every mistake with line number and column as its path.

    An empty cell stands for the member's default; an empty line for nothing.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return [], [Mistake((line,), "this is not UTF-8", "save the sheet as CSV UTF-8")]
    parted = ";" if ";" in text.partition("\n")[0] else ","
    lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=parted, restkey=_BEYOND)
    lines.fieldnames = [name.strip() for name in lines.fieldnames or ()]
    mistakes = _in_heading(lines.fieldnames, row)
    complete = not mistakes
    rows: list[tuple[int, R]] = []
    for cells in lines:
        given = {name: cell.strip() for name, cell in cells.items() if isinstance(cell, str) and cell.strip()}
        if given:
            values, wrong = _read_row(given, row, lines.fieldnames)
            wrong += [("", "there are more cells than columns", "")] * (_BEYOND in cells)
            mistakes += [Mistake((lines.line_num, *filter(None, [at])), *said) for at, *said in wrong]
            if complete and not wrong:
                rows.append((lines.line_num, row(**values)))
    return rows, mistakes


_BEYOND = "\n"
"""Stands for the cells beyond the last column: no column can be called so."""


def _in_heading(columns: Sequence[str], row: type[msgspec.Struct]) -> list[Mistake]:
    members = {member.encode_name: member for member in msgspec.structs.fields(row)}
    hints = get_type_hints(row, include_extras=True)
    return [
        *(
            Mistake((1, column or "(no name)"), "there is no such column", nearest(column, list(members)))
            for column in columns
            if column not in members
        ),
        *(
            Mistake((1, name), "the column is missing", right_value(hints[member.name]))
            for name, member in members.items()
            if member.required and name not in columns
        ),
        *(Mistake((1, name), "the column is there twice") for name in members if columns.count(name) > 1),
    ]


def _read_row(
    given: Mapping[str, str], row: type[msgspec.Struct], columns: Sequence[str]
) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """Return the values by member, and mistakes as column, what is wrong, what is right."""
    hints = get_type_hints(row, include_extras=True)
    values: dict[str, Any] = {}
    wrong: list[tuple[str, str, str]] = []
    for member in msgspec.structs.fields(row):
        column, of = member.encode_name, hints[member.name]
        if column not in given:
            if member.required and column in columns:
                wrong.append((column, "is missing", right_value(of)))
            continue
        try:
            values[member.name] = msgspec.convert(given[column], of, strict=False)
        except msgspec.ValidationError:
            wrong.append((column, f"`{given[column]}` can't be used", right_value(of)))
    return values, wrong
