"""Other ways of giving out places: each has the properties it is known for, on tiny markets."""

from itertools import permutations, product

import pytest
from hypothesis import given, settings
from tests.core.engine.markets import PROGRAMS, Row, child, market, read, seat, tiny_markets

from opptak.engine.da import deferred_acceptance
from opptak.engine.instance import Malformed
from opptak.engine.lab.comparators import COMPARATORS, Comparator, boston, compare, eadam, ttc
from opptak.engine.market import UNPLACED, Market

MARKETS = settings(max_examples=60, deadline=None)


def made(document: Row) -> Market:
    return Market.of(read(document))


def standing(market_: Market, got: list[int]) -> list[int]:
    """How many contracts each child would rather have than what it got."""
    return [len(market_.preferred(child_, position)) for child_, position in enumerate(got)]


def possible(market_: Market) -> list[list[int]]:
    """Every way to give out the places."""
    choices = [[UNPLACED, *range(len(wished))] for wished in market_.lists]
    return [list(got) for got in product(*choices) if fits(market_, list(got))]


def fits(market_: Market, got: list[int]) -> bool:
    places = [market_.place(child_, position) for child_, position in enumerate(got)]
    return all(places.count(at) <= seating.capacity for at, seating in enumerate(market_.seatings))


def improves(market_: Market, got: list[int]) -> bool:
    """Whether some could have had something better with nobody worse off."""
    own = standing(market_, got)
    others = (standing(market_, other) for other in possible(market_))
    return any(other != own and all(map(int.__le__, other, own)) for other in others)


@pytest.mark.parametrize("comparator", list(Comparator))
@MARKETS
@given(document=tiny_markets())
def test_nobody_could_gain_without_anothers_loss(comparator: Comparator, document: Row) -> None:
    """Under `boston` holders may keep a place from each other, and free one for later rounds only."""
    for one in document["children"] if comparator is Comparator.BOSTON else ():
        one["current"] = None
    market_ = made(document)

    got = COMPARATORS[comparator](market_)

    assert fits(market_, got)
    assert not improves(market_, got)


@pytest.mark.parametrize("comparator", list(Comparator))
@MARKETS
@given(document=tiny_markets())
def test_holders_with_a_seat_to_keep_lose_nothing(comparator: Comparator, document: Row) -> None:
    market_ = made(document)

    got = COMPARATORS[comparator](market_)

    for index, one in enumerate(market_.children):
        own = market_.index_of_program.get(one.current or "", UNPLACED)
        if own in market_.lists[index]:
            at = market_.lists[index].index(own)
            if market_.ranks[index][at] < market_.seatings[own].capacity:
                assert UNPLACED != got[index] <= at


@MARKETS
@given(document=tiny_markets())
def test_boston_gives_first_wishes_first(document: Row) -> None:
    """Whoever is refused its first wish is behind all who got the program, and they wished it first."""
    for one in document["children"]:
        one["current"] = None
    market_ = made(document)
    got = boston(market_)

    for index, wished in enumerate(market_.lists):
        if wished and got[index] != 0:
            program = wished[0]
            there = [other for other, at in enumerate(got) if market_.place(other, at) == program]
            assert len(there) == market_.seatings[program].capacity
            assert all(got[other] == 0 for other in there)
            assert all(market_.ranks[other][0] < market_.ranks[index][0] for other in there)


@settings(max_examples=20, deadline=None)
@given(document=tiny_markets())
def test_trading_cycles_reward_no_false_list(document: Row) -> None:
    for one in document["children"]:
        one["current"], one["fallback"] = None, None
    honest = ttc(made(document))

    for index, one in enumerate(document["children"]):
        true = list(one["wishes"])
        orders = [list(order) for size in range(4) for order in permutations(PROGRAMS, size)]
        for order in orders:
            lie = {**document, "children": [*document["children"]]}
            lie["children"][index] = {**one, "wishes": order}
            market_ = made(lie)
            place = market_.place(index, ttc(market_)[index])
            if place != UNPLACED and PROGRAMS[place] in true:
                assert UNPLACED != honest[index] <= true.index(PROGRAMS[place])


@MARKETS
@given(document=tiny_markets())
def test_eadam_leaves_nobody_behind_deferred_acceptance(document: Row) -> None:
    market_ = made(document)

    before, after = standing(market_, deferred_acceptance(market_)), standing(market_, eadam(market_))

    assert all(map(int.__le__, after, before))


def test_textbook_market_tells_them_apart() -> None:
    """c1 and c2 would swap; c3, whom nobody's place helps, stands between them."""
    document = market(
        [seat("A"), seat("B")],
        [
            child("c1", "BA", priority_at={"A": {"tier": 1, "points": 9}, "B": {"tier": 1, "points": 1}}),
            child("c2", "AB", priority_at={"A": {"tier": 1, "points": 1}, "B": {"tier": 1, "points": 9}}),
            child("c3", "A", priority_at={"A": {"tier": 1, "points": 5}}),
        ],
    )
    market_ = made(document)

    assert deferred_acceptance(market_) == [1, 1, UNPLACED]
    assert ttc(market_) == eadam(market_) == [0, 0, UNPLACED]
    assert boston(market_) == [0, UNPLACED, 0]


def test_comparison_counts_and_says_that_it_decides_nothing() -> None:
    document = market([seat("A")], [child("c1", "A", 1), child("c2", "A", 2)])

    found = compare(read(document), [Comparator.BOSTON])

    assert (found.for_decisions, list(found.comparators)) == (False, ["boston"])
    assert found.comparators[Comparator.BOSTON].metrics == found.base
    assert found.comparators[Comparator.BOSTON].same == 2


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (market([seat("A", reserves=[{"count": 1, "tag": "sami"}])], []), "$.programs[0]"),
        (market([seat("A")], [], algorithm="fit"), "$.rules.algorithm"),
    ],
)
def test_what_a_comparator_does_not_know_is_refused(document: Row, path: str) -> None:
    with pytest.raises(Malformed) as refused:
        compare(read(document), [Comparator.TTC])

    assert refused.value.path == path
