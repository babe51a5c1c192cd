"""A whole round: an instance read, places given out, everybody told why, the certificate, the verifier.

Run as a program it measures one city in a process of its own, by the processor's time.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import process_time

import msgspec
from tests.bench.allocation_rows import at_most, say_title
from tests.bench.measures import say

from opptak.engine.canonical import canonical_bytes
from opptak.engine.certificate import certify
from opptak.engine.cities import PRESETS, build_city
from opptak.engine.explain import Explainer
from opptak.engine.memory import no_cycles
from opptak.engine.merkle import Lines
from opptak.engine.running import allocate
from opptak.engine.wellformed import parse_instance
from opptak_verifier import verify

__all__ = ("measure_ends",)

SECONDS: Mapping[str, float] = {"tromso": 2, "berlin": 30}
"""Bounds of the engine's own part: a thousand children, and the largest round there is."""
VERIFIED = "verified (not within the bound)"


def measure_ends(most: int) -> None:
    """Print the steps of a round in each city of up to so many children."""
    for city, bound in SECONDS.items():
        children = PRESETS[city].children + PRESETS[city].transfers
        if children <= most:
            say_title(f"end to end · {city}, {children:,} children")
            found = _measure_apart(city)
            for step, seconds in found.items():
                at_most(step, seconds, None, "s")
            at_most("in all", sum(found.values()) - found[VERIFIED], bound, "s")


def _measure_apart(city: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.allocation_end", city]
    run = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 -- our own program
    return msgspec.json.decode(run.stdout, type=dict[str, float])


@no_cycles()
def _steps(city: str) -> dict[str, float]:
    taken: dict[str, float] = {}

    @contextmanager
    def step(name: str) -> Iterator[None]:
        begun = process_time()
        yield
        taken[name] = process_time() - begun

    raw = canonical_bytes(build_city(city, seed=1))
    with step("read"):
        instance = parse_instance(raw)
    with step("allocated"):
        result = allocate(instance)
    with step("explained to every family"):
        explanations = b"".join(map(canonical_bytes, Explainer(instance, result).everybody()))
    with step("certified"):
        certificate = canonical_bytes(certify(instance, result, lines=Lines(result, secret=b"secret")))
    with step("written"):
        written = canonical_bytes(result)
    with step(VERIFIED):
        faults = [check for check in verify(raw, written) if not check.passed]
    if faults or not explanations or not certificate:
        raise AssertionError(faults)
    return taken


if __name__ == "__main__":
    say(json.dumps(_steps(sys.argv[1])))
