"""Families with joint wishes, exactly: towns of single children and of pairs who would rather be together.

Every pair has the tuples that the rule `together_preferred` makes of its wishes. Run as a program it measures
one town in a process of its own.
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple, cast

from tests.bench.allocation_city import Kind, build_arrays
from tests.bench.allocation_rows import at_most, say_title
from tests.bench.measures import say

from opptak.engine.families import families
from opptak.engine.instance import (
    Algorithm,
    Child,
    Family,
    Instance,
    PriorityMode,
    Program,
    Round,
    Rules,
)
from opptak.engine.market import Market
from opptak.engine.outcome import Outcome
from opptak.engine.siblings import SiblingRule, joint_wishes

__all__ = ("measure_families",)

SEEDS = (1, 2, 3)
LISTED = 6
SECONDS = {1_000: None, 5_000: 5, 20_000: 20}
"""Bounds by children; four in a hundred children have a twin who asks too."""
PAIRS_OF = 25
MEGABYTES = 1024


class Measured(NamedTuple):
    """What a town took, by the processor's time, and what came out."""

    seconds: float
    megabytes: int
    solver: str
    blocking: int


def measure_families(most: int) -> None:
    """Print the table for towns of up to so many children."""
    for kind in Kind:
        for children, bound in SECONDS.items():
            if children <= most:
                say_title(f"families · {children:,} children, {children // PAIRS_OF} pairs, {kind}")
                for seed in SEEDS:
                    found = _measure_apart(children, kind, seed)
                    at_most(f"seed {seed}: {found.solver}", found.seconds, bound, "s")
                    at_most(f"seed {seed}, peak memory", found.megabytes, MEGABYTES, "MB")
                    at_most(f"seed {seed}, blocking families", found.blocking, 0, "")


def build_town(children: int, kind: Kind, seed: int) -> Instance:
    """Build a town; the twins share their family's place in every program's order."""
    pairs = children // PAIRS_OF
    city = build_arrays(children - pairs, LISTED, kind, seed)
    names = [f"P{number:05}" for number in range(len(city.seats))]
    orders: list[list[tuple[int, str]]] = [[] for _ in names]
    rows: list[Child] = []
    for number in range(children - pairs):
        span = slice(city.starts[number], city.starts[number + 1])
        wishes = tuple(names[program] for program in city.program[span])
        for ordinal in range(2 if number < pairs else 1):
            name = f"c{number:06}-{ordinal}"
            rows.append(Child(id=name, family=f"f{number:06}", wishes=wishes, ordinal=ordinal, right=True))
            for program, rank in zip(city.program[span].tolist(), city.rank[span].tolist(), strict=True):
                orders[program].append((rank, name))
    facilities = {name: name for name in names}
    together = [rows[2 * number : 2 * number + 2] for number in range(pairs)]
    return Instance(
        format="opptak-allocation/1",
        round=Round(tenant="town", intake="2027", seed=f"{seed:02x}"),
        rules=Rules(algorithm=Algorithm.FAMILIES, priority=PriorityMode.LISTED),
        programs=tuple(
            Program(
                id=name,
                facility=name,
                capacity=int(seats),
                ranking=tuple(child for _, child in sorted(order)),
            )
            for name, seats, order in zip(names, city.seats, orders, strict=True)
        ),
        children=tuple(rows),
        families=tuple(
            Family(
                id=pair[0].family,
                tuples=joint_wishes(pair, facilities, SiblingRule.TOGETHER_PREFERRED).tuples,
            )
            for pair in together
        ),
    )


def _measure_apart(children: int, kind: Kind, seed: int) -> Measured:
    command = [sys.executable, "-m", "tests.bench.allocation_families", str(children), kind, str(seed)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 -- our own program
    return Measured(*json.loads(done.stdout))


def _measure(children: int, kind: Kind, seed: int) -> Measured:
    market = Market.of(build_town(children, kind, seed))
    begun = time.process_time()
    placed = families(market)
    seconds = time.process_time() - begun
    blocking = sum(1 for _ in Outcome(market, placed.positions).claims())
    return Measured(seconds, _peak_megabytes(), (placed.solver or "").rpartition(" ")[2], blocking)


def _peak_megabytes() -> int:
    # Unlike ru_maxrss, this knows nothing of the process that started us.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(cast("re.Match[str]", re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)).group(1)) // 1024


if __name__ == "__main__":
    say(json.dumps(_measure(int(sys.argv[1]), Kind(sys.argv[2]), int(sys.argv[3]))))
