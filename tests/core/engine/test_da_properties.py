"""What deferred acceptance promises, tried on thousands of markets small enough to look at everything.

The counts are the least the project promises; raise them for a longer look.
"""

from collections.abc import Iterator
from itertools import permutations, product
from random import Random

import msgspec
import numpy as np
import pytest
from tests.core.engine.markets import Row, child, market, points, read, seat, seeded_market

from opptak.engine.arrays import Arrays
from opptak.engine.da import _HeapSeats, deferred_acceptance
from opptak.engine.da_arrays import seats_of
from opptak.engine.instance import Instance
from opptak.engine.market import UNPLACED, Market
from opptak.engine.paths import Path

BRUTE_FORCED = 2_000
MISREPORTED = 500
GROWN = 300
SHUFFLED = 40

PROGRAMS = ("A", "B", "C")
LISTS = [wishes for length in range(4) for wishes in permutations(PROGRAMS, length)]


def tiny(seed: int) -> Instance:
    """Up to four children, three programs of up to two seats, strict priorities of a program's own."""
    random = Random(seed)  # noqa: S311 -- must repeat itself
    names = [f"c{number}" for number in range(random.randint(1, 4))]
    rows: list[Row] = []
    for name in names:
        rows.append(child(name, "".join(random.choice(LISTS))))
        rows[-1]["priority_at"] = {program: points(random.randint(0, 3)) for program in PROGRAMS}
    return read(market([seat(name, random.randint(0, 2)) for name in PROGRAMS], rows, lottery=True))


def ranks_of(positions: list[int], ready: Market) -> list[int]:
    """How far down its list each child came; behind its end without a place."""
    return [
        len(wished) if position == UNPLACED else position
        for position, wished in zip(positions, ready.lists, strict=True)
    ]


def stable(ready: Market) -> Iterator[list[int]]:
    """Every outcome within the seats in which nobody has a claim, as how far down each list it goes."""
    seats = [program.capacity for program in ready.programs]
    for outcome in product(*(range(len(wished) + 1) for wished in ready.lists)):
        held: list[list[int]] = [[] for _ in seats]
        for name, at in enumerate(outcome):
            if at < len(ready.lists[name]):
                held[ready.lists[name][at]].append(ready.ranks[name][at])
        feasible = all(len(those) <= room for those, room in zip(held, seats, strict=True))  # type: ignore[operator]
        if (
            feasible
            and not any(
                len(held[program]) < seats[program] or any(other > rank for other in held[program])  # type: ignore[operator]
                for name, at in enumerate(outcome)
                for program, rank in zip(ready.lists[name][:at], ready.ranks[name][:at], strict=True)
            )
        ):
            yield list(outcome)


def test_outcome_is_the_best_stable_one_for_every_child() -> None:
    for seed in range(BRUTE_FORCED):
        ready = Market.of(tiny(seed))

        found = ranks_of(deferred_acceptance(ready), ready)

        best = [min(ranks) for ranks in zip(*stable(ready), strict=True)]
        assert found == best, seed


def test_no_list_gets_a_child_more_than_its_own() -> None:
    for seed in range(MISREPORTED):
        honest = tiny(seed)
        ready = Market.of(honest)
        got = ranks_of(deferred_acceptance(ready), ready)
        for index, liar in enumerate(ready.children):
            wishes = [PROGRAMS[program] for program in ready.lists[index]]
            for lie in LISTS:
                place = place_with(honest, index, msgspec.structs.replace(liar, wishes=lie))
                assert place not in wishes[: got[index]], (seed, liar.id, lie)


def place_with(honest: Instance, index: int, liar: msgspec.Struct) -> str | None:
    """Where a child comes with another list than its own."""
    children = [*honest.children[:index], liar, *honest.children[index + 1 :]]
    ready = Market.of(msgspec.structs.replace(honest, children=tuple(children)))
    program = ready.place(index, deferred_acceptance(ready)[index])
    return None if program == UNPLACED else PROGRAMS[program]


def test_one_more_place_hurts_nobody() -> None:
    for seed in range(GROWN):
        before = tiny(seed)
        ready = Market.of(before)
        old = ranks_of(deferred_acceptance(ready), ready)
        for index in range(len(PROGRAMS)):
            grown = Market.of(with_seat(before, index))
            new = ranks_of(deferred_acceptance(grown), grown)
            assert all(now <= then for now, then in zip(new, old, strict=True)), (seed, index)


def with_seat(instance: Instance, index: int) -> Instance:
    """The same with one more seat in a program."""
    programs = list(instance.programs)
    seats = programs[index].capacity
    assert isinstance(seats, int)
    programs[index] = msgspec.structs.replace(programs[index], capacity=seats + 1)
    return msgspec.structs.replace(instance, programs=tuple(programs))


def test_child_with_a_place_never_ends_without_or_with_a_worse_one() -> None:
    for seed in range(GROWN):
        document = seeded_market(seed)
        for program in document["programs"]:
            program.update(reserves=[], age_caps=[])
        for row in document["children"]:
            row["blocked"] = []
        document["programs"][0]["capacity"] = sum(row["current"] == "P0" for row in document["children"])
        ready = Market.of(read(document))
        for index, position in enumerate(deferred_acceptance(ready)):
            if ready.children[index].current == "P0":
                assert position != UNPLACED, seed


@pytest.mark.parametrize("way", [Path.PYTHON, Path.NUMPY, Path.NUMBA])
def test_order_in_which_children_ask_is_ignored(way: Path) -> None:
    for seed in range(SHUFFLED):
        document = seeded_market(seed)
        for program in document["programs"]:
            program.update(reserves=[], age_caps=[])
        ready = Market.of(read(document))
        order = np.random.default_rng(seed).permutation(len(ready.lists)).astype(np.int32)

        assert settled(ready, way, order) == settled(ready, way, np.sort(order))


def settled(ready: Market, way: Path, order: np.ndarray) -> list[int]:
    """How far each child comes when they ask in an order."""
    if way is Path.PYTHON:
        heaps = _HeapSeats(ready)
        heaps.settle(order.tolist())
        return list(heaps.positions())
    seats = seats_of(Arrays.of(ready), way)
    seats.settle(order)
    return [int(position) for position in seats.position]
