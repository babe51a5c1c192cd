"""Results that have been tampered with: whatever a verifier states as checked is caught, though hashes fit.

`COUNT` mutations of each kind are tried on small markets under each algorithm; raise it for a longer hunt.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from random import Random

import pytest
from tests.core.engine.every_algorithm import market_under
from tests.core.engine.markets import Row, encode, points, read, run

from opptak.engine.canonical import canonical_bytes, input_hash
from opptak.engine.instance import Algorithm
from opptak.engine.result import Reason, output_hash, parse_result
from opptak.engine.solving import SOLVERS
from opptak_verifier import Malformed, verify

COUNT = 9
TRIES = 30
"""How many markets are looked through for each mutation: not every market has something to tamper with."""

Mutation = Callable[[Row, Row, Random], bool]
"""Tampers with an instance or a result; tells whether there was anything to tamper with."""


@cache
def honest(algorithm: Algorithm, seed: int) -> tuple[Row, Row]:
    document = market_under(algorithm, seed)
    return document, json.loads(canonical_bytes(run(document)))


def failed(instance: Row, result: Row) -> set[str]:
    try:
        return {check.code for check in verify(encode(instance), encode(result)) if not check.passed}
    except Malformed:
        return {"malformed"}


def resealed(instance: Row, result: Row) -> None:
    """Give the result hashes that fit what it and the instance say now."""
    result["record"]["input_hash"] = input_hash(read(instance))
    result["record"]["output_hash"] = output_hash(parse_result(encode(result)))


def _choice(random: Random, rows: list[Row]) -> Row | None:
    return random.choice(rows) if rows else None


def unseat(_: Row, result: Row, random: Random) -> bool:
    """Take a child's place away."""
    placed = [child for child, program in result["assignment"].items() if program]
    if placed:
        result["assignment"][random.choice(placed)] = None
    return bool(placed)


def move(instance: Row, result: Row, random: Random) -> bool:
    """Put a child somewhere else."""
    if not result["assignment"]:
        return False
    child = random.choice(sorted(result["assignment"]))
    others = [row["id"] for row in instance["programs"] if row["id"] != result["assignment"][child]]
    if others:
        result["assignment"][child] = random.choice(others)
    return bool(others)


def swap(_: Row, result: Row, random: Random) -> bool:
    """Swap the places of two children."""
    places = result["assignment"]
    pairs = [(one, other) for one in places for other in places if places[one] != places[other]]
    if pairs:
        one, other = random.choice(pairs)
        places[one], places[other] = places[other], places[one]
    return bool(pairs)


def lottery(_: Row, result: Row, random: Random) -> bool:
    """Alter a lottery number."""
    cutoff = _choice(random, [row for row in result["cutoffs"].values() if row["lottery"]])
    if cutoff:
        cutoff["lottery"] = f"{int(cutoff['lottery'], 16) ^ (1 << random.randrange(64)):016x}"
    return cutoff is not None


def cutoff_number(_: Row, result: Row, random: Random) -> bool:
    """Publish another tier or other points."""
    cutoff = _choice(random, [row for row in result["cutoffs"].values() if row["points"] is not None])
    if cutoff:
        cutoff[random.choice(("points", "tier"))] += 1
    return cutoff is not None


def cutoff_full(_: Row, result: Row, random: Random) -> bool:
    """Say that a full program has room, or the other way round."""
    cutoff = _choice(random, list(result["cutoffs"].values()))
    if cutoff:
        cutoff["full"] = not cutoff["full"]
    return cutoff is not None


def cutoff_slot(_: Row, result: Row, random: Random) -> bool:
    """Name another slot."""
    cutoff = _choice(random, list(result["cutoffs"].values()))
    if cutoff:
        cutoff["slot"] = "staff" if cutoff["slot"] == "open" else "open"
    return cutoff is not None


def status(_: Row, result: Row, random: Random) -> bool:
    """Tell a family something else about a wish."""
    wish = _choice(random, [wish for rows in result["wishes"].values() for wish in rows])
    if wish:
        every = {"offered", "offered_by_fallback", "not_needed", "refused", "filtered"}
        wish["status"] = random.choice(sorted(every - {wish["status"]}))
    return wish is not None


def reason(_: Row, result: Row, random: Random) -> bool:
    """Tell a family another reason."""
    wish = _choice(random, [wish for rows in result["wishes"].values() for wish in rows if wish["by"]])
    if wish:
        wish["by"] = random.choice(sorted({*Reason} - {wish["by"]}))
    return wish is not None


def untold(_: Row, result: Row, random: Random) -> bool:
    """Leave a wish out of what a family is told."""
    rows = [rows for rows in result["wishes"].values() if rows]
    if rows:
        own = random.choice(rows)
        own.pop(random.randrange(len(own)))
    return bool(rows)


def waiting_order(_: Row, result: Row, random: Random) -> bool:
    """Move a child up a waiting list."""
    queues = [queue for queue in result["waiting"].values() if len(queue) > 1]
    if queues:
        queue = random.choice(queues)
        queue.insert(0, queue.pop(random.randrange(1, len(queue))))
    return bool(queues)


def waiting_entry(_: Row, result: Row, random: Random) -> bool:
    """Leave a child off a waiting list."""
    queues = [queue for queue in result["waiting"].values() if queue]
    if queues:
        queue = random.choice(queues)
        queue.pop(random.randrange(len(queue)))
    return bool(queues)


def shortage(_: Row, result: Row, random: Random) -> bool:
    """Forget children with the right, count otherwise, or name another cause."""
    entry = _choice(random, result["shortage"])
    if entry:
        kind = random.choice(("gone", "seats", "claims", "cause"))
        if kind == "gone":
            result["shortage"].remove(entry)
        elif kind == "cause":
            entry["cause"] = "rules" if entry["cause"] != "rules" else "consent"
        else:
            entry[kind] += 1
    return entry is not None


def figure(_: Row, result: Row, random: Random) -> bool:
    """Publish another figure."""
    numbers = sorted(name for name, value in result["metrics"].items() if isinstance(value, int))
    result["metrics"][random.choice(numbers)] += 1
    return True


def record(_: Row, result: Row, random: Random) -> bool:
    """Name another seed or other rules."""
    name = random.choice(("seed", "rules_hash"))
    result["record"][name] = f"{random.getrandbits(256):064x}"
    return True


def seed(instance: Row, _: Row, random: Random) -> bool:
    """Draw the lottery again, after the fact."""
    instance["round"]["seed"] = f"{random.getrandbits(64):016x}"
    return True


def extra_seat(instance: Row, result: Row, random: Random) -> bool:
    """Add a seat to a full program, after the fact."""
    full = [row for row in instance["programs"] if result["cutoffs"][row["id"]]["full"]]
    row = _choice(random, full)
    if row:
        week = row["capacity"]
        row["capacity"] = week + 1 if isinstance(week, int) else [units + 1 for units in week]
    return row is not None


def criterion(instance: Row, result: Row, random: Random) -> bool:
    """Take the criteria away from a child that was admitted to a full program because of them."""
    places, full = (
        result["assignment"],
        {name for name, row in result["cutoffs"].items() if row["tier"] is not None},
    )
    rows = [row for row in instance["children"] if places[row["id"]] in full and not row["tags"]]
    rows = [row for row in rows if places[row["id"]] not in (row["current"], row["pinned"])]
    row = _choice(random, rows if instance["rules"]["priority"] == "points" else [])
    if row:
        row["priority"], row["priority_at"] = points(0, tier=999), {}
    return row is not None


def strict_rule(instance: Row, result: Row, random: Random) -> bool:
    """Say that a program went by the strict rule, or not; under `fit` there may be a repair behind it."""
    repaired = instance["rules"]["algorithm"] == Algorithm.FIT
    cutoff = _choice(random, [] if repaired else list(result["cutoffs"].values()))
    if cutoff:
        cutoff["strict"] = not cutoff.get("strict", False)
    return cutoff is not None


def resealed_otherwise(_: Row, result: Row, random: Random) -> bool:
    """Break the seal itself; hashes are not mended after this one."""
    name = random.choice(("input_hash", "output_hash"))
    result["record"][name] = f"{random.getrandbits(256):064x}"
    return True


MUTATIONS: tuple[Mutation, ...] = (
    unseat,
    move,
    swap,
    lottery,
    cutoff_number,
    cutoff_full,
    cutoff_slot,
    status,
    reason,
    untold,
    waiting_order,
    waiting_entry,
    shortage,
    figure,
    record,
    seed,
    extra_seat,
    criterion,
    strict_rule,
    resealed_otherwise,
)


def hunt(mutation: Mutation, algorithm: Algorithm, count: int) -> tuple[int, list[int]]:
    """Try a mutation; returns how often there was anything to tamper with, and the seeds that went unseen."""
    random = Random(f"{mutation.__name__}{algorithm}")  # noqa: S311 -- must repeat itself
    made, unseen = 0, []
    for number in range(TRIES * count):
        instance, result = deepcopy(honest(algorithm, number % TRIES))
        if not mutation(instance, result, random):
            continue
        made += 1
        if mutation is not resealed_otherwise:
            resealed(instance, result)
        if not failed(instance, result):
            unseen.append(number)
        if made == count:
            break
    return made, unseen


@pytest.mark.parametrize("algorithm", sorted(SOLVERS))
def test_every_mutation_is_caught(algorithm: Algorithm) -> None:
    found = {mutation.__name__: hunt(mutation, algorithm, COUNT) for mutation in MUTATIONS}

    assert {name: unseen for name, (_, unseen) in found.items() if unseen} == {}
    assert sum(made for made, _ in found.values()) >= 1_000 // len(SOLVERS)
