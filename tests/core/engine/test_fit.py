"""Places by weekdays: nobody too many on any day, no claims, and proof where claims are left."""

from random import Random
from typing import Any

import pytest
from tests.core.engine.day_markets import Plainly, day_market
from tests.core.engine.markets import Row, child, market, points, read, run, seat

from opptak.engine.canonical import canonical_bytes
from opptak.engine.checks import CheckCode, Severity, release_checks
from opptak.engine.fit import fit
from opptak.engine.instance import Malformed
from opptak.engine.market import Market
from opptak.engine.paths import Path
from opptak.engine.result import OPEN, Reason, Result, ShortageCause, Status
from opptak.engine.running import allocate
from opptak.engine.strict import strict_cutoffs
from opptak_verifier import verify

MARKETS = 2_500
SETTLED = (356, 1944, 2358, 2407, 2907, 3212, 3699, 3813, 3955, 5945, 6269, 7295, 7461, 7669, 7879, 7937)
"""All seeds under 8,000 of markets in which a program settles."""
MORNINGS, EVENINGS, WEEK = [1, 1, 1, 0, 0], [0, 0, 0, 1, 1], [1] * 5


def by_days(programs: list[Row], children: list[Row], **rules: Any) -> Row:
    return market(programs, children, **{"algorithm": "fit", **rules})


def fates(result: Result, name: str) -> list[tuple[str, Status, Reason | None]]:
    return [(wish.program, wish.status, wish.by) for wish in result.wishes[name]]


def test_fit_keeps_every_day_and_leaves_no_claim() -> None:
    for seed in range(MARKETS):
        given = Market.of(read(day_market(seed)))
        plainly, (got, settled) = Plainly(given), fit(given)

        assert plainly.feasible(tuple(got)), seed
        assert [claim for claim in plainly.claims(tuple(got)) if claim[1] not in settled] == [], seed
        assert [child for child, _ in plainly.wasted(tuple(got))] == [], seed


@pytest.mark.parametrize("seed", SETTLED)
def test_claims_are_left_only_where_no_assignment_is_without(seed: int) -> None:
    given = Market.of(read(day_market(seed)))
    plainly, (_, settled) = Plainly(given), fit(given)

    assert settled
    assert all(any(True for _ in plainly.claims(got)) for got in plainly.everything())


def test_strict_is_the_best_for_every_child_where_nobody_is_passed() -> None:
    for seed in range(500):
        given = Market.of(read(day_market(seed, algorithm="strict", children=4)))
        plainly, got = Plainly(given), strict_cutoffs(given).got
        ends = [len(wished) for wished in given.lists]
        assert plainly.feasible(tuple(got)), seed
        assert list(plainly.passed(tuple(got))) == [], seed
        for other in plainly.everything():
            if not any(True for _ in plainly.passed(other)):
                pairs = zip(got, other, ends, strict=True)
                assert all(mine % (end + 1) <= theirs % (end + 1) for mine, theirs, end in pairs), seed


@pytest.mark.parametrize("algorithm", ["fit", "strict"])
def test_order_of_rows_changes_nothing(algorithm: str) -> None:
    for seed in range(60):
        document, random = day_market(seed, algorithm=algorithm, children=9), Random(seed)  # noqa: S311
        turned = {
            **document,
            "programs": random.sample(document["programs"], len(document["programs"])),
            "children": random.sample(document["children"], len(document["children"])),
        }

        assert canonical_bytes(run(turned)) == canonical_bytes(run(document)), seed


def test_paths_end_alike() -> None:
    for seed in (*range(300), *SETTLED):
        given = Market.of(read(day_market(seed, children=5 if seed in SETTLED else 12)))

        assert fit(given, Path.NUMBA) == fit(given), seed


def test_paths_have_one_hash() -> None:
    instance = read(day_market(3, children=12))

    assert len({allocate(instance, path).record.output_hash for path in Path}) == 1


def test_result_with_reserves_and_caps_passes_the_release_checks() -> None:
    for seed in range(200):
        instance = read(day_market(seed, children=8, limits=True))
        result = allocate(instance)
        failed = [check.code for check in release_checks(instance, result) if not check.passed]

        assert result.metrics.blocking == 0, seed
        assert set(failed) <= {CheckCode.SIBLINGS, CheckCode.RIGHTS_MET, CheckCode.PINNED}, seed


def test_same_program_may_be_wished_for_with_less() -> None:
    wishes = ["A", {"program": "A", "need": MORNINGS}]
    rows: list[Row] = [
        {"id": "c1", "wishes": ["A"], "need": EVENINGS, "priority": points(9)},
        {"id": "c2", "wishes": wishes, "need": WEEK, "priority": points(1)},
    ]
    result = run(by_days([seat("A", [1] * 5)], rows))

    assert fates(result, "c2") == [("A", Status.REFUSED, Reason.POINTS), ("A", Status.OFFERED, None)]
    assert result.waiting == {"A": ("c2",)}


def test_holder_who_wants_more_days_takes_no_place_from_another() -> None:
    rows: list[Row] = [
        {"id": "c1", "wishes": [{"program": "A", "need": [2] * 5}], "current": "A", "priority": points(9)},
        {"id": "c2", "wishes": [], "current": "A"},
    ]
    result = run(by_days([seat("A", [2] * 5)], rows))

    assert result.assignment == {"c1": "A", "c2": "A"}
    assert fates(result, "c1") == [("A", Status.REFUSED, Reason.TIER), ("A", Status.OFFERED, None)]


def test_reserve_and_cap_count_by_the_day() -> None:
    program = seat(
        "A",
        [2] * 5,
        reserves=[{"count": 1, "tag": "sami", "open": False}],
        age_caps=[{"bands": ["u3"], "max": 1}],
    )
    rows = [
        child("c1", "A", 9, need=WEEK, tags=["sami"], band="o3"),
        child("c2", "A", 8, need=MORNINGS, band="u3"),
        child("c3", "A", 7, need=EVENINGS, band="u3"),
        child("c4", "A", 6, need=[0, 0, 1, 1, 0], band="u3"),
    ]
    result = run(by_days([program], rows))

    assert [name for name, place in result.assignment.items() if place] == ["c1", "c2", "c3"]
    assert fates(result, "c4") == [("A", Status.REFUSED, Reason.CAP)]
    assert result.metrics.reserved_used == 1


def test_what_a_closed_reserve_keeps_is_kept_on_the_days_of_the_need_only() -> None:
    program = seat("A", [1, 2, 2, 2, 2], reserves=[{"count": 1, "tag": "sami", "open": False}])
    rows = [child("c1", "A", 9, need=[1, 1, 0, 0, 0]), child("c2", "A", 1, need=[0, 1, 1, 1, 1])]

    assert run(by_days([program], rows)).assignment == {"c1": None, "c2": "A"}


def test_refusal_says_what_decided_by_days() -> None:
    small = [child("c1", "A", 9, need=MORNINGS), child("c2", "A", 8), child("c3", "A", 7, need=EVENINGS)]
    seats = [seat("A", [1] * 5)]

    assert fates(run(by_days(seats, small)), "c2") == [("A", Status.REFUSED, Reason.SIZE)]
    strictly = run(by_days(seats, small, algorithm="strict"))
    assert fates(strictly, "c2") == [("A", Status.REFUSED, Reason.POINTS)]
    assert fates(strictly, "c3") == [("A", Status.REFUSED, Reason.STRICT_SWITCH)]
    alone = run(by_days(seats, [child("c1", "A", need=2)]))
    assert fates(alone, "c1") == [("A", Status.REFUSED, Reason.SIZE)]
    nowhere = run(by_days([seat("A", [0] * 5)], [child("c1", "A")]))
    assert fates(nowhere, "c1") == [("A", Status.REFUSED, None)]


def test_cutoff_says_that_it_is_strict() -> None:
    rows = [child("c1", "A", 9, need=MORNINGS), child("c2", "A", 8), child("c3", "A", 7, need=EVENINGS)]
    cutoff = run(by_days([seat("A", [1] * 5)], rows, algorithm="strict")).cutoffs["A"]

    assert (cutoff.full, cutoff.strict, cutoff.points, cutoff.slot) == (True, True, 9, OPEN)


def test_figures_by_days() -> None:
    rows = [child("c1", "A", 9, need=MORNINGS), child("c2", "A", 8), child("c3", "A", 7, need=EVENINGS)]
    seats = [seat("A", [1, 1, 1, 1, 2])]

    fitted = run(by_days(seats, rows)).metrics
    assert (fitted.seats, fitted.filled_ppm, fitted.size_envy) == (6, 833333, 1)
    assert fitted.filled_by_day_ppm == (1_000_000, 1_000_000, 1_000_000, 1_000_000, 500_000)
    strictly = run(by_days(seats, rows, algorithm="strict")).metrics
    assert (strictly.blocking, strictly.valid_claims, strictly.size_envy) == (0, 1, 0)


def test_shortage_is_proved_on_a_weekday() -> None:
    rights = [
        child("c1", "A", 9, right=True, fallback=["B"], need=EVENINGS),
        child("c2", "A", 8, right=True, fallback=["B"], need=EVENINGS),
        child("c3", "A", 7, right=True, fallback=["B"], need=[0, 0, 0, 0, 1]),
        child("c4", "A", 6, right=True, need=EVENINGS),
        child("c5", "C", 5, need=EVENINGS),
    ]
    seats = [seat("A", [9, 9, 9, 2, 1]), seat("B", [9, 9, 9, 9, 1]), seat("C", [1] * 5)]
    by_seats, by_consent = run(by_days(seats, rights)).shortage

    assert (by_seats.cause, by_seats.children) == (ShortageCause.SEATS, ("c3",))
    assert by_seats.programs == ("A", "B")
    assert (by_seats.day, by_seats.seats, by_seats.claims) == (4, 2, 4)
    assert (by_consent.cause, by_consent.children) == (ShortageCause.CONSENT, ("c4",))


@pytest.mark.parametrize(
    ("rules", "row", "path"),
    [
        ({"algorithm": "strict"}, {"reserves": [{"count": 1, "tag": "x"}]}, "$.programs[0].reserves"),
        ({"algorithm": "strict"}, {"age_caps": [{"bands": ["x"], "max": 1}]}, "$.programs[0].age_caps"),
        ({"algorithm": "families"}, {"reserves": [{"count": 1, "tag": "x"}]}, "$.programs[0].reserves"),
        ({"algorithm": "da_offers"}, {"capacity": [1] * 5}, "$.programs[0].capacity"),
        ({"algorithm": "seniority", "priority": "listed"}, {}, "$.rules.priority"),
    ],
)
def test_what_an_algorithm_does_not_know_is_malformed(rules: Row, row: Row, path: str) -> None:
    document = market([{**seat("A"), **row}], [child("c1", "A")], **rules)

    with pytest.raises(Malformed) as refused:
        allocate(read(document))

    assert refused.value.path == path


def test_two_children_in_a_cycle_of_sizes_end_the_run() -> None:
    result = run(day_market(SETTLED[0]))

    assert any(cutoff.strict for cutoff in result.cutoffs.values())
    assert result.metrics.blocking == 0


@pytest.mark.parametrize("seed", SETTLED)
def test_verifier_agrees_where_programs_settle(seed: int) -> None:
    document = day_market(seed)
    result = run(document)

    assert result.metrics.valid_claims > 0
    assert [
        check.code
        for check in verify(canonical_bytes(read(document)), canonical_bytes(result))
        if not check.passed
    ] == []


def test_holder_has_its_place_back_in_a_program_that_settled() -> None:
    seating = Market.of(
        read(
            by_days(
                [seat("A", [1] * 5)],
                [
                    {"id": "c1", "wishes": [], "current": "A"},
                    child("c2", "A", 9, need=MORNINGS),
                    child("c3", "A", 1, need=EVENINGS),
                ],
            )
        )
    ).seatings[0]

    assert seating.keep({1}, [1, 2]) == [1, 2]
    assert seating.keep({2}, [1, 2]) == [2, 1]
    assert seating.keep({1, 2}, [0, 1, 2]) == [0]


def test_units_left_over_in_two_places_are_a_warning() -> None:
    seats = [seat("A", [3] * 5), seat("B", [3] * 5)]
    rows = [child(f"c{n}", "A", 9 - n, right=True, fallback=["B"], need=[2] * 5) for n in range(3)]
    instance = read(by_days(seats, rows))
    result = allocate(instance)
    (met,) = [one for one in release_checks(instance, result) if one.code is CheckCode.RIGHTS_MET]

    assert [shortage.cause for shortage in result.shortage] == [ShortageCause.RULES]
    assert (met.passed, met.severity, met.children) == (False, Severity.WARN, ("c2",))
