"""Joint wishes made from siblings' own wishes."""

from itertools import product
from random import Random

import pytest
from tests.core.engine.markets import child, market, read, seat

from opptak.engine.instance import Child
from opptak.engine.siblings import MOST_TUPLES, JointWishes, SiblingRule, joint_wishes

FACILITIES = {"A": "a", "B": "b", "C": "c", "D": "a"}
"""A and D are units of one facility."""


def siblings(*wishes: str) -> list[Child]:
    """Children c0, c1 ... of one family, the first the eldest."""
    rows = [child(f"c{at}", own, family="f", ordinal=at) for at, own in enumerate(wishes)]
    return list(read(market([seat(name) for name in FACILITIES], rows)).children)


def rows(found: JointWishes) -> list[str]:
    """Tuples as text, a dash for no place."""
    return ["".join(place or "-" for place in row.values()) for row in found.tuples]


def test_both_or_none_takes_one_facility_by_the_sum_of_ranks() -> None:
    found = joint_wishes(siblings("ABC", "BCD"), FACILITIES, SiblingRule.TOGETHER_OR_NONE)

    assert rows(found) == ["BB", "AD", "CC"]
    assert found.complete


def test_together_preferred_goes_on_with_separate_places_then_with_one_place() -> None:
    found = joint_wishes(siblings("AB", "BC"), FACILITIES, SiblingRule.TOGETHER_PREFERRED)

    assert rows(found) == ["BB", "AB", "AC", "BC", "A-", "-B", "B-", "-C"]


def test_separate_siblings_and_a_single_one_have_no_tuples() -> None:
    assert joint_wishes(siblings("AB", "BC"), FACILITIES, SiblingRule.SEPARATE_OK).tuples == ()
    assert joint_wishes(siblings("AB", ""), FACILITIES, SiblingRule.TOGETHER_OR_NONE).tuples == ()


def test_order_of_siblings_given_makes_no_difference() -> None:
    given = siblings("ABC", "CAB", "BCA")

    assert joint_wishes(given, FACILITIES, SiblingRule.TOGETHER_PREFERRED) == joint_wishes(
        reversed(given), FACILITIES, SiblingRule.TOGETHER_PREFERRED
    )


@pytest.mark.parametrize("seed", range(20))
def test_every_allowed_combination_comes_once_in_order(seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- must repeat itself
    wishes = ["".join(random.sample("ABCD", random.randint(1, 4))) for _ in range(random.choice((2, 3)))]

    found = joint_wishes(siblings(*wishes), FACILITIES, SiblingRule.TOGETHER_PREFERRED, most=10**6)

    every = [row for row in product(*([*own, None] for own in wishes)) if any(row)]

    def cost(row: tuple[str | None, ...]) -> tuple[bool, int, int]:
        together = None not in row and len({FACILITIES[place] for place in row if place}) == 1
        ranks = (own.index(place) for own, place in zip(wishes, row, strict=True) if place)
        return not together, row.count(None), sum(ranks)

    got = [tuple(row.values()) for row in found.tuples]
    assert sorted(got, key=str) == sorted(every, key=str)
    assert [cost(row) for row in got] == sorted(map(cost, every))


def test_best_tuples_are_kept_and_it_is_said_that_others_were_left_out() -> None:
    many = {f"P{number}": f"F{number}" for number in range(10_000)}
    rows = [
        {"id": name, "family": "f", "wishes": list(many), "ordinal": ordinal}
        for ordinal, name in enumerate("ab")
    ]
    given = read(market([seat(name) for name in many], rows)).children

    found = joint_wishes(given, many, SiblingRule.TOGETHER_PREFERRED)

    assert len(found.tuples) == MOST_TUPLES
    assert not found.complete
    assert found.tuples[-1] == {"a": "P63", "b": "P63"}
