"""Places by weekdays: `fit` on cities with part time and weights, compiled and plain."""

import time
from statistics import median

import numpy as np
from numpy.typing import NDArray
from tests.bench.allocation_city import Kind, build_arrays
from tests.bench.allocation_rows import at_most, say_title

from opptak.engine.arrays import Arrays, Int32
from opptak.engine.fit import fit
from opptak.engine.fit_arrays import DayArrays, fit_on_arrays
from opptak.engine.instance import Algorithm, Child, Instance, Need, PriorityMode, Program, Round, Rules
from opptak.engine.market import Market

__all__ = ("measure_fit",)

SIZES = (1_000, 10_000, 100_000, 1_000_000)
LISTED = 6
SMALL, PART_TIME = 0.35, 0.25
"""Shares of children who weigh two, and who need some days only."""
DAYS: tuple[tuple[int, ...], ...] = ((1,) * 5, (1, 1, 1, 0, 0), (0, 0, 1, 1, 1), (1, 0, 1, 0, 1))
WEEKS = np.array([*DAYS, *(tuple(2 * units for units in days) for days in DAYS)], dtype=np.int32)
MILLISECONDS = {10_000: 10, 1_000_000: 1_500}
"""Bounds of the compiled way, by children."""
PLAIN_AT_MOST, PLAIN_MILLISECONDS = 10_000, 500
CLAIMS_PPM = {1_000: 0, 10_000: 100, 100_000: 200, 1_000_000: 200}
"""Children with a claim at a program that settled, by children.

In the balanced city of 10,000 no assignment is without claims (a constraint solver refutes one), so that one
child is the fewest there can be.
"""
RUNS = 5


def measure_fit(most: int) -> None:
    """Print the tables for cities of up to so many children."""
    for kind in Kind:
        for children in (size for size in SIZES if size <= most):
            say_title(f"fit · {children:,} children, up to {LISTED} wishes, five weekdays, weights, {kind}")
            _measure_city(kind, children)


def _measure_city(kind: Kind, children: int) -> None:
    arrays, need = build_arrays(children, LISTED, kind), _needs(children)
    by_days = _by_days(arrays, need)
    at, settled = fit_on_arrays(by_days, repeats=False)
    seconds = []
    for _ in range(RUNS):
        # Processor time: whoever else wants the machine meanwhile does not count.
        begun = time.process_time()
        fit_on_arrays(by_days, repeats=False)
        seconds.append(time.process_time() - begun)
    at_most("numba", median(seconds) * 1000, MILLISECONDS.get(children), "ms")
    at_most("programs that settled", len(settled), None, "")
    claims = _with_claims(by_days, at)
    at_most("children with a claim there", claims * 1_000_000 / children, CLAIMS_PPM[children], "ppm")
    if children <= PLAIN_AT_MOST:
        market = Market.of(_instance(arrays, need, by_days))
        fit(market)
        begun = time.process_time()
        fit(market)
        at_most("plain Python", (time.process_time() - begun) * 1000, PLAIN_MILLISECONDS, "ms")


def _needs(children: int) -> Int32:
    """Return which of WEEKS each child needs."""
    random = np.random.default_rng((5, children))
    days = np.where(random.random(children) < PART_TIME, random.integers(1, len(DAYS), children), 0)
    weeks: Int32 = (days + len(DAYS) * (random.random(children) < SMALL)).astype(np.int32)
    return weeks


def _by_days(arrays: Arrays, need: Int32) -> DayArrays:
    """Return the city with as many place-units a day as its seats need on average."""
    units = np.round(arrays.seats * WEEKS[need].mean()).astype(np.int32)
    return DayArrays(
        starts=arrays.starts,
        program=arrays.program,
        rank=arrays.rank,
        need=np.repeat(need, np.diff(arrays.starts)),
        weeks=WEEKS,
        capacity=np.repeat(units[:, None], WEEKS.shape[1], axis=1),
        settled=np.zeros(len(units), dtype=np.int32),
    )


def _with_claims(arrays: DayArrays, at: Int32) -> int:
    """Count the children for whom there was room at a program that they would rather have."""
    owner = np.repeat(np.arange(len(at)), np.diff(arrays.starts))
    position = np.arange(len(owner)) - arrays.starts[owner]
    needs = arrays.weeks[arrays.need].astype(np.int64)
    order = np.lexsort((arrays.rank, arrays.program))
    there: NDArray[np.bool_] = (position == at[owner])[order]
    used = np.cumsum(needs[order] * there[:, None], axis=0)
    first = np.searchsorted(arrays.program[order], np.arange(len(arrays.capacity)))
    before = np.concatenate((np.zeros((1, used.shape[1]), dtype=np.int64), used))[first]
    program = arrays.program[order]
    ahead = used - needs[order] * there[:, None] - before[program]
    room = (ahead + needs[order] <= arrays.capacity[program]).all(axis=1)
    return len(np.unique(owner[order][room & (position < at[owner])[order]]))


def _instance(arrays: Arrays, need: Int32, by_days: DayArrays) -> Instance:
    """Return the city as an instance; its programs rank by lottery."""
    weeks: list[Need] = [tuple(week) for week in WEEKS.tolist()]
    return Instance(
        format="opptak-allocation/1",
        round=Round(tenant="bench", intake="2027", seed="00"),
        rules=Rules(algorithm=Algorithm.FIT, priority=PriorityMode.POINTS),
        programs=tuple(
            Program(id=f"P{number:06}", facility="F", capacity=tuple(units))
            for number, units in enumerate(by_days.capacity.tolist())
        ),
        children=tuple(
            Child(
                id=f"c{child:07}",
                family=f"c{child}",
                wishes=tuple(f"P{program:06}" for program in arrays.program[begin:end].tolist()),
                need=weeks[need[child]],
            )
            for child, (begin, end) in enumerate(zip(arrays.starts, arrays.starts[1:], strict=False))
        ),
    )
