"""The verifier on columns says what the verifier on rows says."""

import numpy as np
import pytest
from tests.core.engine.every_algorithm import market_under
from tests.core.engine.markets import encode, run

from opptak.engine.instance import Algorithm
from opptak_verifier.account import Found
from opptak_verifier.arrays import Columns
from opptak_verifier.market import Market
from opptak_verifier.shape import INSTANCE, RESULT, parse

PLAIN = (Algorithm.DEFERRED_ACCEPTANCE, Algorithm.STRICT, Algorithm.FIT)


def columns_of(market: Market) -> Columns:
    """The market as columns; reserves and caps are not among them."""
    names = {program: index for index, program in enumerate(market.programs)}
    asked = [(child, one) for child, wishes in market.lists.items() for one in wishes]
    order = sorted(range(len(asked)), key=lambda at: (asked[at][1].program, market.key(*asked[at]), at))
    ranks = {at: rank for rank, at in enumerate(order)}
    return Columns(
        starts=np.cumsum([0, *map(len, market.lists.values())]),
        program=np.array([names[one.program] for _, one in asked], dtype=np.int32),
        rank=np.array([ranks[at] for at in range(len(asked))], dtype=np.int32),
        need=np.arange(len(asked)),
        weeks=np.array([one.need for _, one in asked]),
        capacity=np.array([market.units(row["capacity"]) for row in market.programs.values()]),
    )


@pytest.mark.parametrize("algorithm", PLAIN)
def test_columns_and_rows_find_the_same(algorithm: Algorithm) -> None:
    random, compared = np.random.default_rng(1), 0
    for seed in range(60):
        document = market_under(algorithm, seed)
        for row in document["programs"]:
            row.pop("reserves", None)
            row.pop("age_caps", None)
        market, result = Market(parse(encode(document), INSTANCE)), parse(encode(run(document)), RESULT)
        if not any(market.lists.values()):
            continue
        for child in random.permutation(sorted(market.children))[: seed % 3]:
            result["assignment"][child] = next((one.program for one in market.lists[child]), None)
        found = Found(market, result)
        lists = market.lists
        got = [lists[c].index(one) if one else len(lists[c]) for c, one in found.place.items()]
        overfull = sum(len(found.choices[name].slots) < len(held) for name, held in found.held.items())
        assert columns_of(market).audit(np.array(got)) == (overfull, len(list(found.claims())))
        compared += 1

    assert compared > 40


def test_place_beyond_the_list_is_refused() -> None:
    market = Market(parse(encode(market_under(Algorithm.FIT, 0)), INSTANCE))

    with pytest.raises(ValueError, match="not on its list"):
        columns_of(market).audit(np.array([99] * len(market.lists)))
