"""One way of settling one city, in a process of its own: `python -m tests.bench.allocation_ways WAY ARRAYS`.

Prints a line of JSON: seconds of the processor (median of some runs, whoever else wanted it meanwhile), the
process's peak memory, and a digest of who got what. Peers take and give dictionaries, and build their own
objects from them: that is in their time. So is the conversion in the ways named `dicts-…`, which are ours.
"""

import ctypes
import hashlib
import heapq
import json
import re
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path as File
from statistics import median
from typing import NamedTuple, cast

import numpy as np
from tests.bench.measures import say

from opptak.engine.arrays import Arrays, Int32, first_of_each
from opptak.engine.da_arrays import positions_of
from opptak.engine.paths import Path

__all__ = ("Measured", "load", "measure_way", "save")

Settle = Callable[[], Int32]
RUNS, ENOUGH_SECONDS, SHORT_SECONDS = 5, 5.0, 0.1


class Measured(NamedTuple):
    """What one way took; `digest` tells who got what."""

    seconds: float
    megabytes: int
    digest: str


class Lists(NamedTuple):
    """The city as dictionaries: what a peer is given."""

    wishes: dict[int, list[int]]
    applicants: dict[int, list[int]]
    seats: dict[int, int]


def measure_way(way: str, arrays: File) -> Measured:
    """Measure in a fresh process."""
    command = [sys.executable, "-m", "tests.bench.allocation_ways", way, str(arrays)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 -- our own program
    return Measured(*json.loads(done.stdout))


def save(arrays: Arrays, file: File) -> None:
    """Write the arrays for `load`."""
    np.savez(file, starts=arrays.starts, program=arrays.program, rank=arrays.rank, seats=arrays.seats)


def load(file: File) -> Arrays:
    """Read arrays."""
    with np.load(file) as stored:
        return Arrays(**{name: stored[name] for name in ("starts", "program", "rank", "seats")})


def _read(arrays: Arrays) -> Settle:
    def settle() -> Int32:
        for column in (arrays.starts, arrays.program, arrays.rank, arrays.seats):
            column.max()
        return np.empty(0, dtype=np.int32)

    return settle


def _numpy(arrays: Arrays) -> Settle:
    return lambda: positions_of(arrays, Path.NUMPY)


def _numba(arrays: Arrays) -> Settle:
    return lambda: positions_of(arrays, Path.NUMBA)


def _c(arrays: Arrays) -> Settle:
    with tempfile.TemporaryDirectory() as folder:
        library = File(folder) / "da.so"
        source = File(__file__).with_name("da.c")
        subprocess.run(  # noqa: S603 -- our own program
            ["gcc", "-O3", "-shared", "-fPIC", "-o", str(library), str(source)],  # noqa: S607 -- where it is
            check=True,
        )
        compiled = ctypes.CDLL(str(library)).da
    first = first_of_each(arrays.seats.astype(np.int64))

    def settle() -> Int32:
        size, position = np.zeros(len(first), dtype=np.int32), np.zeros(arrays.children, dtype=np.int32)
        held = np.empty(int(arrays.seats.sum()), dtype=np.int64)
        lists = (arrays.starts, arrays.program, arrays.rank, arrays.seats, first, size, held, position)
        compiled(ctypes.c_int64(arrays.children), *(ctypes.c_void_p(column.ctypes.data) for column in lists))
        return position

    return settle


def _heapq(arrays: Arrays) -> Settle:
    """Heaps of tuples over lists: deferred acceptance as anyone would first write it in Python."""
    starts, program, rank, seats = (
        column.tolist() for column in (arrays.starts, arrays.program, arrays.rank, arrays.seats)
    )
    city = [(program[begin:end], rank[begin:end]) for begin, end in pairwise(starts)]

    def settle() -> Int32:
        heaps: list[list[tuple[int, int]]] = [[] for _ in seats]
        position, place = [0] * len(city), [-1] * len(city)
        waiting = list(range(len(city)))
        while waiting:
            child = waiting.pop()
            wished, ranks = city[child]
            at = position[child]
            if at == len(wished):
                continue
            position[child] = at + 1
            heap = heaps[wished[at]]
            heapq.heappush(heap, (-ranks[at], child))
            place[child] = wished[at]
            if len(heap) > seats[wished[at]]:
                loser = heapq.heappop(heap)[1]
                place[loser] = -1
                waiting.append(loser)
        return np.array(place, dtype=np.int32)

    return settle


def _lists(arrays: Arrays) -> Lists:
    """Return the city without programs that have no seats, which peers do not know."""
    owner = np.repeat(np.arange(arrays.children), np.diff(arrays.starts))
    kept = arrays.seats[arrays.program] > 0
    order = np.lexsort((arrays.rank, arrays.program))
    order = order[kept[order]]
    wishes: dict[int, list[int]] = {child: [] for child in range(arrays.children)}
    for child, program in zip(owner[kept].tolist(), arrays.program[kept].tolist(), strict=True):
        wishes[child].append(program)
    applicants: dict[int, list[int]] = {}
    for program, child in zip(arrays.program[order].tolist(), owner[order].tolist(), strict=True):
        applicants.setdefault(program, []).append(child)
    wishes = {child: wished for child, wished in wishes.items() if wished}
    return Lists(wishes, applicants, {program: int(arrays.seats[program]) for program in applicants})


def _dicts(way: Path) -> Callable[[Arrays], Settle]:
    """The boundary of the peers with our engine behind it."""

    def prepare(arrays: Arrays) -> Settle:
        lists = _lists(arrays)
        return lambda: _places(_settle_dicts(lists, way), arrays.children)

    return prepare


def _settle_dicts(lists: Lists, way: Path) -> dict[int, int]:
    children, programs = list(lists.wishes), list(lists.applicants)
    index = {program: number for number, program in enumerate(programs)}
    number = {child: at for at, child in enumerate(children)}
    lengths = np.fromiter(map(len, lists.wishes.values()), dtype=np.int64)
    asked = np.fromiter(map(len, lists.applicants.values()), dtype=np.int64)
    program = np.array([index[one] for wished in lists.wishes.values() for one in wished], dtype=np.int32)
    child = np.array([number[one] for those in lists.applicants.values() for one in those], dtype=np.int64)
    wanted = np.argsort(np.repeat(np.arange(len(children)), lengths) * len(programs) + program)
    ranked = np.argsort(child * len(programs) + np.repeat(np.arange(len(programs)), asked))
    rank = np.empty(len(program), dtype=np.int32)
    rank[wanted] = (np.arange(len(child)) - np.repeat(first_of_each(asked), asked))[ranked]
    arrays = Arrays(
        starts=np.concatenate(([0], np.cumsum(lengths))),
        program=program,
        rank=rank,
        seats=np.array([lists.seats[one] for one in programs], dtype=np.int32),
    )
    found = arrays.places(positions_of(arrays, way)).tolist()
    return {one: programs[place] for one, place in zip(children, found, strict=True) if place >= 0}


def _matching(arrays: Arrays) -> Settle:
    from matching.games import HospitalResident

    lists = _lists(arrays)
    # Its deep copy goes as deep as the market is wide.
    sys.setrecursionlimit(10**7)

    def settle() -> Int32:
        game = HospitalResident.create_from_dictionaries(lists.wishes, lists.applicants, lists.seats)
        solution = game.solve(optimal="resident")
        pairs = {one.name: place.name for place, those in solution.items() for one in those}
        return _places(pairs, arrays.children)

    return settle


def _algmatch(arrays: Arrays) -> Settle:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from algmatch import HospitalResidentsProblem

    lists = _lists(arrays)
    given = {
        "residents": lists.wishes,
        "hospitals": {
            program: {"capacity": lists.seats[program], "preferences": those}
            for program, those in lists.applicants.items()
        },
    }

    def settle() -> Int32:
        found = HospitalResidentsProblem(dictionary=given).get_stable_matching()["resident_sided"]
        pairs = {int(one[1:]): int(place[1:]) for one, place in found.items() if place}
        return _places(pairs, arrays.children)

    return settle


WAYS: dict[str, Callable[[Arrays], Settle]] = {
    "read": _read,
    "c": _c,
    "numba": _numba,
    "numpy": _numpy,
    "heapq": _heapq,
    "dicts-numba": _dicts(Path.NUMBA),
    "dicts-numpy": _dicts(Path.NUMPY),
    "matching": _matching,
    "algmatch": _algmatch,
}
POSITIONS = ("c", "numba", "numpy")
"""The ways that answer with positions in lists, as the engine does; the others with programs."""


def _places(pairs: dict[int, int], children: int) -> Int32:
    found = np.full(children, -1, dtype=np.int32)
    found[list(pairs)] = list(pairs.values())
    return found


def _measure(way: str, arrays: Arrays) -> Measured:
    settle = WAYS[way](arrays)
    begun = time.process_time()
    found = settle()
    runs = [time.process_time() - begun]
    if runs[0] < ENOUGH_SECONDS:
        # The first run was for warming up.
        runs = [_time(settle) for _ in range(RUNS)]
    places = arrays.places(found) if way in POSITIONS else found
    return Measured(median(runs), _peak_megabytes(), hashlib.sha256(places.tobytes()).hexdigest())


def _time(settle: Settle) -> float:
    """Return the seconds of one call, by repeating what is too short to be measured."""
    calls, begun = 0, time.process_time()
    while (spent := time.process_time() - begun) < SHORT_SECONDS:
        settle()
        calls += 1
    return spent / calls


def _peak_megabytes() -> int:
    # Unlike ru_maxrss, this knows nothing of the process that started us.
    status = File("/proc/self/status").read_text(encoding="ascii")
    return int(cast("re.Match[str]", re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)).group(1)) // 1024


if __name__ == "__main__":
    say(json.dumps(_measure(sys.argv[1], load(File(sys.argv[2])))))
