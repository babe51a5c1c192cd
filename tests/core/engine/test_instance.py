"""Reading an instance: what is malformed, where, and what counts as the same instance."""

import hashlib
import hmac
from copy import deepcopy
from typing import Any

import pytest
from tests.core.engine.markets import child, encode, market, points, read, run, seat

from opptak.engine.canonical import canonical_bytes, in_order, input_hash, rules_hash
from opptak.engine.instance import Malformed, Round
from opptak.engine.lottery import lottery64
from opptak.engine.running import allocate
from opptak.engine.wellformed import parse_instance


def valid() -> dict[str, Any]:
    """Two programs, two children, every kind of reference."""
    return market(
        [seat("A", ranking=["c1"], age_caps=[{"bands": ["u3"], "max": 1}]), seat("B")],
        [
            child("c1", "AB", fallback=["B"], priority_at={"B": points(1)}, blocked=["B"]),
            child("c2", "A", pinned="B", current="closed"),
        ],
    )


def put(document: Any, place: list[str | int], value: Any) -> None:
    for step in place[:-1]:
        document = document[step]
    document[place[-1]] = value


@pytest.mark.parametrize(
    ("place", "value", "path"),
    [
        (["format"], "opptak-allocation/2", "$.format"),
        (["round", "seed"], "xyz", "$.round.seed"),
        (["rules", "algorithm"], "boston", "$.rules.algorithm"),
        (["rules", "colour"], 1, "$.rules"),
        (["programs", 0, "capacity"], -1, "$.programs[0].capacity"),
        (["programs", 0, "capacity"], 1.5, "$.programs[0].capacity"),
        (["programs", 0, "capacity"], True, "$.programs[0].capacity"),
        (["programs", 0, "capacity"], [1, 1], "$.programs[0].capacity"),
        (["programs", 1, "id"], "A", "$.programs[1].id"),
        (["programs", 0, "ranking"], ["c1", "nobody"], "$.programs[0].ranking[1]"),
        (["programs", 0, "ranking"], ["c1", "c1"], "$.programs[0].ranking[1]"),
        (
            ["programs", 0, "age_caps"],
            [{"bands": ["u3", "mid"], "max": 1}, {"bands": ["mid", "o3"], "max": 1}],
            "$.programs[0].age_caps[1].bands",
        ),
        (["children", 1, "id"], "c1", "$.children[1].id"),
        (["children", 0, "wishes", 1], "X", "$.children[0].wishes[1]"),
        (["children", 0, "wishes", 1], 7, "$.children[0].wishes[1]"),
        (["children", 0, "wishes", 1], {"program": "A"}, "$.children[0].wishes[1]"),
        (["children", 0, "fallback"], ["B", "X"], "$.children[0].fallback[1]"),
        (["children", 0, "blocked"], ["X"], "$.children[0].blocked[0]"),
        (["children", 0, "priority", "points"], 65536, "$.children[0].priority.points"),
        (["children", 0, "priority_at"], {"X": points(1)}, "$.children[0].priority_at['X']"),
        (["children", 1, "pinned"], "X", "$.children[1].pinned"),
        (["children", 1, "blocked"], ["B"], "$.children[1].pinned"),
        (["families"], [{"id": "f", "tuples": [{"nobody": "A"}]}], "$.families[0].tuples[0]"),
        (["families"], [{"id": "f", "tuples": [{"c1": "X"}]}], "$.families[0].tuples[0]"),
    ],
)
def test_malformed_instance_names_the_path(place: list[str | int], value: Any, path: str) -> None:
    document = valid()
    put(document, place, value)

    with pytest.raises(Malformed) as refused:
        parse_instance(encode(document))

    assert refused.value.path == path


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff\xfe", b'{"format"', b"nul"])
def test_malformed_json_is_refused_at_the_root(raw: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        parse_instance(raw)

    assert refused.value.path == "$"


@pytest.mark.parametrize(
    ("place", "value", "path"),
    [
        (["programs", 0, "capacity"], [1, 1, 1, 1, 1], "$.programs[0].capacity"),
        (["children", 0, "need"], [1, 0, 0, 0, 0], "$.children[0].need"),
        (["children", 0, "need"], 2, "$.children[0].need"),
        (["children", 0, "wishes", 0], {"program": "A", "need": [1] * 5}, "$.children[0].wishes[0].need"),
    ],
)
def test_days_are_malformed_where_seats_are_whole(place: list[str | int], value: Any, path: str) -> None:
    document = valid()
    put(document, place, value)
    instance = parse_instance(encode(document))

    with pytest.raises(Malformed) as refused:
        allocate(instance)

    assert refused.value.path == path


def test_hopeless_instance_is_an_outcome() -> None:
    result = run(market([seat("A", 0)], [child("c1", "A", current="closed"), child("c2", "")]))

    assert result.assignment == {"c1": None, "c2": None}
    assert result.wishes["c2"] == ()


def test_empty_instance_is_an_outcome() -> None:
    assert run(market([], [])).assignment == {}


def test_canonical_file_hashes_to_the_input_hash() -> None:
    instance = read(valid())
    written = canonical_bytes(in_order(instance))

    assert hashlib.sha256(written).hexdigest() == input_hash(instance)
    assert written.endswith(b"}\n")
    assert b" " not in written


def test_rows_in_another_order_are_the_same_instance() -> None:
    document = valid()
    turned = {
        **document,
        "programs": document["programs"][::-1],
        "children": document["children"][::-1],
    }

    assert input_hash(read(turned)) == input_hash(read(document))
    assert canonical_bytes(run(turned)) == canonical_bytes(run(document))


def test_defaults_written_out_are_the_same_instance() -> None:
    document, spelled = valid(), valid()
    spelled["rules"]["fallback"] = True
    spelled["families"] = []
    spelled["programs"][1] |= {"counts_for_guarantee": True, "reserves": [], "owner": None}
    spelled["children"][0] |= {"need": 1, "tags": [], "right": False, "ordinal": 0}
    spelled["children"][0]["wishes"][0] = {"program": "A", "distance_m": None}

    assert input_hash(read(spelled)) == input_hash(read(document))


def test_any_other_change_is_another_instance() -> None:
    document = valid()
    changed = deepcopy(document)
    changed["children"][0]["priority"]["points"] += 1

    assert input_hash(read(changed)) != input_hash(read(document))


def test_rules_hash_is_the_rules_alone() -> None:
    document = valid()
    other = {**document, "children": []}
    stricter = {**document, "rules": {**document["rules"], "fallback": False}}
    other["programs"] = [seat("A") | {"facility": "A"}]

    assert rules_hash(read(other).rules) == rules_hash(read(document).rules)
    assert rules_hash(read(stricter).rules) != rules_hash(read(document).rules)


def test_lottery_number_follows_the_specification() -> None:
    drawn = hmac.new(bytes.fromhex("00ff"), "nordreisa|2027|familie å".encode(), hashlib.sha256).digest()

    number = lottery64(Round(tenant="nordreisa", intake="2027", seed="00ff"), "familie å")

    assert number == int.from_bytes(drawn[:8], "big")
