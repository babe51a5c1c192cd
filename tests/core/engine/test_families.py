"""Families with joint wishes: no family blocks, or as few as can be, tried against every assignment."""

import subprocess
import sys
from importlib.util import find_spec
from random import Random

import pytest
from tests.core.engine.family_markets import BruteForce, family_market, impossible, tiny_family_market
from tests.core.engine.markets import Row, child, read, run, seat

from opptak.engine import families_solver, paths
from opptak.engine.canonical import canonical_bytes
from opptak.engine.families import families
from opptak.engine.families_narrow import narrow
from opptak.engine.families_start import first_outcome
from opptak.engine.families_town import Answer, Town
from opptak.engine.instance import Malformed
from opptak.engine.market import Market
from opptak.engine.paths import MissingExtra

BATCHES, IN_BATCH = 6, 50


@pytest.mark.parametrize("batch", range(BATCHES))
def test_outcome_is_the_best_of_all_assignments(batch: int) -> None:
    for seed in range(batch * IN_BATCH, (batch + 1) * IN_BATCH):
        document = tiny_family_market(seed)
        result, every = run(document), BruteForce(document)
        verdict = every.judge(result.assignment)

        assert verdict == every.best(), seed
        assert result.metrics.blocking == verdict[0], seed
        assert (result.record.solver or "").endswith(" OPTIMAL"), seed


@pytest.mark.parametrize("seed", [742, 1107, 1790, 3206, 6357, 7685])
def test_outcome_is_the_best_where_none_is_stable(seed: int) -> None:
    document = tiny_family_market(seed)
    every = BruteForce(document)

    assert every.best()[0] > 0
    assert every.judge(run(document).assignment) == every.best()


def test_market_without_a_stable_outcome_has_one_blocking_family() -> None:
    document = impossible("1")
    result, every = run(document), BruteForce(document)

    assert every.best()[0] == 1
    assert every.judge(result.assignment) == every.best()
    assert result.metrics.blocking == 1
    assert (result.record.solver or "").startswith("ortools ")


def test_blocking_families_are_as_few_as_can_be_not_only_none_or_one() -> None:
    result = run(impossible("1", "2", "3"))

    assert result.metrics.blocking == 3
    assert (result.record.solver or "").endswith(" OPTIMAL")


def test_family_that_would_hand_a_seat_on_to_a_sibling_blocks() -> None:
    programs = [seat("A")]
    children = [child("c1", "A", 1, family="h"), child("c2", "A", 3, family="h"), child("c3", "A", 2)]
    document = family_market(programs, children, [{"c1": "A"}, {"c2": "A"}])

    assert BruteForce(document).best()[0] == 1
    assert run(document).metrics.blocking == 1


def test_result_names_the_tuple_of_each_family() -> None:
    programs = [seat("A", 2), seat("B", 2)]
    children = [child(f"c{number}", "AB", 5 - number) for number in range(5)]
    document = family_market(
        programs,
        children,
        [{"c0": "B", "c1": "B"}],
        [{"c2": "B", "c3": "B"}, {"c2": "A", "c3": "A"}],
    )

    result = run(document)

    assert result.families == {"f0": 0, "f1": 1}
    assert result.assignment == {"c0": "B", "c1": "B", "c2": "A", "c3": "A", "c4": None}


def test_holders_in_a_family_keep_their_seats_or_get_a_better_tuple() -> None:
    programs = [seat("A", 2), seat("B", 1)]
    pair = [child("c1", "", current="A", family="h"), child("c2", "", current="A", family="h")]
    others = [child("c3", "AB", 9), child("c4", "AB", 8)]

    stay = run(family_market(programs, [*pair, *others], [{"c1": "B", "c2": "B"}, {"c1": "B"}]))
    go = run(family_market(programs, [*pair, others[0]], [{"c1": "B", "c2": "A"}]))

    assert stay.assignment == {"c1": "A", "c2": "A", "c3": "B", "c4": None}
    assert stay.families == {"f0": None}
    assert stay.metrics.lost == stay.metrics.blocking == 0
    assert go.assignment == {"c1": "B", "c2": "A", "c3": "A"}


def test_more_holders_than_seats_left_lose_the_seats_that_are_gone() -> None:
    pair = [child("c1", "", 2, current="A", family="h"), child("c2", "", 1, current="A", family="h")]

    result = run(family_market([seat("A", 1)], pair, [{"c1": "A", "c2": "A"}]))

    assert result.assignment == {"c1": "A", "c2": None}


def test_pinned_child_of_a_family_stays_where_it_is_put() -> None:
    pair = [child("c1", "B", 2, pinned="A", family="h"), child("c2", "B", 1, family="h")]

    result = run(family_market([seat("A", 1), seat("B", 2)], pair, [{"c1": "B", "c2": "B"}, {"c2": "B"}]))

    assert result.assignment == {"c1": "A", "c2": "B"}
    assert result.families == {"f0": 1}


def test_families_without_tuples_and_tuples_for_nobody_change_nothing() -> None:
    programs, children = [seat("A")], [child("c1", "A"), child("c2", "A", 5)]

    result = run(family_market(programs, children, [], [{}], [{"c1": None}]))

    assert result.assignment == {"c1": None, "c2": "A"}
    assert result.families == {"f1": None, "f2": 0}


@pytest.mark.parametrize("document", [tiny_family_market(3), impossible("1", "2")])
def test_same_bytes_twice_and_whatever_the_order_of_rows(document: Row) -> None:
    first = canonical_bytes(run(document))
    random = Random(1)  # noqa: S311 -- must repeat itself
    for _ in range(5):
        shuffled = {**document}
        for part in ("programs", "children", "families"):
            shuffled[part] = random.sample(document[part], len(document[part]))
        again = run(shuffled)

        assert again.assignment == run(document).assignment
        assert again.families == run(document).families
    assert canonical_bytes(run(document)) == first


def test_what_is_ruled_out_happens_in_no_stable_outcome() -> None:
    for seed in range(100):
        document = tiny_family_market(seed)
        town = Town.of(Market.of(read(document)))
        left = narrow(town)
        chosen = town.chosen(families(town.market).positions)
        if not list(town.blocking(chosen)):
            assert all(options >> got & 1 for options, got in zip(left, chosen, strict=True))


def test_first_outcome_is_feasible_and_stable_among_children_alone() -> None:
    for seed in range(100):
        town = Town.of(Market.of(read(tiny_family_market(seed))))
        assert not town.overfull(first_outcome(town))
        document = tiny_family_market(seed) | {"families": []}
        alone = Town.of(Market.of(read(document)))
        assert list(alone.blocking(first_outcome(alone))) == []


def test_solver_out_of_time_leaves_a_feasible_outcome_and_says_so() -> None:
    found = Market.of(read(impossible("1", "2")))

    placed = families(found, work=0.0)

    town = Town.of(found)
    assert (placed.solver or "").endswith(" FEASIBLE")
    assert not town.overfull(town.chosen(placed.positions))


def test_answer_of_the_solver_that_is_wrong_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Market.of(read(tiny_family_market(3)))
    town = Town.of(found)
    nothing = [len(party.options) - 1 for party in town.parties]
    assert list(town.blocking(nothing))
    monkeypatch.setattr(families_solver, "solve", lambda *_, **__: Answer(nothing, 0, proved=True))

    placed = families(found)

    assert (placed.solver or "").endswith(" REFUTED")
    assert placed.positions == town.positions(first_outcome(town))


def test_without_the_extra_there_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "find_spec", lambda name: None if name == "ortools" else find_spec(name))

    with pytest.raises(MissingExtra) as missing:
        run(impossible("1"))

    assert missing.value.extra == "families"


def test_engine_is_imported_without_the_solver() -> None:
    code = "import sys, opptak.engine.running; sys.exit('ortools' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 -- own code


@pytest.mark.parametrize(
    ("tuples", "path"),
    [
        ([[{"c1": "A"}], [{"c2": "A"}, {"c1": "B"}]], "$.families[1].tuples[1]"),
        ([[{"stranger": "A"}]], "$.families[0].tuples[0]"),
        ([[{"c1": "nowhere"}]], "$.families[0].tuples[0]"),
    ],
)
def test_contradictory_links_are_malformed(tuples: list[list[Row]], path: str) -> None:
    with pytest.raises(Malformed) as found:
        run(family_market([seat("A"), seat("B")], [child("c1", "A"), child("c2", "A")], *tuples))

    assert found.value.path.startswith(path)


def test_children_alone_need_no_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "find_spec", lambda _: None)
    for seed in range(50):
        document = tiny_family_market(seed)
        document["families"] = [{"id": "f", "tuples": []}]
        result = run(document)
        document["rules"]["algorithm"] = "da"
        document["families"] = []

        assert result.record.solver is None
        assert result.assignment == run(document).assignment
        assert result.metrics.blocking == 0
