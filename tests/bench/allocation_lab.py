"""The policy lab: a thousand lotteries of one round, and one more place in each program."""

import time
from statistics import median

import msgspec
from tests.bench.allocation_rows import at_most, say_title

from opptak.engine.arrays import Arrays
from opptak.engine.cities import build_city
from opptak.engine.instance import Child, Instance, Priority
from opptak.engine.lab.draws import draw, tied
from opptak.engine.lab.draws_arrays import Tallies, Tied, lottery_numbers
from opptak.engine.lab.draws_numba import add_draws
from opptak.engine.lab.marginal import where_one_more_helps
from opptak.engine.market import Market
from opptak.engine.paths import Path

__all__ = ("measure_lab",)

DRAWS, CHILDREN = 1_000, 1_000
MILLISECONDS = 40
NUMPY_DRAWS = 100
RUNS = 5


def measure_lab() -> None:
    """Print the table for a town of a thousand children without places and nothing but the lottery."""
    market = Market.of(_town())
    say_title(f"lab · {DRAWS:,} lotteries of {CHILDREN:,} children who are all alike")
    arrays, ties = Arrays.of(market), list(tied(market))
    rows = Tied.of(market, arrays.starts, ties)
    begun = time.process_time()
    [numbers] = lottery_numbers(market, rows, DRAWS)
    at_most("their lottery numbers (HMAC-SHA256)", (time.process_time() - begun) * 1000, None, "ms")
    add_draws(arrays, rows, numbers, Tallies.empty(arrays))
    seconds = []
    for _ in range(RUNS):
        # Processor time: whoever else wants the machine meanwhile does not count.
        begun = time.process_time()
        add_draws(arrays, rows, numbers, Tallies.empty(arrays))
        seconds.append(time.process_time() - begun)
    at_most("numba, numbers in, counts out", median(seconds) * 1000, MILLISECONDS, "ms")
    begun = time.process_time()
    draw(market, NUMPY_DRAWS, Path.NUMPY)
    at_most(f"numpy, {NUMPY_DRAWS} of them, with numbers", (time.process_time() - begun) * 1000, None, "ms")
    begun = time.process_time()
    where_one_more_helps(market, path=Path.NUMBA)
    at_most(
        f"one more place in {len(market.programs)} programs", (time.process_time() - begun) * 1000, None, "ms"
    )


def _town() -> Instance:
    """Return a town in which only the lottery decides."""
    town = build_city("tromso", seed=1)
    return msgspec.structs.replace(
        town,
        programs=tuple(msgspec.structs.replace(program, reserves=()) for program in town.programs),
        children=tuple(map(_alike, town.children[:CHILDREN])),
    )


def _alike(child: Child) -> Child:
    return msgspec.structs.replace(
        child, priority=Priority(tier=1, points=0), priority_at={}, current=None, fallback=None
    )
