"""Outcomes by group: what is counted, and that no table tells of fewer children than a class."""

from collections import Counter
from random import Random

import msgspec
import pytest
from tests.core.engine.markets import Row, child, market, read, seat

from opptak.engine.instance import Instance
from opptak.engine.lab.equity import CLASS, Equity, equity
from opptak.engine.running import allocate


def table_of(instance: Instance) -> Equity:
    return equity(instance, allocate(instance))


def town(seed: int) -> Row:
    """A town with groups of every size, some of them of one child."""
    random = Random(seed)  # noqa: S311 -- must repeat itself
    programs = [seat(name, random.randint(0, 20)) for name in "ABC"]
    children = []
    for number in range(random.randint(0, 90)):
        wishes: list[Row] = [
            {"program": name, "distance_m": random.choice((None, 100, 900))}
            for name in random.sample("ABC", random.randint(0, 3))
        ]
        row = child(f"c{number}", "", random.randint(0, 9))
        row["wishes"] = wishes
        row["district"] = f"d{int(random.expovariate(0.5))}"
        row["language"] = random.choice(("nb", "nb", "nb", "se", None))
        row["income_band"] = random.choice((1, 2, 3, "x"))
        row["band"] = "u3" if number % 2 else None
        row["right"], row["fallback"] = True, ["C", "B", "A"]
        children.append(row)
    return market(programs, children)


@pytest.mark.parametrize("seed", range(60))
def test_no_table_tells_of_a_small_class(seed: int) -> None:
    """All that is published is sums of at least so many, which differences of rows and totals are too."""
    instance = read(town(seed))
    result = allocate(instance)

    for name, groups in equity(instance, result).tables.items():
        values = [value for group in groups for value in group.values]
        assert len(values) == len(set(values))
        for group in groups:
            own = [one for one in instance.children if getattr(one, name) in group.values]
            measured = [one for one in own if _distance(one, result.wishes[one.id]) is not None]
            assert group.children == len(own) == sum(group.outcomes.values())
            told = list(group.outcomes.values())
            if group.mean_distance_m is not None:
                told += [len(measured), len(own) - len(measured)]
            assert all(count == 0 or count >= CLASS for count in told)
        if groups:
            assert set(values) == {getattr(one, name) for one in instance.children}
            assert sum(group.children for group in groups) == len(instance.children)


def _distance(one: object, rows: object) -> int | None:
    met = [
        wish.distance_m
        for wish, row in zip(one.wishes, rows, strict=False)  # type: ignore[attr-defined, call-overload]
        if row.status == "offered" and not isinstance(wish, str)
    ]
    return met[0] if met else None


def districts(sizes: dict[str, tuple[int, int]]) -> list[Row]:
    """Tables of districts with so many children at their first wish and so many without a place."""
    children = [
        child(f"{name}{number}", "A" if number < first else "B", district=name)
        for name, (first, unplaced) in sizes.items()
        for number in range(first + unplaced)
    ]
    document = market([seat("A", 99), seat("B", 0)], children)
    return [msgspec.structs.asdict(group) for group in table_of(read(document)).tables["district"]]


def test_large_groups_are_told_as_they_are() -> None:
    groups = districts({"north": (5, 0), "south": (6, 7)})

    assert [(group["values"], group["outcomes"]) for group in groups] == [
        (("north",), {"first": 5, "stated": 0, "other": 0, "unplaced": 0}),
        (("south",), {"first": 6, "stated": 0, "other": 0, "unplaced": 7}),
    ]


def test_a_small_class_is_joined_with_the_smallest_other() -> None:
    """With the total known, a district left out alone could be computed: so it takes another with it."""
    groups = districts({"north": (5, 4), "south": (6, 7), "west": (9, 9)})

    assert [(group["values"], group["outcomes"]["unplaced"]) for group in groups] == [
        (("west",), 9),
        (("north", "south"), 11),
    ]


def test_outcomes_of_too_few_children_are_told_as_one() -> None:
    children = [child(f"c{number}", "AB", district=f"d{number % 2}") for number in range(20)]
    document = market([seat("A", 8), seat("B", 9)], children)

    groups = table_of(read(document)).tables["district"]

    assert {tuple(group.outcomes) for group in groups} == {("first", "stated+other+unplaced")}
    assert sum(group.outcomes["first"] for group in groups) == 8


def test_tables_that_cannot_be_safe_are_left_out() -> None:
    children = [child(f"c{number}", "A") for number in range(9)]

    assert table_of(read(market([seat("A", 8)], children))).tables == {}


def test_outcomes_are_told_apart() -> None:
    names = [f"c{number}" for number in range(20)]
    kinds: Counter[str] = Counter({"AB": 10, "B": 5, "": 5})
    children = [child(name, wishes) for name, wishes in zip(names, kinds.elements(), strict=True)]
    children += [child(f"r{number}", "Z", right=True, fallback=["C"]) for number in range(5)]
    document = market([seat("A", 5), seat("B", 10), seat("C", 5), seat("Z", 0)], children)

    [group] = table_of(read(document)).tables["language"]

    assert group.values == (None,)
    assert group.outcomes == {
        "first": 10,
        "stated": 5,
        "other": 5,
        "unplaced": 5,
    }
