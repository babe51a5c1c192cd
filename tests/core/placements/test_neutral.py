"""The neutral file of placements."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from opptak.hooks.types import PlacementRecord
from opptak.placements.neutral import from_json, to_csv, to_json

RECORDS = [
    PlacementRecord(
        placement_id="p1",
        facility_id="975322505",
        unit="Små; «blå»",
        child_number="01812000001",
        days_per_week=5,
        hours_per_week=45.0,
        starts_on=date(2027, 8, 16),
        ends_on=date(2031, 7, 31),
        decision_reference="o1",
    ),
    PlacementRecord(
        placement_id="p2",
        facility_id="975322505",
        unit="Store",
        child_number="01812000002",
        days_per_week=3,
        hours_per_week=27.0,
        starts_on=date(2027, 9, 1),
    ),
]
HEADER = (
    "format;placement_id;facility_id;unit;child_number;product;days_per_week;hours_per_week;"
    "from;to;decision_reference"
)
MOMENT = datetime(2027, 4, 20, 8, tzinfo=UTC)


def test_json_names_its_format_and_reads_back() -> None:
    content = to_json(RECORDS, key="k", tenant="nordreisa", created_at=MOMENT)
    raw = msgspec.json.decode(content)
    file = from_json(content)
    assert (raw["format"], raw["key"], raw["created_at"]) == (
        "opptak-placements/1",
        "k",
        "2027-04-20T08:00:00Z",
    )
    assert raw["placements"][1] == {
        "placement_id": "p2",
        "facility_id": "975322505",
        "unit": "Store",
        "child_number": "01812000002",
        "product": "part",
        "days_per_week": 3,
        "hours_per_week": 27.0,
        "from": "2027-09-01",
        "to": None,
        "decision_reference": "",
    }
    assert [placement.placement_id for placement in file.placements] == ["p1", "p2"]


def test_csv_is_what_a_spreadsheet_opens() -> None:
    file = from_json(to_json(RECORDS, key="k", tenant="nordreisa", created_at=MOMENT))
    content = to_csv(file)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").split("\r\n") == [
        HEADER,
        'opptak-placements/1;p1;975322505;"Små; «blå»";01812000001;full;5;45.0;2027-08-16;2031-07-31;o1',
        "opptak-placements/1;p2;975322505;Store;01812000002;part;3;27.0;2027-09-01;;",
        "",
    ]


def test_other_format_is_refused_with_its_place() -> None:
    content = to_json(RECORDS, key="k", tenant="t", created_at=MOMENT).replace(b"ments/1", b"ments/2")
    with pytest.raises(msgspec.ValidationError, match=r"\$\.format"):
        from_json(content)
