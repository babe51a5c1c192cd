"""Every sentence is true: what is told is computed again by the verifier, which catches what is planted."""

from collections import Counter
from random import Random

import msgspec
import pytest
from tests.core.engine.every_algorithm import market_under
from tests.core.engine.markets import Row, child, encode, market, read, run, seat

from opptak.engine.explain import Explainer, Explanation, Reader
from opptak.engine.explain.deep import DRAWS
from opptak.engine.instance import Algorithm, Instance
from opptak.engine.lottery import draw_seed
from opptak.engine.result import Result
from opptak.engine.running import allocate
from opptak.kit.i18n import Catalogues
from opptak_verifier.predicates import check

MARKETS = 25
"""Seeded markets of each algorithm."""


def crowded(algorithm: Algorithm, seed: int) -> Row:
    """A market in which many share a tier, so that families are told numbers."""
    document = market_under(algorithm, seed)
    random = Random(seed)  # noqa: S311 -- must repeat itself
    names = [row["id"] for row in document["programs"]][:2]
    for number in range(12):
        row = child(f"x{number:02}", "", random.randint(0, 2), tags=["sami"] * random.randint(0, 1))
        document["children"].append(
            {**row, "family": f"x{number // 2}", "wishes": random.sample(names, len(names))}
        )
    for row in document["programs"][:2]:
        row["capacity"] = random.randint(5, 9)
        row.pop("ranking", None)
    return document


def explained(instance: Instance, result: Result, *, deep: bool) -> list[Row]:
    explainer = Explainer(instance, result)
    found = (
        explainer.explain(row.id, reader=reader, deep=deep) for row in instance.children for reader in Reader
    )
    return [as_read(one) for one in found]


def as_read(explanation: Explanation) -> Row:
    return dict(msgspec.json.decode(encode(explanation)))


def judged(document: Row, told: list[Row]) -> list[str]:
    return check(encode(read(document)), encode(run(document)), told)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_every_sentence_for_every_reader_is_so(algorithm: Algorithm) -> None:
    keys: Counter[str] = Counter()
    for seed in range(MARKETS):
        document = (crowded if seed % 2 else market_under)(algorithm, seed)
        instance = read(document)
        result = allocate(instance)
        told = explained(instance, result, deep=seed % 5 == 0)
        keys.update(sentence["key"] for one in told for sentence in one["sentences"])
        assert check(encode(instance), encode(result), told) == [], seed
    text = Catalogues.load().translator("da", fallbacks=())
    assert len(keys) > 40
    assert [key for key in keys if not text.knows(key)] == []


@pytest.mark.parametrize("algorithm", Algorithm)
def test_planted_sentences_are_caught(algorithm: Algorithm) -> None:
    for seed in range(1, 8):
        document = crowded(algorithm, seed)
        told = explained(read(document), run(document), deep=False)
        truth = [encode(one["sentences"]) for one in told]
        random = Random(seed)  # noqa: S311 -- must repeat itself
        planted = [wrong for one in told for wrong in [spoilt(random, one)] if wrong is not None]
        assert len(planted) > 20
        for number, wrong in enumerate(planted):
            assert judged_one(document, wrong), (seed, number, wrong)
        assert truth == [encode(one["sentences"]) for one in told]


_RIGHT: dict[int, tuple[bytes, bytes]] = {}


def judged_one(document: Row, told: Row) -> list[str]:
    if id(document) not in _RIGHT:
        _RIGHT.clear()
        _RIGHT[id(document)] = (encode(read(document)), encode(run(document)))
    return check(*_RIGHT[id(document)], [told])


def spoilt(random: Random, explanation: Row) -> Row | None:
    """The explanation with one parameter, key or predicate changed, or with one sentence too few."""
    sentences = [dict(one) for one in explanation["sentences"]]
    sentence = random.choice(sentences)
    way = random.choice(("param", "key", "predicate", "reader"))
    if way == "param":
        numbers = [name for name, value in sentence["params"].items() if isinstance(value, int)]
        if not numbers:
            return None
        name = random.choice(numbers)
        sentence["params"] = {**sentence["params"], name: sentence["params"][name] + random.choice((1, 2))}
    elif way == "key":
        sentence["key"] += "_indeed"
    elif way == "predicate":
        sentence["predicate"] = "days" if sentence["predicate"] != "days" else "slot"
    else:
        other = {"parent": "case-worker", "case-worker": "parent", "auditor": "parent"}
        return {**explanation, "reader": other[explanation["reader"]]}
    return {**explanation, "sentences": sentences}


ONE = market([seat("A"), seat("B")], [child("c1", "AB", 9), child("c2", "A", 5), child("c3", "B", 7)])


def told_to(name: str) -> Row:
    return as_read(Explainer(read(ONE), run(ONE)).explain(name, deep=True))


@pytest.mark.parametrize(
    ("key", "params"),
    [
        ("seat_left", {"program": "B"}),
        ("would_be_ahead", {"program": "B"}),
        ("had_listed", {"program": "B"}),
        ("one_more", {"program": "X"}),
        ("kept", {"program": "A"}),
        ("refused_points", {"program": "A", "own": 5, "last": 9}),
        ("right_seats", {}),
        ("chance", {"program": "A", "count": 1000, "draws": 1}),
    ],
)
def test_what_is_not_so_or_not_to_be_told_is_named(key: str, params: Row) -> None:
    predicate = {"refused_points": "refused", "right_seats": "shortage", "kept": "assigned"}.get(key, key)
    predicate = "would_take" if key in ("seat_left", "would_be_ahead") else predicate
    lie = {"key": f"allocation.why.{key}", "params": params, "predicate": predicate}
    truth = told_to("c2")

    assert judged(ONE, [truth]) == []
    assert judged(ONE, [{**truth, "sentences": [*truth["sentences"], lie]}]) == [
        f"c2 is told what is not so: allocation.why.{key}"
    ]


def test_what_is_left_out_is_named() -> None:
    truth = told_to("c2")
    less = [one for one in truth["sentences"] if one["predicate"] != "refused"]

    assert judged(ONE, [{**truth, "sentences": less}]) == ["c2 is not told: refused_higher_priority"]


def test_explanation_of_nobody_is_named() -> None:
    assert judged(ONE, [{**told_to("c2"), "child": "c9"}]) != []


def test_chances_are_drawn_again() -> None:
    document = market([seat("A")], [child("c1", "A"), child("c2", "A")], lottery=True)
    instance, result = read(document), run(document)
    (loser,) = (name for name, place in result.assignment.items() if place is None)
    count = 0
    for number in range(DRAWS):
        drawn = msgspec.structs.replace(instance.round, seed=draw_seed(instance.round.seed, number))
        count += allocate(msgspec.structs.replace(instance, round=drawn)).assignment[loser] == "A"
    told = Explainer(instance, result).explain(loser, chances=lambda _: {"A": count})

    assert 400 < count < 600
    assert judged(document, [as_read(told)]) == []
    wrong = Explainer(instance, result).explain(loser, chances=lambda _: {"A": count + 1})
    assert judged(document, [as_read(wrong)]) != []
