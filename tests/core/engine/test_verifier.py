"""The independent verifier: accepts every honest result and nothing that has been tampered with."""

import ast
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from random import Random

import pytest
from tests.core.engine.markets import Row, child, encode, market, points, read, run, seat, seeded_market

import opptak_verifier
from opptak.engine.canonical import canonical_bytes, input_hash
from opptak.engine.cities import build_city
from opptak.engine.result import output_hash, parse_result
from opptak.engine.running import allocate
from opptak_verifier import Malformed, verify

OF_EXPLANATIONS = {"predicates.py", "reruns.py"}
LONGEST = 950
SOURCES = sorted(Path(opptak_verifier.__file__).parent.glob("*.py"))


def failed(instance: Row, result: Row) -> set[str]:
    return {check.code for check in verify(encode(instance), encode(result)) if not check.passed}


def answer(instance: Row) -> Row:
    return plain(run(instance))


def plain(value: object) -> Row:
    document: Row = json.loads(canonical_bytes(value))
    return document


def resealed(instance: Row, result: Row) -> Row:
    """The result with hashes that fit what it and the instance say now."""
    result["record"]["input_hash"] = input_hash(read(instance))
    result["record"]["output_hash"] = output_hash(parse_result(encode(result)))
    return result


def test_verifier_imports_nothing_of_the_engine() -> None:
    allowed = {*sys.stdlib_module_names, "numpy", "opptak_verifier"}
    imported = {
        name.split(".")[0]
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imported - allowed == set()


def test_columns_alone_need_numpy() -> None:
    assert [path.name for path in SOURCES if "numpy" in path.read_text(encoding="utf-8")] == ["arrays.py"]


def test_verifier_is_short_enough_to_read() -> None:
    sources = [path.read_text(encoding="utf-8") for path in SOURCES if path.name not in OF_EXPLANATIONS]

    assert sum(code_lines(source) for source in sources) <= LONGEST


def code_lines(source: str) -> int:
    """Lines that hold code: neither empty nor a comment or docstring."""
    texts = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Expr)]
    said = {
        line for text in texts for line in range(text.lineno, (text.end_lineno or 0) + 1) if is_text(text)
    }
    lines = enumerate(source.splitlines(), start=1)
    return sum(number not in said and line.strip()[:1] not in ("", "#") for number, line in lines)


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.mark.parametrize("start", range(0, 400, 100))
def test_verifier_accepts_honest_results(start: int) -> None:
    for seed in range(start, start + 100):
        document = seeded_market(seed)
        assert failed(document, answer(document)) == set()


def test_checks_are_given_in_their_order() -> None:
    document = market([seat("A")], [child("c1", "A")])

    assert [check.code for check in verify(encode(document), encode(answer(document)))] == [
        f"V{number}" for number in range(1, 11)
    ]


def tamper_moves(instance: Row, result: Row, random: Random) -> None:
    """Put a child somewhere else."""
    name = random.choice(sorted(result["assignment"]))
    others = {None, *(row["id"] for row in instance["programs"])} - {result["assignment"][name]}
    result["assignment"][name] = random.choice(sorted(others, key=str))


def tamper_swaps(_: Row, result: Row, random: Random) -> None:
    """Swap the outcomes of two children."""
    names = sorted(result["assignment"])
    while True:
        one, other = random.sample(names, 2)
        if result["assignment"][one] != result["assignment"][other]:
            break
    places = result["assignment"]
    places[one], places[other] = places[other], places[one]


def tamper_seats(instance: Row, result: Row, random: Random) -> None:
    """Add a seat to a full program, after the fact."""
    full = [row for row in instance["programs"] if result["cutoffs"][row["id"]]["full"]]
    random.choice(full)["capacity"] += 1


def tamper_lottery(_: Row, result: Row, random: Random) -> None:
    """Alter a lottery number."""
    drawn = [cutoff for cutoff in result["cutoffs"].values() if cutoff["lottery"]]
    cutoff = random.choice(drawn)
    cutoff["lottery"] = f"{int(cutoff['lottery'], 16) ^ (1 << random.randrange(64)):016x}"


def tamper_criterion(instance: Row, result: Row, random: Random) -> None:
    """Take a child's criteria away after it was admitted to a full program because of them."""
    full = {program for program, cutoff in result["cutoffs"].items() if cutoff["full"]}
    admitted = [
        row
        for row in instance["children"]
        if result["assignment"][row["id"]] in full and "tags" not in row and "current" not in row
    ]
    row = random.choice(admitted)
    row["priority"] = points(0, tier=999)
    row["priority_at"] = {}


def tamper_cutoff(_: Row, result: Row, random: Random) -> None:
    """Publish another cut-off."""
    full = [cutoff for cutoff in result["cutoffs"].values() if cutoff["points"] is not None]
    random.choice(full)[random.choice(("points", "tier"))] += 1


def tamper_status(_: Row, result: Row, random: Random) -> None:
    """Tell a family something else about a wish."""
    wishes = [wish for row in result["wishes"].values() for wish in row]
    wish = random.choice(wishes)
    wish["status"] = "not_needed" if wish["status"] != "not_needed" else "refused"


def tamper_reason(_: Row, result: Row, random: Random) -> None:
    """Tell a family another reason."""
    refused = [wish for row in result["wishes"].values() for wish in row if wish["by"]]
    wish = random.choice(refused)
    wish["by"] = random.choice(sorted({"tier", "points", "lottery", "cap"} - {wish["by"]}))


def tamper_queue(_: Row, result: Row, random: Random) -> None:
    """Move a child up a waiting list."""
    queues = [queue for queue in result["waiting"].values() if len(queue) > 1]
    queue = random.choice(queues)
    queue.insert(0, queue.pop(random.randrange(1, len(queue))))


def tamper_queue_entry(_: Row, result: Row, random: Random) -> None:
    """Leave a child off a waiting list."""
    queues = [queue for queue in result["waiting"].values() if queue]
    queue = random.choice(queues)
    queue.pop(random.randrange(len(queue)))


def tamper_figures(_: Row, result: Row, random: Random) -> None:
    """Publish a better figure."""
    result["metrics"][random.choice(("placed", "first_ppm", "children", "blocking", "valid_claims"))] += 1


def tamper_seed(_: Row, result: Row, random: Random) -> None:
    """Name another seed."""
    result["record"]["seed"] = f"{random.getrandbits(64):016x}"


TAMPERS: list[Callable[[Row, Row, Random], None]] = [
    tamper_moves,
    tamper_swaps,
    tamper_seats,
    tamper_lottery,
    tamper_criterion,
    tamper_cutoff,
    tamper_status,
    tamper_reason,
    tamper_queue,
    tamper_queue_entry,
    tamper_figures,
    tamper_seed,
]


@pytest.fixture(scope="module")
def towns() -> list[tuple[Row, Row]]:
    """Synthetic towns with their honest results."""
    found = []
    for seed in range(1, 5):
        city = build_city("nordreisa", seed=seed)
        found.append((plain(city), plain(allocate(city))))
    return found


@pytest.mark.parametrize("tamper", TAMPERS, ids=lambda tamper: tamper.__name__)
def test_tampering_is_caught_though_the_hashes_fit(
    tamper: Callable[[Row, Row, Random], None], towns: list[tuple[Row, Row]]
) -> None:
    random = Random(2027)  # noqa: S311 -- must repeat itself
    missed = [attempt for attempt in range(20) if not caught(tamper, towns[attempt % len(towns)], random)]

    assert missed == []


def caught(tamper: Callable[[Row, Row, Random], None], town: tuple[Row, Row], random: Random) -> bool:
    instance, result = deepcopy(town)
    tamper(instance, result, random)
    return bool(failed(instance, resealed(instance, result)))


def leaves(document: Row) -> Iterator[tuple[Row, str]]:
    for key, value in document.items():
        if isinstance(value, dict):
            yield from leaves(value)
        elif isinstance(value, str | int | None):
            yield document, key


def test_any_altered_leaf_breaks_the_seal(towns: list[tuple[Row, Row]]) -> None:
    instance, honest = towns[0]
    random = Random(7)  # noqa: S311 -- must repeat itself
    for _ in range(60):
        result = deepcopy(honest)
        holder, key = random.choice([leaf for leaf in leaves(result) if leaf[1] not in ("path", "format")])
        holder[key] = 1 if holder[key] is None else None if key == "solver" else altered(holder[key])
        assert "V10" in refused_or_failed(instance, result)


def altered(value: str | int) -> str | int:
    if isinstance(value, str):
        return hashlib.sha256(value.encode()).hexdigest()
    return value + 1


def refused_or_failed(instance: Row, result: Row) -> set[str]:
    try:
        found = failed(instance, result)
    except Malformed:
        return {"V10"}
    return {"V10"} if found == {"V2"} else found


@pytest.mark.parametrize(
    ("code", "instance", "assignment"),
    [
        ("V1", market([seat("A")], [child("c1", "A"), child("c2", "A")]), {"c1": "A", "c2": "A"}),
        ("V2", market([seat("A"), seat("B")], [child("c1", "A")]), {"c1": "B"}),
        ("V3", market([seat("A")], [child("c1", "", current="A")]), {"c1": None}),
        ("V4", market([seat("A")], [child("c1", "A", 1), child("c2", "A", 2)]), {"c1": "A", "c2": None}),
        (
            "V8",
            market(
                [seat("A", reserves=[{"count": 1, "tag": "sami", "open": True}])],
                [child("c1", "A", 9), child("c2", "A", tags=["sami"])],
            ),
            {"c1": "A", "c2": None},
        ),
    ],
)
def test_each_rule_is_checked(code: str, instance: Row, assignment: dict[str, str | None]) -> None:
    result = {**answer(instance), "assignment": assignment}

    assert code in failed(instance, result)


def test_stable_assignment_that_is_not_the_childrens_best_is_caught() -> None:
    document = market(
        [seat("A"), seat("B")],
        [
            child("c1", "AB", priority_at={"A": points(1), "B": points(9)}),
            child("c2", "BA", priority_at={"A": points(9), "B": points(1)}),
        ],
    )
    honest = answer(document)
    owners_best = resealed(document, {**deepcopy(honest), "assignment": {"c1": "B", "c2": "A"}})

    assert honest["assignment"] == {"c1": "A", "c2": "B"}
    assert "V4" in failed(document, owners_best)


def test_right_left_out_of_the_shortage_is_caught() -> None:
    rights = [child(f"c{n}", "A", n, right=True, fallback=[]) for n in range(3)]
    document = market([seat("A")], rights)
    result = answer(document)
    forged = deepcopy(result)
    forged["shortage"][0]["claims"] += 1

    assert "V6" in failed(document, {**result, "shortage": []})
    assert "V6" in failed(document, forged)


def test_commitment_must_be_to_the_seed() -> None:
    document = market([seat("A")], [child("c1", "A")])
    document["round"]["commitment"] = hashlib.sha256(bytes.fromhex("00ff")).hexdigest()
    other = deepcopy(document)
    other["round"]["commitment"] = hashlib.sha256(b"other").hexdigest()

    assert failed(document, answer(document)) == set()
    assert failed(other, answer(other)) == {"V7"}


def test_result_of_other_children_is_refused_as_a_whole() -> None:
    one, other = market([seat("A")], [child("c1", "A")]), market([seat("A")], [child("c2", "A")])

    assert failed(one, answer(other)) == {"V2"}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"format": "x"}, "$.format"),
        ({"colour": 1}, "$.colour"),
        ({"programs": [{"id": "A", "facility": "A"}]}, "$.programs[0].capacity"),
        ({"programs": [{"id": "A", "facility": "A", "capacity": 1}] * 2}, "$.programs"),
        ({"children": [{"id": "c1", "family": "f", "wishes": ["X"]}]}, "$.children[0]"),
        ({"children": [{"id": "c1", "family": "f", "wishes": [3]}]}, "$.children[0].wishes[0]"),
        ({"children": {}}, "$.children"),
    ],
)
def test_verifier_names_the_path_of_what_is_malformed(change: Row, path: str) -> None:
    document = market([seat("A")], [child("c1", "A")])

    with pytest.raises(Malformed, match=f"^{re.escape(path)}: "):
        verify(encode({**document, **change}), encode(answer(document)))


def test_module_prints_a_line_a_check(tmp_path: Path) -> None:
    document = market([seat("A")], [child("c1", "A", 1), child("c2", "A", 2)])
    honest = answer(document)
    forged = {**honest, "assignment": {"c1": "A", "c2": None}}
    for name, content in (("I", document), ("R", honest), ("F", forged), ("X", {})):
        (tmp_path / name).write_bytes(encode(content))

    found = [
        subprocess.run(  # noqa: S603 -- our own interpreter and program
            [sys.executable, "-m", "opptak_verifier", *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )
        for arguments in (["I", "R"], ["I", "F"], ["X", "R"], ["I", "gone"], ["I"])
    ]

    assert [done.returncode for done in found] == [0, 1, 2, 2, 2]
    assert len(found[0].stdout.splitlines()) == 10
    assert "c2 has a claim to A" in next(line for line in found[1].stdout.splitlines() if "V4" in line)
    assert found[2].stderr == "$.children: missing\n"
