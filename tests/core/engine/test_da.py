"""Deferred acceptance: against exhaustive search, and each rule by a market small enough to read."""

from collections.abc import Iterator
from itertools import product
from random import Random
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.engine.markets import (
    Row,
    child,
    encode,
    market,
    points,
    run,
    seat,
    seeded_market,
    tiny_markets,
)

from opptak.engine.canonical import canonical_bytes
from opptak_verifier.market import Contract, Market
from opptak_verifier.shape import INSTANCE, parse

Assignment = dict[str, str | None]
Wished = TypeVar("Wished")


def stable_assignments(document: Row) -> Iterator[Assignment]:
    """Every feasible assignment in which no program would take a child that would rather be there."""
    rules = Market(parse(encode(document), INSTANCE))
    children = list(rules.lists)
    for places in product(*([*rules.lists[name], None] for name in children)):
        got = dict(zip(children, places, strict=True))
        held: dict[str, dict[str, Contract]] = {name: {} for name in rules.programs}
        for name, contract in got.items():
            if contract is not None:
                held[contract.program][name] = contract
        kept = {name: set(rules.choose(name, those).slots) for name, those in held.items()}
        if all(kept[name] == set(those) for name, those in held.items()) and not any(
            rules.takes(held[contract.program], name, contract)
            for name in children
            for contract in rather(rules.lists[name], got[name])
        ):
            yield {name: contract and contract.program for name, contract in got.items()}


def rather(wishes: list[Wished], place: Wished | None) -> list[Wished]:
    return wishes[: wishes.index(place)] if place is not None else wishes


def lists(document: Row, name: str) -> list[str]:
    return [contract.program for contract in Market(parse(encode(document), INSTANCE)).lists[name]]


def rank(document: Row, name: str, place: str | None) -> int:
    wishes = lists(document, name)
    return wishes.index(place) if place is not None else len(wishes)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(tiny_markets())
def test_da_is_the_best_stable_assignment_for_every_child(document: Row) -> None:
    assert_best_stable(document)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(tiny_markets(limits=True))
def test_da_is_the_best_stable_assignment_with_reserves_and_caps(document: Row) -> None:
    assert_best_stable(document)


def assert_best_stable(document: Row) -> None:
    found = run(document).assignment
    stable = list(stable_assignments(document))

    assert found in stable
    for other in stable:
        for name, place in other.items():
            assert rank(document, name, found[name]) <= rank(document, name, place)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(tiny_markets(limits=True), st.randoms(use_true_random=False))
def test_da_ignores_the_order_of_rows(document: Row, random: Random) -> None:
    turned = {
        **document,
        "programs": random.sample(document["programs"], len(document["programs"])),
        "children": random.sample(document["children"], len(document["children"])),
    }

    assert canonical_bytes(run(turned)) == canonical_bytes(run(document))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(tiny_markets(limits=True))
def test_da_never_takes_a_holders_place_for_another(document: Row) -> None:
    found = run(document).assignment
    seats = {program["id"]: program["capacity"] for program in document["programs"]}
    for row in document["children"]:
        own = row["current"]
        holders = [other for other in document["children"] if other["current"] == own]
        caps = next((p.get("age_caps") for p in document["programs"] if p["id"] == own), None)
        if own is not None and len(holders) <= seats[own] and not caps:
            assert found[row["id"]] in (*rather([*row["wishes"], own], own), own)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(tiny_markets(), st.integers(0, 4), st.permutations(("A", "B", "C")), st.integers(0, 3))
def test_da_rewards_no_other_list_than_the_true_one(
    document: Row, index: int, lie: tuple[str, ...], length: int
) -> None:
    if index >= len(document["children"]):
        return
    # A place stated as a wish goes before one accepted under the guarantee, by decision: set that aside.
    document["rules"]["fallback"] = False
    honest = run(document).assignment
    rows = list(document["children"])
    name = rows[index]["id"]
    rows[index] = {**rows[index], "wishes": list(lie)[:length]}

    tricked = run({**document, "children": rows}).assignment[name]

    wishes = lists(document, name)
    if tricked in wishes or tricked is None:
        assert rank(document, name, honest[name]) <= rank(document, name, tricked)


def test_reserves_meeting_caps_leave_no_claim() -> None:
    claims = [run(seeded_market(seed)).metrics.blocking for seed in range(300)]

    assert claims == [0] * 300


def test_child_shut_out_by_a_cap_is_looked_at_again() -> None:
    cap = [{"bands": ["u3"], "max": 1}]
    slots = [{"count": 1, "tag": "sami", "open": True}]
    document = market(
        [seat("A", 2, reserves=slots, age_caps=cap), seat("B")],
        [
            child("c1", "A", 10, band="u3", tags=["sami"]),
            child("c2", "A", 80, band="o3"),
            child("c3", "A", 90, band="u3"),
            child("c4", "BA", 50, band="o3", tags=["sami"]),
            child("c5", "B", 60),
        ],
    )

    assert run(document).assignment == {"c1": None, "c2": None, "c3": "A", "c4": "A", "c5": "B"}


def test_priority_at_a_program_replaces_the_general_one() -> None:
    document = market([seat("A")], [child("c1", "A", 9), child("c2", "A", 1, priority_at={"A": points(10)})])

    assert run(document).assignment == {"c1": None, "c2": "A"}


def test_child_without_priority_stands_behind_every_tier() -> None:
    document = market(
        [seat("A")],
        [{"id": "c1", "wishes": ["A"]}, {"id": "c2", "wishes": ["A"], "priority": points(0, tier=65535)}],
    )

    assert run(document).assignment == {"c1": None, "c2": "A"}


def test_lottery_decides_by_family_and_then_by_birth_order() -> None:
    children = [
        child(name, "A", family="f", ordinal=3 - index) for index, name in enumerate(("c1", "c2", "c3"))
    ]

    assert run(market([seat("A")], children, lottery=True)).assignment == {"c1": None, "c2": None, "c3": "A"}


def test_without_lottery_equals_are_told_apart_by_id() -> None:
    document = market([seat("A")], [child("c2", "A", ordinal=0), child("c1", "A", ordinal=1)])

    assert run(document).assignment == {"c1": "A", "c2": None}


def test_closed_reserve_stays_empty_without_the_tag() -> None:
    slots = [{"count": 1, "tag": "sami", "open": False}]
    document = market([seat("A", 2, reserves=slots)], [child("c1", "A", 2), child("c2", "A", 1)])

    assert run(document).assignment == {"c1": "A", "c2": None}


def test_reserves_are_filled_in_their_order() -> None:
    slots = [{"count": 1, "tag": "staff", "open": True}, {"count": 1, "tag": "sami", "open": True}]
    document = market(
        [seat("A", 2, reserves=slots)],
        [
            child("c1", "A", 9, tags=["sami", "staff"]),
            child("c2", "A", 8, tags=["staff"]),
            child("c3", "A", 1, tags=["sami"]),
        ],
    )

    assert run(document).assignment == {"c1": "A", "c2": None, "c3": "A"}


def test_new_reserve_takes_no_place_from_a_child_that_has_one() -> None:
    slots = [{"count": 2, "tag": "sami", "open": False}]
    document = market(
        [seat("A", 2, reserves=slots), seat("B", 0)],
        [child("c1", "B", current="A"), child("c2", "B", current="A"), child("c3", "A", 9, tags=["sami"])],
    )

    assert run(document).assignment == {"c1": "A", "c2": "A", "c3": None}


def test_nested_caps_hold_together() -> None:
    caps = [{"bands": ["u3", "mid"], "max": 2}, {"bands": ["u3"], "max": 1}]
    children = [
        child(f"c{n}", "A", 10 - n, band=band) for n, band in enumerate(("u3", "u3", "mid", "mid", "o3"))
    ]

    found = run(market([seat("A", 3, age_caps=caps)], children)).assignment

    assert [name for name, place in found.items() if place] == ["c0", "c2", "c4"]


def test_pinned_child_goes_before_all_but_holders() -> None:
    document = market(
        [seat("A"), seat("B")],
        [child("c1", "A", 99), child("c2", "B", pinned="A"), child("c3", "", current="B")],
    )

    assert run(document).assignment == {"c1": None, "c2": "A", "c3": "B"}


def test_pin_without_a_seat_leaves_the_child_its_wishes() -> None:
    document = market([seat("A", 0), seat("B")], [child("c1", "B", pinned="A")])

    assert run(document).assignment == {"c1": "B"}


def test_blocked_program_is_passed_over() -> None:
    document = market([seat("A"), seat("B")], [child("c1", "AB", blocked=["A"])])

    assert run(document).assignment == {"c1": "B"}


def test_owners_ranking_decides_where_there_is_one() -> None:
    document = market(
        [seat("A", ranking=["c3", "c1"]), seat("B")],
        [child("c1", "A", 9), child("c2", "AB", 99), child("c3", "A", 1), child("c4", "B", 50)],
        priority="listed",
    )

    assert run(document).assignment == {"c1": None, "c2": "B", "c3": "A", "c4": None}


def test_ranking_is_looked_at_only_if_the_rules_say_so() -> None:
    document = market([seat("A", ranking=["c1"])], [child("c1", "A", 1), child("c2", "A", 2)])

    assert run(document).assignment == {"c1": None, "c2": "A"}


def test_guarantee_needs_the_right_the_consent_and_the_rule() -> None:
    children = [
        child("c1", "", right=True, fallback=["A"]),
        child("c2", "", right=False, fallback=["B"]),
        child("c3", "", right=True),
    ]
    seats = [seat("A"), seat("B"), seat("C")]

    assert run(market(seats, children)).assignment == {"c1": "A", "c2": None, "c3": None}
    assert set(run(market(seats, children, fallback=False)).assignment.values()) == {None}


def test_holder_prefers_its_own_seat_to_the_guarantee() -> None:
    document = market(
        [seat("A", 0), seat("B"), seat("C")], [child("c1", "A", current="B", right=True, fallback=["C"])]
    )

    assert run(document).assignment == {"c1": "B"}
