"""One more place: what the lab says of it is what a run with it shows."""

import msgspec
import pytest
from tests.core.engine.every_algorithm import market_under
from tests.core.engine.markets import child, market, read, seat
from tests.core.engine.test_lab_draws import plain

from opptak.engine.canonical import canonical_bytes
from opptak.engine.instance import Algorithm, Instance
from opptak.engine.lab.marginal import marginal, where_one_more_helps
from opptak.engine.lab.patch import Patch
from opptak.engine.lab.scenario import Change, against_base
from opptak.engine.market import Market
from opptak.engine.paths import Path

WAYS = (Path.PYTHON, Path.NUMPY, Path.NUMBA)


def with_one_more(instance: Instance, program: str) -> Patch:
    [capacity] = [one.capacity for one in instance.programs if one.id == program]
    more = capacity + 1 if isinstance(capacity, int) else tuple(units + 1 for units in capacity)
    return Patch(format="opptak-allocation-patch/1", capacity={program: more})


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize("seed", range(3))
def test_value_of_a_place_is_that_of_a_run_with_it(algorithm: Algorithm, seed: int) -> None:
    instance = read(market_under(algorithm, seed))

    for told in marginal(instance).programs:
        found = against_base(instance, with_one_more(instance, told.program))
        assert (told.better, told.worse) == (found.changes[Change.BETTER], found.changes[Change.WORSE])
        assert told.newly_placed >= found.metrics["placed"].delta
        assert told.moves == told.better + told.worse


@pytest.mark.parametrize("seed", range(10))
def test_ways_of_computing_agree_and_nobody_is_worse_off(seed: int) -> None:
    instance = read(plain(seed))

    first, *others = (marginal(instance, path) for path in WAYS)

    assert others == [first, first]
    assert not any(one.worse for one in first.programs)
    assert canonical_bytes(first)


def test_chain_is_counted_to_its_end() -> None:
    """One more place in C takes c3 from B, then c2 moves up from A, and c1 is placed there."""
    document = market(
        [seat("A"), seat("B"), seat("C", 0), seat("D")],
        [child("c1", "A", 1), child("c2", "BA", 2), child("c3", "CB", 3)],
    )

    best, *rest = where_one_more_helps(Market.of(read(document)), most=3)

    assert msgspec.to_builtins(best) == {
        "program": "C",
        "newly_placed": 1,
        "better": 3,
        "worse": 0,
        "ranks_gained": 3,
        "moves": 3,
    }
    assert [one.program for one in rest] == ["B", "A"]
