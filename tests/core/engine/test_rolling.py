"""Vacant places: proposed in order, nobody passed over, and who moves frees a place in turn."""

import pytest
from tests.core.engine.day_markets import day_market
from tests.core.engine.markets import child, market, points, read, run, seat, seeded_market

from opptak.engine.checks import ResultOfAnotherInstance
from opptak.engine.instance import Instance
from opptak.engine.market import UNPLACED, Market
from opptak.engine.outcome import Outcome, outcome_of
from opptak.engine.result import Result
from opptak.engine.rolling import Proposal, proposals
from opptak.engine.running import allocate

WEEK, MORNINGS, EVENINGS = [1] * 5, [1, 1, 1, 0, 0], [0, 0, 0, 1, 1]


def made(found: list[Proposal]) -> list[tuple[str, str, str | None, int | None]]:
    return [(one.child, one.program, one.leaves, one.follows) for one in found]


def test_vacant_place_goes_down_the_waiting_lists() -> None:
    instance = read(
        market(
            [seat("A"), seat("B"), seat("C")],
            [
                child("c1", "A", 9),
                child("c2", "AB", 8),
                child("c3", "BC", 7),
                child("c4", "C", 6),
                child("c5", "A", 1),
            ],
        )
    )
    result = allocate(instance)

    assert made(proposals(instance, result, ["c1"])) == [
        ("c2", "A", None, None) if result.assignment["c2"] is None else ("c2", "A", "B", None),
        ("c3", "B", "C", 0),
        ("c4", "C", None, 1),
    ]


def test_nobody_waits_and_the_place_stays_vacant() -> None:
    instance = read(market([seat("A"), seat("B")], [child("c1", "A"), child("c2", "B")]))

    assert proposals(instance, allocate(instance), ["c1"]) == []
    assert proposals(instance, allocate(instance), []) == []


def test_full_place_may_be_proposed_to_two_by_days() -> None:
    rows = [
        {"id": "c1", "wishes": ["A"], "priority": points(9), "need": WEEK},
        {"id": "c2", "wishes": ["A"], "priority": points(5), "need": MORNINGS},
        {"id": "c3", "wishes": ["A"], "priority": points(4), "need": WEEK},
        {"id": "c4", "wishes": ["A"], "priority": points(1), "need": EVENINGS},
    ]
    by_fit = read(market([seat("A", [1] * 5)], rows, algorithm="fit"))
    strictly = read(market([seat("A", [1] * 5)], rows, algorithm="strict"))

    assert [one.child for one in proposals(by_fit, allocate(by_fit), ["c1"])] == ["c2", "c4"]
    assert [one.child for one in proposals(strictly, allocate(strictly), ["c1"])] == ["c2"]


def test_reserve_is_kept_for_those_it_is_for() -> None:
    slots = [{"count": 1, "tag": "sami", "open": False}]
    rows = [child("c1", "A", 1, tags=["sami"]), child("c2", "A", 9), child("c3", "A", 0, tags=["sami"])]
    instance = read(market([seat("A", 1, reserves=slots)], rows))

    assert [one.child for one in proposals(instance, allocate(instance), ["c1"])] == ["c3"]


def test_result_of_another_instance_is_refused() -> None:
    one, other = market([seat("A")], [child("c1", "A")]), market([seat("A")], [child("c1", "A", 1)])

    with pytest.raises(ResultOfAnotherInstance):
        proposals(read(one), run(other), ["c1"])


def test_nobody_is_passed_over_and_nobody_moves_to_a_worse_place() -> None:
    for seed in range(120):
        for document in (seeded_market(seed), day_market(seed, children=8, limits=True)):
            instance = read(document)
            result = allocate(instance)
            for leaver in [name for name, place in result.assignment.items() if place][:3]:
                check_chain(instance, result, leaver)


def check_chain(instance: Instance, result: Result, leaver: str) -> None:
    """Play the proposals and look at every program where a place became free."""
    outcome = outcome_of(Market.of(instance), result)
    given, found = outcome.market, proposals(instance, result, [leaver])
    index = {row.id: number for number, row in enumerate(given.children)}
    got = list(outcome.got)
    freed = {outcome.place[index[leaver]]}
    got[index[leaver]] = UNPLACED
    for one in found:
        number, program = index[one.child], given.index_of_program[one.program]
        assert one.child != leaver
        assert program in freed
        preferred = given.preferred(number, got[number])
        before = given.place(number, got[number])
        assert one.leaves == (None if before == UNPLACED else given.programs[before].id)
        inside = {other: at for other, at in enumerate(got) if given.place(other, at) == program}
        got[number] = next(at for at in preferred if fits(given, program, inside, number, at))
        freed.add(before)
    after = Outcome(given, got)
    for claim in after.claims():
        if claim.program in freed and given.children[claim.child].id != leaver:
            inside = {other: at for other, at in enumerate(got) if given.place(other, at) == claim.program}
            assert claim.program in outcome.strict or not fits(
                given, claim.program, inside, claim.child, claim.position
            )


def fits(given: Market, program: int, inside: dict[int, int], number: int, position: int) -> bool:
    """Whether a child can have a contract at a program beside all who are there."""
    if given.lists[number][position] != program:
        return False
    ranks = {given.ranks[other][at] for other, at in inside.items() if other != number}
    ranks.add(given.ranks[number][position])
    return given.seatings[program].admit(ranks).slots.keys() == ranks
