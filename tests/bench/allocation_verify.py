"""The verifier on columns: its time on the engine's own outcomes, beside its bounds."""

from time import perf_counter

import numpy as np
from tests.bench.allocation_city import build_arrays
from tests.bench.allocation_rows import at_most, say_title

from opptak.engine.arrays import Int32
from opptak.engine.da_arrays import positions_of
from opptak.engine.fit_arrays import DayArrays, fit_on_arrays
from opptak.engine.paths import Path
from opptak_verifier.arrays import Audit, Columns

__all__ = ("measure_verifier",)

SIZES = (1_000, 10_000, 100_000, 1_000_000)
LISTED = 6
SECONDS = {("whole seats", 1_000_000): 0.5, ("weeks", 1_000_000): 3.0}
WEEKS = np.array([[1] * 5, [2] * 5, [1, 1, 1, 0, 0], [0, 0, 2, 2, 2]], dtype=np.int32)
SHARES = (0.5, 0.3, 0.1, 0.1)
"""How many children need each of the weeks."""


def measure_verifier(most: int) -> None:
    """Print the figures for cities of up to so many children."""
    for children in (size for size in SIZES if size <= most):
        say_title(f"verifier · {children:,} children, up to {LISTED} wishes")
        _measure("whole seats", children, *_by_seats(children))
        _measure("weeks", children, *_by_weeks(children))


def _by_seats(children: int) -> tuple[Columns, Int32]:
    city = build_arrays(children, LISTED)
    columns = Columns(
        starts=city.starts,
        program=city.program,
        rank=city.rank,
        need=np.zeros(len(city.program), dtype=np.int8),
        weeks=np.ones((1, 1), dtype=np.int32),
        capacity=city.seats[:, None],
    )
    return columns, positions_of(city, Path.NUMPY)


def _by_weeks(children: int) -> tuple[Columns, Int32]:
    city = build_arrays(children, LISTED)
    random = np.random.default_rng(children)
    own = random.choice(len(WEEKS), size=children, p=SHARES).astype(np.int32)
    need = np.repeat(own, np.diff(city.starts))
    capacity = np.repeat(city.seats[:, None], 5, axis=1)
    settled = np.zeros(len(city.seats), dtype=np.int32)
    days = DayArrays(city.starts, city.program, city.rank, need, WEEKS, capacity, settled)
    got, _ = fit_on_arrays(days, repeats=False)
    columns = Columns(
        starts=city.starts, program=city.program, rank=city.rank, need=need, weeks=WEEKS, capacity=capacity
    )
    return columns, got


def _measure(what: str, children: int, columns: Columns, got: Int32) -> None:
    taken, found = [], Audit(0, 0)
    for _ in range(3):
        started = perf_counter()
        found = columns.audit(got)
        taken.append(perf_counter() - started)
    at_most(what, min(taken), SECONDS.get((what, children)), "s")
    at_most(f"{what}, overfull programs", found.overfull, 0, "")
    at_most(f"{what}, claims, those under the strict rule too", found.claims, None, "")
