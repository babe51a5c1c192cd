"""Sheets: either separator, any order, and every mistake at its line and column."""

import msgspec
import pytest

from opptak.kit.mistakes import Mistake
from opptak.kit.sheets import read_sheet


class Row(msgspec.Struct, frozen=True):
    id: str
    seats: int = 0
    open: bool = True


@pytest.mark.parametrize(
    "text",
    [
        "id;seats;open\na;3;false\n",
        "\ufeffopen,seats,id\r\nfalse,3,a\r\n\r\n",
        'id;seats;open\n"a";"3";0\n;;\n',
        "id ; seats ; open\n a ; 3 ; FALSE\n",
    ],
)
def test_rows_are_read(text: str) -> None:
    assert read_sheet(text.encode(), Row) == ([(2, Row("a", 3, open=False))], [])


def test_empty_cell_is_the_default() -> None:
    assert read_sheet(b"id;seats\na;\n", Row) == ([(2, Row("a"))], [])


def test_all_mistakes_are_told() -> None:
    rows, mistakes = read_sheet(b"id;seets;seats;open\na;1;tolv;ja\n;1;2;true\nc;1;4;true;more\n", Row)
    assert rows == []
    assert mistakes == [
        Mistake((1, "seets"), "there is no such column", "did you mean seats?"),
        Mistake((2, "seats"), "`tolv` can't be used", "a whole number"),
        Mistake((2, "open"), "`ja` can't be used", "true or false"),
        Mistake((3, "id"), "is missing", "text"),
        Mistake((4,), "there are more cells than columns"),
    ]


def test_missing_column_is_told_once() -> None:
    assert read_sheet(b"seats\n1\n2\n", Row)[1] == [Mistake((1, "id"), "the column is missing", "text")]


def test_column_that_is_there_twice_is_told() -> None:
    assert read_sheet(b"id;id\na;b\n", Row)[1] == [Mistake((1, "id"), "the column is there twice")]


def test_other_encoding_is_told_with_its_line() -> None:
    [mistake] = read_sheet("id\na\nbø\n".encode("latin-1"), Row)[1]
    assert (mistake.path, mistake.told) == ((3,), "this is not UTF-8")
