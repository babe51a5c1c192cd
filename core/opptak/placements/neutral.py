"""The neutral file of placements, version 1: JSON for programs, CSV for spreadsheets. Pure.

Fields of a placement: `placement_id` (ours), `facility_id` (number in the facility register), `unit`,
`child_number`, `product` (`full` or `part`), `days_per_week`, `hours_per_week`, `from`, `to` (last day, empty
while open), `decision_reference`. Days are ISO 8601. New fields may come at the end; the version rises when
one changes meaning.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated

import msgspec

from opptak.hooks.types import PlacementRecord

__all__ = ("FORMAT", "NeutralFile", "NeutralPlacement", "from_json", "to_csv", "to_json")

FORMAT = "opptak-placements/1"
FULL_WEEK = 5
"""Days a week of a full place."""


class NeutralPlacement(msgspec.Struct, frozen=True, kw_only=True):
    """A placement in the file."""

    placement_id: str
    facility_id: str
    unit: str
    child_number: str
    product: str
    days_per_week: int
    hours_per_week: float
    first_day: date = msgspec.field(name="from")
    last_day: date | None = msgspec.field(name="to", default=None)
    decision_reference: str = ""


class NeutralFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file; `key` is the same when the same hand-over is made again."""

    format: Annotated[str, msgspec.Meta(pattern=r"^opptak-placements/1$")] = FORMAT
    key: str
    tenant: str
    created_at: datetime
    placements: tuple[NeutralPlacement, ...]


def to_json(records: Sequence[PlacementRecord], *, key: str, tenant: str, created_at: datetime) -> bytes:
    """Return the file as JSON, UTF-8."""
    file = NeutralFile(
        key=key, tenant=tenant, created_at=created_at, placements=tuple(map(_neutral, records))
    )
    return msgspec.json.format(msgspec.json.encode(file), indent=2)


def from_json(content: bytes) -> NeutralFile:
    """Read the file; raises msgspec.ValidationError with the path of what is wrong."""
    return msgspec.json.decode(content, type=NeutralFile)


def to_csv(file: NeutralFile) -> bytes:
    """Return the file as CSV: UTF-8 with a mark at the start, `;` between fields, the format in the first
    column.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    names = [field.encode_name for field in msgspec.structs.fields(NeutralPlacement)]
    writer.writerow(["format", *names])
    writer.writerows([file.format, *_cells(placement)] for placement in file.placements)
    return out.getvalue().encode("utf-8-sig")


def _neutral(record: PlacementRecord) -> NeutralPlacement:
    return NeutralPlacement(
        placement_id=record.placement_id,
        facility_id=record.facility_id,
        unit=record.unit,
        child_number=record.child_number,
        product="full" if record.days_per_week >= FULL_WEEK else "part",
        days_per_week=record.days_per_week,
        hours_per_week=record.hours_per_week,
        first_day=record.starts_on,
        last_day=record.ends_on,
        decision_reference=record.decision_reference,
    )


def _cells(placement: NeutralPlacement) -> Iterator[str]:
    for value in msgspec.structs.astuple(placement):
        yield "" if value is None else str(value)
