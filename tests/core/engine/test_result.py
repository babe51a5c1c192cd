"""What is published: statuses and what decided, cut-offs, waiting lists, shortage, figures, record."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from tests.core.engine.markets import Row, child, encode, market, points, read, run, seat, seeded_market

from opptak.engine.canonical import canonical_bytes
from opptak.engine.instance import Malformed
from opptak.engine.lottery import lottery64
from opptak.engine.result import Cutoff, Reason, Result, ShortageCause, Status, output_hash, parse_result

REFUSED, OFFERED = Status.REFUSED, Status.OFFERED


def fates(result: Result, name: str) -> list[tuple[str, Status, Reason | None]]:
    return [(wish.program, wish.status, wish.by) for wish in result.wishes[name]]


@pytest.mark.parametrize(
    ("winner", "loser", "by"),
    [
        (points(0, tier=1), points(9, tier=2), Reason.TIER),
        (points(9), points(8), Reason.POINTS),
        (points(9, ties=(1,)), points(9, ties=(2,)), Reason.TIE),
        (points(9, ties=(1,)), points(9, ties=(1, 0)), Reason.TIE),
        (points(9), points(9), Reason.TIE),
    ],
)
def test_refusal_names_the_first_part_that_differs(winner: Row, loser: Row, by: Reason) -> None:
    rows = [
        {"id": "c1", "wishes": ["A"], "priority": winner},
        {"id": "c2", "wishes": ["A"], "priority": loser},
    ]

    assert fates(run(market([seat("A")], rows)), "c2") == [("A", REFUSED, by)]


def test_refusal_by_lottery_is_said_only_between_equals() -> None:
    document = market(
        [seat("A")], [child("c1", "A", 5), child("c2", "A", 5), child("c3", "A", 4)], lottery=True
    )
    result = run(document)
    winner = next(name for name, place in result.assignment.items() if place)
    (loser,) = {"c1", "c2"} - {winner}

    assert fates(result, loser) == [("A", REFUSED, Reason.LOTTERY)]
    assert fates(result, "c3") == [("A", REFUSED, Reason.POINTS)]
    assert result.cutoffs["A"].lottery == f"{lottery64(read(document).round, winner):016x}"


def test_limits_are_named_as_what_decided() -> None:
    document = market(
        [
            seat("A", 2, age_caps=[{"bands": ["u3"], "max": 1}]),
            seat("B", 1, reserves=[{"count": 1, "tag": "sami", "open": False}]),
            seat("C", 0),
        ],
        [child("c1", "A", 9, band="u3"), child("c2", "ABC", 8, band="u3")],
    )

    assert fates(run(document), "c2") == [
        ("A", REFUSED, Reason.CAP),
        ("B", REFUSED, Reason.RESERVE),
        ("C", REFUSED, None),
    ]


def test_statuses_follow_the_list_to_its_end() -> None:
    document = market(
        [seat("A"), seat("B"), seat("C"), seat("D", ranking=["c1"])],
        [child("c1", "A", 9), child("c2", "DABC", 1, blocked=["C"])],
        priority="listed",
    )
    result = run(document)

    assert fates(result, "c2") == [
        ("D", Status.FILTERED, Reason.LISTED),
        ("A", REFUSED, Reason.POINTS),
        ("B", OFFERED, None),
        ("C", Status.FILTERED, None),
    ]
    assert fates(result, "c1") == [("A", OFFERED, None)]


def test_own_seat_and_guarantee_stand_behind_the_wishes() -> None:
    document = market(
        [seat("A"), seat("B"), seat("C")],
        [
            child("c1", "A", 9),
            child("c2", "A", 1, current="B"),
            child("c3", "A", 1, right=True, fallback=["B", "C"]),
        ],
    )
    result = run(document)

    assert fates(result, "c2") == [("A", REFUSED, Reason.POINTS), ("B", OFFERED, None)]
    assert fates(result, "c3") == [
        ("A", REFUSED, Reason.POINTS),
        ("B", REFUSED, Reason.TIER),
        ("C", Status.OFFERED_BY_FALLBACK, None),
    ]
    assert result.cutoffs["C"] == Cutoff(
        full=True, tier=3, points=1, ties=(), lottery=None, slot="open", fallback=True
    )


def test_one_program_under_two_contracts_is_offered_once() -> None:
    wishes = [{"program": "A", "hours": 41}, {"program": "A", "hours": 20}]

    assert fates(run(market([seat("A")], [{"id": "c1", "wishes": wishes}])), "c1") == [
        ("A", OFFERED, None),
        ("A", Status.NOT_NEEDED, None),
    ]


def test_pin_sets_the_other_wishes_aside() -> None:
    document = market([seat("A"), seat("B")], [child("c1", "A", pinned="B")])

    assert fates(run(document), "c1") == [("A", Status.FILTERED, None), ("B", OFFERED, None)]


def test_cutoff_is_blank_where_there_is_room() -> None:
    result = run(market([seat("A", 2), seat("B", 0)], [child("c1", "A", 9)]))
    blank = Cutoff(full=False, tier=None, points=None, ties=(), lottery=None, slot="open")

    assert result.cutoffs == {"A": blank, "B": msgspec.structs.replace(blank, full=True)}


def test_cutoff_is_the_last_in_the_open_seats() -> None:
    slots = [{"count": 1, "tag": "sami", "open": True}]
    children = [child("c1", "A", 50), child("c2", "A", 40), child("c3", "A", 1, tags=["sami"])]

    mixed = run(market([seat("A", 2, reserves=slots)], children)).cutoffs["A"]
    kept = run(market([seat("A", 1, reserves=slots)], children)).cutoffs["A"]

    assert (mixed.points, mixed.slot) == (50, "open")
    assert (kept.points, kept.slot) == (1, "sami")


def test_cutoff_of_holders_stands_before_every_tier() -> None:
    result = run(market([seat("A")], [child("c1", "", current="A"), child("c2", "A", 9)]))

    assert result.cutoffs["A"].tier == -2
    assert fates(result, "c2") == [("A", REFUSED, Reason.TIER)]


def test_waiting_lists_stand_in_key_order() -> None:
    document = market(
        [seat("A"), seat("B")], [child("c1", "A", 9), child("c2", "AB", 2), child("c3", "A", 5)]
    )

    assert run(document).waiting == {"A": ("c3", "c2"), "B": ()}


def test_shortage_is_proved_by_counting() -> None:
    rights = [child(f"c{n}", "A", n, right=True, fallback=["B"]) for n in range(4)]
    (shortage,) = run(market([seat("A", 2), seat("B"), seat("C")], rights)).shortage

    assert shortage.cause is ShortageCause.SEATS
    assert shortage.children == ("c0",)
    assert shortage.programs == ("A", "B")
    assert (shortage.seats, shortage.claims) == (3, 4)


def test_shortage_tells_missing_consent_from_rules() -> None:
    document = market(
        [seat("A"), seat("B", counts_for_guarantee=False), seat("C")],
        [
            child("c1", "A", 9),
            child("c2", "A", 1, right=True, fallback=[]),
            child("c3", "A", 1, right=True),
            child("c4", "", right=True, fallback=[]),
        ],
    )
    found = {entry.cause: entry.children for entry in run(document).shortage}

    assert found == {ShortageCause.CONSENT: ("c3", "c4"), ShortageCause.RULES: ("c2",)}


def test_seat_kept_or_given_by_statute_is_no_breach_of_the_right() -> None:
    document = market(
        [seat("A", 2)],
        [
            child("c1", "", current="A"),
            {"id": "c2", "wishes": ["A"], "priority": points(0, tier=1)},
            child("c3", "A", 9, right=True, fallback=["A"]),
        ],
    )
    (shortage,) = run(document).shortage

    assert (shortage.cause, shortage.children) == (ShortageCause.SEATS, ("c3",))
    assert (shortage.seats, shortage.claims) == (2, 3)


def test_figures_count_what_happened() -> None:
    document = market(
        [seat("A", min_group=2), seat("B", 2), seat("C", 3)],
        [
            {"id": "c1", "wishes": [{"program": "A", "distance_m": 300}], "priority": points(9)},
            {"id": "c2", "wishes": ["A", {"program": "B", "distance_m": 500}], "priority": points(1)},
            child("c3", "A", right=True, fallback=["C"]),
            child("c4", "B", current="C"),
            child("c5", "A", right=True),
        ],
    )
    figures = run(document).metrics

    assert msgspec.structs.asdict(figures) == {
        "children": 5,
        "programs": 3,
        "seats": 6,
        "filled_ppm": 666666,
        "filled_by_day_ppm": (),
        "placed": 4,
        "unplaced": 1,
        "first": 2,
        "first_ppm": 400000,
        "top3_ppm": 600000,
        "stated_ppm": 600000,
        "fallback": 1,
        "kept": 0,
        "moved": 1,
        "lost": 0,
        "right_unplaced": 1,
        "reserved_used": 0,
        "lottery_decided": 0,
        "size_envy": 0,
        "siblings_apart": 0,
        "pinned": 0,
        "under_minimum": 1,
        "mean_distance_m": 400,
        "p90_distance_m": 500,
        "blocking": 0,
        "valid_claims": 0,
    }


def test_output_hash_covers_all_but_the_path() -> None:
    result = run(market([seat("A")], [child("c1", "A")]))
    elsewhere = msgspec.structs.replace(result, record=msgspec.structs.replace(result.record, path="numba"))
    altered = msgspec.structs.replace(result, assignment={"c1": None})
    document = msgspec.to_builtins(result)
    del document["record"]["path"], document["record"]["output_hash"]

    assert result.record.output_hash == hashlib.sha256(canonical_bytes(document)).hexdigest()
    assert output_hash(elsewhere) == result.record.output_hash
    assert output_hash(altered) != result.record.output_hash


def test_result_survives_the_file() -> None:
    result = run(seeded_market(7))

    assert parse_result(canonical_bytes(result)) == result


def test_malformed_result_names_the_path() -> None:
    document = msgspec.to_builtins(run(market([seat("A")], [child("c1", "A")])))
    document["wishes"]["c1"][0]["status"] = "lost"

    with pytest.raises(Malformed) as refused:
        parse_result(encode(document))

    assert refused.value.path == "$.wishes[...][0].status"


def test_result_does_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    document = seeded_market(11)
    program = (
        "import sys; from opptak.engine.canonical import canonical_bytes;"
        "from opptak.engine.running import allocate;"
        "from opptak.engine.wellformed import parse_instance;"
        "sys.stdout.buffer.write(canonical_bytes(allocate(parse_instance(sys.stdin.buffer.read()))))"
    )
    found = set()
    for hash_seed, turn in (("0", 1), ("1", -1), ("4242", 1)):
        turned = {
            **document,
            "children": document["children"][::turn],
            "programs": document["programs"][::turn],
        }
        done = subprocess.run(  # noqa: S603 -- our own interpreter and program
            [sys.executable, "-c", program],
            input=encode(turned),
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
            cwd=tmp_path,
        )
        found.add(done.stdout)

    assert found == {canonical_bytes(run(document))}
