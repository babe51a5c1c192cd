"""Lists as sheets for a spreadsheet program: UTF-8 with a mark at the start, semicolons between. Pure."""

import csv
import io
from collections.abc import Iterator, Sequence

from opptak.admission.schemas import ApplicationRow
from opptak.kit.i18n import Translator

__all__ = ("to_sheet",)

_COLUMNS = ("case_number", "child", "born", "status", "answer", "start", "days", "first_wish", "claims")

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet program takes for the beginning of a formula."""


def to_sheet(rows: Sequence[ApplicationRow], text: Translator) -> bytes:
    """Return applications as a sheet; a child whose address is protected has neither name nor birthday in it,
    since a sheet goes where nobody can follow.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([text(f"staff.field.{name}") for name in _COLUMNS])
    writer.writerows([_plain(cell) for cell in _cells(row, text)] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _cells(row: ApplicationRow, text: Translator) -> Iterator[str]:
    yield row.case_number
    yield text("staff.sheet.protected") if row.protected else row.child_name
    yield "" if row.protected else row.child_born_on.isoformat()
    yield text(f"staff.application.{row.status}")
    yield text(f"staff.answer.{row.answer}")
    yield row.start_on.isoformat() if row.start_on else ""
    yield str(row.days_per_week or "")
    yield row.first_wish
    yield str(row.open_claims or "")


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
