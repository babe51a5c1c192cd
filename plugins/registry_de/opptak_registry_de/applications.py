"""Reading a file of applications: pure, every fault with its line and column.

The file is what a spreadsheet writes: semicolons, a heading line, dates as 31.12.2026 or 2026-12-31, in UTF-8
or in the older Windows encoding.
"""

import csv
import io
import re
from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from opptak.hooks.types import IncomingApplication

__all__ = ("COLUMNS", "Fault", "ReadFile", "read_file")

COLUMNS = (
    "kind_name",
    "kind_geburtsdatum",
    "eltern_name",
    "eltern_email",
    "wunsch_1",
    "wunsch_2",
    "wunsch_3",
    "beginn",
)
"""Known columns; the others of the file are kept as answers under their own heading."""

REQUIRED = ("kind_name", "kind_geburtsdatum", "eltern_name", "wunsch_1")

_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


class Fault(msgspec.Struct, frozen=True):
    """What is wrong where; `problem` is a message key, and nothing of the content is repeated."""

    line: int
    column: str
    problem: str


class ReadFile(msgspec.Struct, frozen=True):
    """The applications of a file, and the faults of the lines that are none."""

    applications: tuple[IncomingApplication, ...]
    faults: tuple[Fault, ...]


class _Unreadable(Exception):
    def __init__(self, column: str, problem: str) -> None:
        super().__init__(problem)
        self.column = column
        self.problem = f"registry_de.fault.{problem}"


def read_file(content: bytes, *, name: str, received_at: datetime) -> ReadFile:
    """Return what can be read; `name` and the line number make the reference of an application."""
    reader = csv.DictReader(io.StringIO(_text(content)), delimiter=";")
    missing = [column for column in REQUIRED if column not in (reader.fieldnames or ())]
    if missing:
        return ReadFile((), tuple(Fault(1, column, "registry_de.fault.no_column") for column in missing))
    applications: list[IncomingApplication] = []
    faults: list[Fault] = []
    for row in reader:
        line = reader.line_num
        try:
            applications.append(_application(row, reference=f"{name}:{line}", received_at=received_at))
        except _Unreadable as found:
            faults.append(Fault(line, found.column, found.problem))
    return ReadFile(tuple(applications), tuple(faults))


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _application(
    row: Mapping[str | None, str | list[str] | None], *, reference: str, received_at: datetime
) -> IncomingApplication:
    if None in row:
        raise _Unreadable("", "too_many_fields")
    cells = {str(column): str(value or "").strip() for column, value in row.items()}
    for column in REQUIRED:
        if not cells[column]:
            raise _Unreadable(column, "empty")
    wishes = (cells.get(f"wunsch_{rank}", "") for rank in (1, 2, 3))
    return IncomingApplication(
        reference=reference,
        received_at=received_at,
        child_name=cells["kind_name"],
        child_born_on=_date(cells, "kind_geburtsdatum"),
        guardian_name=cells["eltern_name"],
        guardian_email=cells.get("eltern_email", ""),
        wishes=tuple(wish for wish in wishes if wish),
        start_on=_date(cells, "beginn"),
        answers={column: text for column, text in cells.items() if column not in COLUMNS and text},
    )


def _date(cells: Mapping[str, str], column: str) -> date | None:
    text = cells.get(column, "")
    if not text:
        return None
    try:
        if german := _GERMAN_DATE.fullmatch(text):
            day, month, year = map(int, german.groups())
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        raise _Unreadable(column, "no_date") from None
