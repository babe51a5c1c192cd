"""What would have happened, found by the plain way of the round with one thing changed."""

import hashlib
from collections.abc import Iterator

from opptak_verifier.market import Market
from opptak_verifier.outcomes import Place, expected
from opptak_verifier.shape import Row

DRAWS = 1000
"""Lottery draws behind a chance."""


def one_more(market: Market, child: str, program: str) -> bool:
    """Return whether a child gets a place in a program that has room for one more of its need."""
    need = market.children[child].get("need", 1) if market.weekly else 1
    room = zip(market.units(market.programs[program]["capacity"]), market.units(need), strict=True)
    units = [had + more for had, more in room]
    changed = {**market.programs[program], "capacity": units if market.weekly else units[0]}
    return _gets(market, "programs", changed, child) == program


def had_listed(market: Market, child: str, program: str) -> bool:
    """Return whether a child gets a place in a program that is its last wish but for what it asked."""
    row = market.children[child]
    changed = {**row, "wishes": [*row["wishes"], program]}
    return program not in row["wishes"] and _gets(market, "children", changed, child) == program


def draws(market: Market) -> Iterator[Place | None]:
    """Yield the outcome of each draw of the lottery: draw n has the seed SHA-256(seed, n in four bytes)."""
    round_ = market.instance["round"]
    for number in range(DRAWS):
        seed = hashlib.sha256(bytes.fromhex(round_["seed"]) + number.to_bytes(4, "big")).hexdigest()
        yield expected(Market({**market.instance, "round": {**round_, "seed": seed}}))


def _gets(market: Market, table: str, changed: Row, child: str) -> str | None:
    rows = [changed if row["id"] == changed["id"] else row for row in market.instance[table]]
    place = expected(Market({**market.instance, table: rows}))
    got = place[child] if place else None
    return got.program if got else None
