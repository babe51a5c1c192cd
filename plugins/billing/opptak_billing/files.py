"""The ledger file: one line a charge, semicolons between the fields, a line with the sum at the end. Pure.

The fields are the ones German municipal cash systems and Norwegian ledgers both ask for (Sollstellung,
fakturagrunnlag); a negative amount takes back what was charged before.
"""

import csv
import io
from calendar import monthrange
from collections.abc import Iterator
from decimal import Decimal

from opptak.hooks.types import LedgerLine, LedgerRun

__all__ = ("COLUMNS", "ledger_file")

COLUMNS = (
    "run",
    "line",
    "kind",
    "reference",
    "debtor",
    "debtor_name",
    "child",
    "due_on",
    "amount",
    "currency",
    "period_from",
    "period_to",
    "text",
)
CHARGE = "CHARGE"
REDUCTION = "REDUCTION"
SUM = "SUM"


def ledger_file(run: LedgerRun, *, decimal_mark: str) -> str:
    """Return the file's text; dates are ISO, amounts have two decimals, lines end as spreadsheets like it."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(run, decimal_mark))
    return text.getvalue()


def _rows(run: LedgerRun, mark: str) -> Iterator[tuple[object, ...]]:
    for place, line in enumerate(run.lines, start=1):
        yield (
            run.number,
            place,
            CHARGE if line.amount_minor >= 0 else REDUCTION,
            line.number,
            line.debtor_number,
            line.debtor_name,
            line.child_reference,
            line.due_on.isoformat(),
            _amount(line.amount_minor, mark),
            line.currency,
            line.period.replace(day=1).isoformat(),
            _month_end(line),
            line.text,
        )
    for currency in sorted({line.currency for line in run.lines}):
        own = [line.amount_minor for line in run.lines if line.currency == currency]
        yield (run.number, len(own), SUM, "", "", "", "", "", _amount(sum(own), mark), currency, "", "", "")


def _amount(minor: int, mark: str) -> str:
    return f"{Decimal(minor).scaleb(-2):.2f}".replace(".", mark)


def _month_end(line: LedgerLine) -> str:
    last = monthrange(line.period.year, line.period.month)[1]
    return line.period.replace(day=last).isoformat()
