"""`make bench-allocation`: the engine against its bounds, its peers and what the machine can do.

`--most` limits the size of the cities, `--only da` chooses sections, `--peers-at-most 30000` lets a peer
work on more than ten thousand children (it takes most of a minute, and memory).
"""

import argparse
from collections.abc import Callable, Mapping

from tests.bench.allocation_da import PEERS_AT_MOST, measure_da
from tests.bench.allocation_end import measure_ends
from tests.bench.allocation_explain import measure_explanations
from tests.bench.allocation_families import measure_families
from tests.bench.allocation_fit import measure_fit
from tests.bench.allocation_lab import measure_lab
from tests.bench.allocation_verify import measure_verifier

SECTIONS: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "da": lambda asked: measure_da(asked.most, peers_at_most=asked.peers_at_most),
    "end": lambda asked: measure_ends(asked.most),
    "explain": lambda asked: measure_explanations(asked.most),
    "families": lambda asked: measure_families(asked.most),
    "fit": lambda asked: measure_fit(asked.most),
    "lab": lambda _: measure_lab(),
    "verify": lambda asked: measure_verifier(asked.most),
}
"""The parts of the benchmark, each in a module of its own."""


def main() -> None:
    """Run the sections asked for."""
    parser = argparse.ArgumentParser(prog="make bench-allocation", description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000, help="children of the largest city")
    parser.add_argument("--peers-at-most", type=int, default=PEERS_AT_MOST, help="the same for `matching`")
    parser.add_argument("--only", nargs="*", choices=sorted(SECTIONS), default=list(SECTIONS))
    asked = parser.parse_args()
    for name in asked.only:
        SECTIONS[name](asked)


if __name__ == "__main__":
    main()
