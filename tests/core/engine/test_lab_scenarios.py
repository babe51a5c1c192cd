"""Scenarios: a patch changes what it says and nothing else, and what it means for each child."""

from typing import Any

import msgspec
import pytest
from tests.core.engine.every_algorithm import market_under
from tests.core.engine.markets import Row, child, encode, market, points, read, seat

from opptak.engine.canonical import input_hash
from opptak.engine.instance import Algorithm, Instance, Malformed
from opptak.engine.lab.patch import Patch, parse_patch
from opptak.engine.lab.patching import patched
from opptak.engine.lab.scenario import Change, Scenario, against_base
from opptak.engine.running import allocate


def patch(**changes: Any) -> Patch:
    return parse_patch(encode({"format": "opptak-allocation-patch/1", **changes}))


def scenario(document: Row, **changes: Any) -> Scenario:
    return against_base(read(document), patch(**changes), with_ids=True)


def changed(document: Row, **changes: Any) -> Instance:
    return patched(read(document), patch(**changes))


def weighed(name: str, wishes: str, sibling: int, near: int, **rest: Any) -> Row:
    """A child with points by two criteria, and five by none."""
    reasons = [{"criterion": "sibling", "points": sibling}, {"criterion": "near", "points": near}]
    own = {**points(sibling + near + 5), "reasons": [row for row in reasons if row["points"]]}
    return {"id": name, "wishes": list(wishes), "priority": own, **rest}


@pytest.fixture
def document() -> Row:
    return market(
        [seat("A"), seat("B"), seat("C")],
        [
            weighed("c1", "AB", sibling=20, near=0, current="B"),
            weighed("c2", "AB", sibling=0, near=10, right=True, fallback=["A", "B"], pinned=None),
            child("c3", "BA", 1, blocked=["C"], priority_at={"B": points(40)}),
        ],
    )


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize("seed", range(4))
def test_empty_patch_changes_nothing(algorithm: Algorithm, seed: int) -> None:
    instance = read(market_under(algorithm, seed))

    assert input_hash(patched(instance, patch())) == input_hash(instance)

    found = against_base(instance, patch())
    assert found.base == found.scenario
    assert {figure.delta for figure in found.metrics.values()} == {0}
    assert found.changes == {"better": 0, "worse": 0, "same": len(instance.children)}
    assert all(one.base == one.scenario and not one.came + one.left for one in found.programs.values())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"capacity": {"A": 3}}, {"programs": [seat("A", 3, facility="A"), None, None]}),
        (
            {"reserves": {"B": [{"count": 1, "tag": "sami"}]}},
            {"programs": [None, seat("B", facility="B", reserves=[{"count": 1, "tag": "sami"}]), None]},
        ),
        ({"rules": {"algorithm": "da_offers"}}, {"rules": {"algorithm": "da_offers"}}),
        ({"rules": {"lottery": True}, "seed": "0b"}, {"rules": {"lottery": True}, "round": {"seed": "0b"}}),
        ({"longest_list": 1}, {"children": [{"wishes": ["A"]}, {"wishes": ["A"]}, {"wishes": ["B"]}]}),
        (
            {"tiers": {"3": 1, "1": 3}},
            {"children": [{"priority": {"tier": 1}}, {"priority": {"tier": 1}}, {"priority": {"tier": 1}}]},
        ),
    ],
)
def test_patch_changes_what_it_says(document: Row, changes: Row, expected: Row) -> None:
    for child_row in document["children"]:
        child_row.pop("priority_at", None)

    assert changed(document, **changes) == read(_merged(document, expected))


def _merged(row: Any, change: Any) -> Any:
    if change is None:
        return row
    if isinstance(row, dict):
        return {**row, **{key: _merged(row.get(key), value) for key, value in change.items()}}
    if isinstance(row, list) and any(isinstance(part, dict | None) for part in change):
        return [_merged(one, part) for one, part in zip(row, change, strict=True)]
    return change


def test_closed_program_is_nowhere(document: Row) -> None:
    document["children"][0]["pinned"] = "B"
    document["families"] = [{"id": "f", "tuples": [{"c1": "B", "c2": "A"}, {"c1": "A", "c2": None}]}]

    found = changed(document, closed=["B"])

    assert [program.id for program in found.programs] == ["A", "C"]
    assert [one.wishes for one in found.children] == [("A",), ("A",), ("A",)]
    assert found.children[0].pinned is None
    assert found.children[1].fallback == ("A",)
    assert found.children[2].priority_at == {}
    assert found.families[0].tuples == ({"c1": "A", "c2": None},)


def test_new_program_is_asked_for_behind_the_one_it_resembles(document: Row) -> None:
    found = changed(
        document, opened=[{"program": {"id": "N", "facility": "N", "capacity": 1}, "behind": "A"}]
    )

    assert [one.wishes for one in found.children] == [("A", "N", "B"), ("A", "N", "B"), ("B", "A", "N")]
    assert found.children[1].fallback == ("A", "N", "B")


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"sibling": {"points": 7}}, [12, 15, 1]),
        ({"sibling": {"factor_ppm": 500_000}}, [15, 15, 1]),
        ({"near": {"factor_ppm": 1_550_000}}, [25, 20, 1]),
        ({"sibling": {"points": 0}, "near": {"points": 0}}, [5, 5, 1]),
    ],
)
def test_weight_changes_points_by_that_criterion_alone(
    document: Row, criteria: Row, expected: list[int]
) -> None:
    found = changed(document, criteria=criteria)

    assert [one.priority and one.priority.points for one in found.children] == expected
    assert found.children[2].priority_at["B"].points == 40


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "red"}, "$: Object contains unknown field `colour`"),
        ({"criteria": {"near": {"weight": 1}}}, "$.criteria[...]: Object contains unknown field `weight`"),
        ({"capacity": {"X": 1}}, "$.capacity['X']: no program 'X'"),
        ({"capacity": {"A": -1}}, "$.capacity[...]: Expected `int` >= 0"),
        ({"capacity": {"A": [1] * 5}}, "$.programs[0].capacity: this algorithm gives whole seats"),
        ({"closed": ["A", "A"]}, "$.closed[1]: given twice"),
        ({"closed": ["A"], "reserves": {"A": []}}, "$.reserves['A']: the program is closed too"),
        (
            {"opened": [{"program": {"id": "A", "facility": "A", "capacity": 1}}]},
            "$.opened[0].program.id: given twice",
        ),
        (
            {"opened": [{"program": {"id": "N", "facility": "A", "capacity": 1}, "behind": "X"}]},
            "$.opened[0].behind: no program 'X'",
        ),
        ({"criteria": {"far": {"points": 1}}}, "$.criteria['far']: no child has points by it"),
        ({"criteria": {"near": {}}}, "$.criteria['near']: give either points or factor_ppm"),
        ({"criteria": {"near": {"points": 65535}}}, "$.criteria: child 'c2' would have 65540 points"),
        ({"rules": {"algorithm": "seniority"}}, "$.children[2].priority_at: this algorithm has one queue"),
    ],
)
def test_what_cannot_be_is_refused_with_its_path(document: Row, changes: Row, message: str) -> None:
    with pytest.raises(Malformed) as refused:
        changed(document, **changes)

    assert str(refused.value).startswith(message)


def test_scenario_counts_who_gains_and_loses(document: Row) -> None:
    found = scenario(document, criteria={"sibling": {"points": 0}}, capacity={"C": 4})

    assert found.changes == {"better": 1, "worse": 2, "same": 0}
    assert found.ids == {"better": ("c2",), "worse": ("c1", "c3"), "same": ()}
    assert msgspec.to_builtins(found.programs["A"]) == {"base": 1, "scenario": 1, "came": 1, "left": 1}
    assert found.metrics["seats"].delta == 3
    assert found.base == allocate(read(document)).record
    assert found.scenario.input_hash != found.base.input_hash


def test_children_are_named_only_when_asked_for(document: Row) -> None:
    assert against_base(read(document), patch()).ids is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"capacity": {"A": 2}}, {"c1": Change.SAME, "c2": Change.BETTER}),
        ({"closed": ["A"]}, {"c1": Change.WORSE, "c2": Change.SAME}),
        (
            {
                "closed": ["A"],
                "opened": [{"program": {"id": "N", "facility": "N", "capacity": 2}, "behind": "A"}],
            },
            {"c1": Change.WORSE, "c2": Change.BETTER},
        ),
        ({"longest_list": 0}, {"c1": Change.WORSE, "c2": Change.SAME}),
    ],
)
def test_change_is_told_by_the_childs_own_order(changes: Row, expected: dict[str, Change]) -> None:
    document = market([seat("A"), seat("B", 0)], [child("c1", "AB", 2), child("c2", "AB", 1)])

    found = scenario(document, **changes).ids

    assert found is not None
    assert {name: change for change, names in found.items() for name in names} == expected


def test_earlier_round_is_replayed_under_other_rules(document: Row) -> None:
    """Another algorithm that counts days leaves every child comparable."""
    found = scenario(document, rules={"algorithm": "fit"})

    assert found.changes == {"better": 0, "worse": 0, "same": 3}
    assert found.scenario.algorithm is Algorithm.FIT
