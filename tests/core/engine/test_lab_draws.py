"""Draws: as many rounds with other seeds, counted; each way of computing counts the same."""

from collections import Counter

import msgspec
import pytest
from tests.core.engine.every_algorithm import market_under
from tests.core.engine.markets import Row, child, market, read, seat, seeded_market

from opptak.engine.canonical import canonical_bytes
from opptak.engine.cities import build_city
from opptak.engine.instance import Algorithm, Instance
from opptak.engine.lab.draws import Chances, Line, chances, draw
from opptak.engine.lottery import draw_seed
from opptak.engine.market import Market
from opptak.engine.paths import Path
from opptak.engine.result import Result
from opptak.engine.running import allocate

DRAWS = 12
WAYS = (Path.PYTHON, Path.NUMPY, Path.NUMBA)


def looped(instance: Instance) -> list[Result]:
    """The same by plain means: one run for each seed."""
    seeds = (draw_seed(instance.round.seed, number) for number in range(DRAWS))
    rounds = (msgspec.structs.replace(instance.round, seed=seed) for seed in seeds)
    return [allocate(msgspec.structs.replace(instance, round=drawn)) for drawn in rounds]


def same_as_looped(instance: Instance, path: Path) -> None:
    found = draw(Market.of(instance), DRAWS, path)
    report, results = chances(instance, DRAWS, path), looped(instance)
    for one in instance.children:
        places = Counter(result.assignment[one.id] for result in results)
        assert found.of(one.id) == {name: places[name] for name in found.of(one.id)}
        assert report.children[one.id].unplaced_ppm == places[None] * 1_000_000 // DRAWS
    for program in instance.programs:
        cutoffs = [result.cutoffs[program.id] for result in results]
        told = report.programs[program.id]
        assert told.full_ppm == sum(cutoff.full for cutoff in cutoffs) * 1_000_000 // DRAWS
        lines = {
            Line(tier=cutoff.tier, points=cutoff.points or 0, ties=cutoff.ties, fallback=cutoff.fallback)
            for cutoff in cutoffs
            if cutoff.tier is not None
        }
        assert {told.tightest, told.loosest} <= lines or (not lines and told.tightest is None)
        if lines and told.tightest and told.loosest:
            assert _key(told.tightest) == min(map(_key, lines))
            assert _key(told.loosest) == max(map(_key, lines))


def _key(line: Line) -> tuple[object, ...]:
    return line.tier, line.fallback, -line.points, line.ties


def plain(seed: int) -> Row:
    """A market of plain seats with many ties, siblings among them."""
    document = seeded_market(seed)
    document["rules"] |= {"lottery": True, "priority": ("points", "listed")[seed % 2]}
    for row in document["programs"]:
        row.pop("reserves", None)
        row.pop("age_caps", None)
    return document


@pytest.mark.parametrize("path", WAYS)
@pytest.mark.parametrize("seed", range(8))
def test_draws_are_rounds_with_other_seeds(seed: int, path: Path) -> None:
    same_as_looped(read(plain(seed)), path)


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize("seed", [3, 4])
def test_draws_know_every_algorithm(algorithm: Algorithm, seed: int) -> None:
    document = market_under(algorithm, seed)
    document["rules"]["lottery"] = True

    same_as_looped(read(document), Path.NUMPY)


def test_ways_of_computing_report_the_same() -> None:
    instance = build_city("storfjord", seed=1)
    without = [msgspec.structs.replace(program, reserves=()) for program in instance.programs]
    instance = msgspec.structs.replace(instance, programs=tuple(without))

    assert len({canonical_bytes(chances(instance, 40, path)) for path in WAYS}) == 1


def test_without_ties_every_draw_is_alike() -> None:
    document = market([seat("A")], [child("c1", "A", 1), child("c2", "A", 2)], lottery=True)

    found = chances(read(document), 1000)

    assert told(found) == {"c1": [0], "c2": [1_000_000]}
    assert found.programs["A"].tightest == found.programs["A"].loosest


def test_a_tie_for_one_place_is_a_matter_of_luck() -> None:
    document = market([seat("A")], [child("c1", "A"), child("c2", "A"), child("c3", "A")], lottery=True)

    shares = [wish for [wish] in told(chances(read(document), 400, Path.NUMPY)).values()]

    assert sum(shares) == 1_000_000
    assert all(250_000 < share < 420_000 for share in shares)


def test_siblings_are_drawn_once() -> None:
    twins = [child(name, "A", family="f") for name in ("c1", "c2")]
    document = market([seat("A", 2)], [*twins, child("c3", "A")], lottery=True)

    found = draw(Market.of(read(document)), 50, Path.NUMPY)

    first, second, other = (found.of(name)["A"] for name in ("c1", "c2", "c3"))
    assert (first, second, other) == (50, 50 - other, other)


def told(report: Chances) -> dict[str, list[int]]:
    return {name: [chance.ppm for chance in one.list] for name, one in report.children.items()}
