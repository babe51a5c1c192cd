"""Rounds at the edge of what there is: an outcome, or one line that says where the fault lies."""

import pytest
from tests.core.engine.markets import Row, child, encode, market, points, run, seat

from opptak.engine.instance import Malformed
from opptak.engine.paths import Path
from opptak.engine.running import allocate
from opptak.engine.wellformed import parse_instance

WAYS = (Path.PYTHON, Path.NUMPY, Path.NUMBA)
SINGLE = child("c1", "A")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("document", "assignment"),
    [
        (market([], []), {}),
        (market([], [child("c1", "")]), {"c1": None}),
        (market([seat("A")], []), {}),
        (market([seat("A", 0)], [SINGLE]), {"c1": None}),
        (market([seat("A")], [child("c1", "")]), {"c1": None}),
        (market([seat("A", 2**31 - 1), seat("B", 2**31 - 1)], [SINGLE]), {"c1": "A"}),
        (market([seat("A")], [child("c1", "A", current="closed")]), {"c1": "A"}),
        (
            market([seat("Á")], [{"id": "🦊", "wishes": ["Á"]}, {"id": "č", "wishes": ["Á"]}]),
            {"č": "Á", "🦊": None},
        ),
    ],
)
def test_hopeless_round_has_an_outcome(document: Row, assignment: dict[str, str | None], way: Path) -> None:
    assert allocate(parse_instance(encode(document)), way).assignment == assignment


def test_ten_thousand_wishes_are_asked_one_by_one() -> None:
    names = [f"P{number:05}" for number in range(10_000)]
    seats = [seat(name, 0) for name in names[:-1]]
    document = market([*seats, seat(names[-1])], [{"id": "c1", "wishes": names}])

    result = run(document)

    assert result.assignment == {"c1": "P09999"}
    assert len(result.wishes["c1"]) == 10_000


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (market([seat("A"), seat("A")], []), "$.programs[1].id"),
        (market([seat("A")], [SINGLE, SINGLE]), "$.children[1].id"),
        (market([seat("A")], [child("c1", "AA")]), "$.children[0].wishes[1]"),
        (market([seat("A")], [child("c1", "X")]), "$.children[0].wishes[0]"),
        (market([seat("A", -1)], []), "$.programs[0].capacity"),
        (market([seat("A", 2**31)], []), "$.programs[0].capacity"),
        (market([seat("A")], [{**SINGLE, "priority": points(65_536)}]), "$.children[0].priority.points"),
        (market([seat("A")], [{**SINGLE, "priority": points(-1)}]), "$.children[0].priority.points"),
        (market([seat("A")], [{**SINGLE, "id": "", "family": "f"}]), "$.children[0].id"),
    ],
)
def test_fault_is_named_by_its_path(document: Row, path: str) -> None:
    with pytest.raises(Malformed) as found:
        run_raw(document)

    assert found.value.path == path
    assert "\n" not in str(found.value)


def run_raw(document: Row) -> None:
    allocate(parse_instance(encode(document)))


def test_outcome_of_a_round_without_anybody_is_published() -> None:
    result = run(market([], []))

    assert (result.metrics.children, result.metrics.placed, result.cutoffs) == (0, 0, {})
