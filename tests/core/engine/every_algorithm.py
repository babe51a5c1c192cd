"""Seeded markets for each algorithm, in which every rule of the format occurs that the algorithm has."""

from collections.abc import Iterator
from itertools import product
from random import Random

from tests.core.engine.markets import Row, seeded_market

from opptak.engine.instance import Algorithm

WEEKLY = (Algorithm.FIT, Algorithm.STRICT)
WITHOUT_LIMITS = (Algorithm.STRICT, Algorithm.FAMILIES)


def market_under(algorithm: Algorithm, seed: int) -> Row:
    """A market under an algorithm, up to fourteen children."""
    document = seeded_market(seed)
    document["rules"]["algorithm"] = algorithm.value
    if algorithm is Algorithm.SENIORITY:
        document["rules"]["priority"] = "points"
    random = Random(seed)  # noqa: S311 -- must repeat itself
    for row in document["programs"]:
        if algorithm in WITHOUT_LIMITS:
            row.pop("reserves", None)
            row.pop("age_caps", None)
        if algorithm in WEEKLY and random.random() < 0.9:
            row["capacity"] = [max(0, row["capacity"] + random.randint(-1, 2)) for _ in range(5)]
    for row in document["children"]:
        if algorithm is Algorithm.SENIORITY:
            row.pop("priority_at")
        if algorithm in WEEKLY:
            row["need"] = _need(random)
            row["wishes"] = [wish for one in row["wishes"] for wish in _weekly_wishes(random, one)]
    if algorithm is Algorithm.FAMILIES:
        document["families"] = list(_families(random, document))
    return document


def _need(random: Random) -> int | list[int]:
    return random.choice((1, 1, 2, [1, 1, 1, 0, 0], [0, 0, 0, 1, 1], [2, 2, 0, 0, 0], [1, 0, 2, 0, 1]))


def _weekly_wishes(random: Random, wish: Row | str) -> list[Row | str]:
    """The wish as it was, with a need of its own, or first with all days and then with fewer."""
    row: Row = {"program": wish} if isinstance(wish, str) else wish
    fewer: list[Row | str] = [{**row, "need": 2}, {**row, "need": [2, 2, 0, 0, 0]}]
    own: list[Row | str] = [{**row, "need": _need(random)}]
    return random.choice(([wish], own, fewer))


def _families(random: Random, document: Row) -> Iterator[Row]:
    programs = [row["id"] for row in document["programs"]]
    ids = [row["id"] for row in document["children"]]
    for number in range(min(3, len(ids) // 2)):
        pair = ids[2 * number : 2 * number + 2]
        places = random.sample(list(product([*programs, None], repeat=2)), k=min(4, len(programs)))
        yield {"id": f"f{number}", "tuples": [dict(zip(pair, place, strict=True)) for place in places]}
