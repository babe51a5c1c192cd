"""All mistakes of a document at once, and a document with something that fits in their place."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from opptak.kit.mistakes import Mistake, find_mistakes, mend


class Kind(StrEnum):
    TREE = "tree"
    STONE = "stone"


class Thing(msgspec.Struct, forbid_unknown_fields=True):
    kind: Kind
    size: Annotated[int, Meta(ge=1, le=9)] | None = None


class Heap(msgspec.Struct, forbid_unknown_fields=True):
    colour: Annotated[str, Meta(pattern="^#[0-9a-f]{6}$", description="Colour as #rrggbb.")]
    since: date
    things: tuple[Thing, ...] = ()
    notes: dict[str, dict[str, str]] = {}
    best: Thing | None = None


RIGHT = {"colour": "#00ff00", "since": date(2027, 1, 1), "things": [{"kind": "tree", "size": 3}]}


def test_right_document_has_none() -> None:
    assert list(find_mistakes(RIGHT, Heap)) == []
    assert mend(RIGHT, Heap) == RIGHT


def test_each_mistake_is_found_where_it_is() -> None:
    wrong = {
        "color": "#00ff00",
        "since": "long ago",
        "things": [{"kind": "tree"}, {"kind": "sand", "size": 10}],
        "notes": {"nb": {"a": 1}},
        "best": {},
    }
    assert list(find_mistakes(wrong, Heap)) == [
        Mistake(("color",), "there is no such key", "did you mean colour?"),
        Mistake(("colour",), "is missing", "Colour as #rrggbb"),
        Mistake(("since",), "`long ago` can't be used", "a date such as 2027-03-01"),
        Mistake(("things", 1, "kind"), "`sand` can't be used", "one of tree, stone"),
        Mistake(("things", 1, "size"), "`10` can't be used", "a whole number from 1 to 9"),
        Mistake(("notes", "nb", "a"), "`1` can't be used", "text"),
        Mistake(("best", "kind"), "is missing", "one of tree, stone"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [{}, {"colour": 3}, {"things": [{"kind": "sand"}, {}]}, {"best": 7}, {"things": {}}, {"since": "x"}],
    ids=str,
)
def test_mended_document_fits(wrong: dict[str, object]) -> None:
    assert list(find_mistakes({**RIGHT, **wrong}, Heap)) == [] or mend(wrong, Heap) != wrong
    msgspec.convert(mend({**RIGHT, **wrong}, Heap), Heap)
    msgspec.convert(mend(wrong, Heap), Heap)


def test_mending_keeps_what_is_right() -> None:
    mended = mend({**RIGHT, "colour": "green"}, Heap)
    assert mended == {**RIGHT, "colour": "#000000"}
