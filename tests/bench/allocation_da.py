"""Deferred acceptance: each way's time and peak memory on the same cities, and against peers."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.bench.allocation_city import Kind, build_arrays
from tests.bench.allocation_rows import at_least, at_most, say_title
from tests.bench.allocation_ways import Measured, measure_way, save

__all__ = ("measure_da",)

SIZES = (1_000, 10_000, 100_000, 1_000_000)
LISTED = (6, 10)
PEERS_AT_MOST = 10_000
MILLISECONDS: Mapping[tuple[int, int, str], float] = {
    (100_000, 6, "numba"): 15,
    (100_000, 6, "numpy"): 200,
    (1_000_000, 10, "numba"): 500,
    (1_000_000, 10, "numpy"): 3_500,
}
"""Bounds by children, wishes and way."""
MEGABYTES = 400
"""Peak memory of a million children with ten wishes."""
TIMES_HEAPQ = {"numba": 20, "numpy": 3}
TIMES_C = 2
TIMES_PEER: Mapping[tuple[str, str, int], float] = {
    ("matching", "dicts-numba", 10_000): 80,
    ("matching", "numpy", 10_000): 200,
    ("matching", "numba", 10_000): 4_000,
    ("matching", "numba", 30_000): 20_000,
    ("algmatch", "dicts-numba", 10_000): 150,
}
"""How many times faster than a peer, by peer, way and children."""


def measure_da(most: int, *, peers_at_most: int = PEERS_AT_MOST) -> None:
    """Print the tables for cities of up to so many children."""
    for kind in Kind:
        for children in (size for size in SIZES if size <= most):
            for listed in LISTED:
                _measure_city(kind, children, listed)
    for children in sorted({1_000, 2_000, PEERS_AT_MOST, peers_at_most}):
        if children <= min(most, peers_at_most):
            _measure_peers(children)


def _measure_city(kind: Kind, children: int, listed: int) -> None:
    say_title(f"da · {children:,} children, up to {listed} wishes, {kind}")
    compilers = ["c"] if shutil.which("gcc") else []
    found = _measure_ways(kind, children, listed, ["read", *compilers, "numba", "numpy", "heapq"])
    largest = (children, listed) == (SIZES[-1], LISTED[-1])
    for way, taken in found.items():
        at_most(way, taken.seconds * 1000, MILLISECONDS.get((children, listed, way)), "ms")
    for way in ("numba", "numpy"):
        megabytes = found[way].megabytes
        ratio = found["heapq"].seconds / found[way].seconds
        at_most(f"{way}, peak memory", megabytes, MEGABYTES if largest else None, "MB")
        at_least(f"heapq / {way}", ratio, TIMES_HEAPQ[way] if largest else None)
        at_most(f"{way} / read", found[way].seconds / found["read"].seconds, None, "×")
        share = megabytes / found["heapq"].megabytes
        at_most(f"{way} / heapq, peak memory", share, 1 / 3 if largest else None, "×")
    if "c" in found:
        at_most("numba / c", found["numba"].seconds / found["c"].seconds, TIMES_C if largest else None, "×")


def _measure_peers(children: int) -> None:
    say_title(f"da · {children:,} children, up to 6 wishes, balanced, against peers")
    peers = ["matching", "algmatch"] if children <= PEERS_AT_MOST else ["matching"]
    ours = ["numba", "numpy", "dicts-numba", "dicts-numpy"]
    found = _measure_ways(Kind.BALANCED, children, 6, [*ours, *peers])
    for way, taken in found.items():
        at_most(way, taken.seconds * 1000, None, "ms")
    for peer in peers:
        for way in ours:
            ratio = found[peer].seconds / found[way].seconds
            at_least(f"{peer} / {way}", ratio, TIMES_PEER.get((peer, way, children)))


def _measure_ways(kind: Kind, children: int, listed: int, ways: list[str]) -> dict[str, Measured]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "city.npz"
        save(build_arrays(children, listed, kind), file)
        found = {way: measure_way(way, file) for way in ways}
    outcomes = {taken.digest for way, taken in found.items() if way != "read"}
    if len(outcomes) > 1:
        raise AssertionError(f"different outcomes: {found}")
    return found
