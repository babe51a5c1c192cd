"""Release checks: each fails for its own fault, and only then."""

import msgspec
import pytest
from tests.core.engine.family_markets import impossible
from tests.core.engine.markets import Row, child, market, points, read, run, seat

from opptak.engine.checks import (
    CheckCode,
    ReleaseCheck,
    ResultOfAnotherInstance,
    Severity,
    release_checks,
)
from opptak.engine.result import Result, output_hash
from opptak.kit.i18n import Catalogues


def altered(result: Result, assignment: dict[str, str | None]) -> Result:
    """The result with another assignment, sealed anew."""
    changed = msgspec.structs.replace(result, assignment=assignment)
    record = msgspec.structs.replace(result.record, output_hash=output_hash(changed))
    return msgspec.structs.replace(changed, record=record)


def faults(document: Row, assignment: dict[str, str | None] | None = None) -> list[ReleaseCheck]:
    result = run(document)
    if assignment is not None:
        result = altered(result, assignment)
    return [check for check in release_checks(read(document), result) if not check.passed]


def only(found: list[ReleaseCheck]) -> tuple[CheckCode, Severity, int, tuple[str, ...]]:
    (check,) = found
    return check.code, check.severity, check.count, check.children


def test_honest_result_passes_every_check() -> None:
    document = market([seat("A"), seat("B")], [child("c1", "A", 2), child("c2", "AB", 1)])

    assert [check.code for check in release_checks(read(document), run(document))] == list(CheckCode)
    assert faults(document) == []


def test_altered_result_is_no_longer_sealed() -> None:
    document = market([seat("A", 2)], [child("c1", "A", 2), child("c2", "A", 1)])
    result = run(document)
    touched = msgspec.structs.replace(result, waiting={"A": ("c1",)})

    assert only([check for check in release_checks(read(document), touched) if not check.passed]) == (
        CheckCode.SEALED,
        Severity.BLOCK,
        1,
        (),
    )


def test_place_nobody_asked_for_blocks() -> None:
    document = market([seat("A", 0), seat("B")], [child("c1", "A")])

    assert only(faults(document, {"c1": "B"})) == (CheckCode.ASKED_FOR, Severity.BLOCK, 1, ("c1",))


@pytest.mark.parametrize(
    "program", [seat("A"), seat("A", 2, age_caps=[{"bands": ["u3"], "max": 1}])], ids=["seats", "cap"]
)
def test_overfull_program_blocks(program: Row) -> None:
    document = market([program], [child("c1", "A", band="u3"), child("c2", "A", band="u3")])

    assert only(faults(document, {"c1": "A", "c2": "A"})) == (
        CheckCode.CAPACITY,
        Severity.BLOCK,
        2,
        ("c1", "c2"),
    )


def test_child_passed_over_blocks() -> None:
    document = market([seat("A")], [child("c1", "A", 1), child("c2", "A", 2)])

    assert only(faults(document, {"c1": "A", "c2": None})) == (
        CheckCode.JUSTIFIED_ENVY,
        Severity.BLOCK,
        1,
        ("c2",),
    )


def test_lost_place_blocks_unless_the_seats_have_gone() -> None:
    holder = child("c1", "", current="A")

    lost = faults(market([seat("A")], [holder, child("c2", "A")]), {"c1": None, "c2": "A"})

    assert {check.code for check in lost} == {CheckCode.HOLDERS_KEPT, CheckCode.JUSTIFIED_ENVY}
    assert faults(market([seat("A", 0)], [holder])) == []


def test_pin_that_did_not_hold_blocks() -> None:
    document = market([seat("A", 0), seat("B")], [child("c1", "B", pinned="A")])

    assert only(faults(document)) == (CheckCode.PINNED, Severity.BLOCK, 1, ("c1",))


def test_right_that_could_have_been_met_blocks_and_a_proved_shortage_does_not() -> None:
    unmet = [child("c1", "A", 9), child("c2", "A", 1, right=True, fallback=[])]
    short = [child("c1", "A", 9, right=True, fallback=[]), child("c2", "A", 1, right=True, fallback=[])]

    assert only(faults(market([seat("A")], unmet))) == (CheckCode.RIGHTS_MET, Severity.BLOCK, 1, ("c2",))
    assert faults(market([seat("A")], short)) == []


def test_distance_of_a_protected_child_blocks() -> None:
    traced = {"id": "c1", "wishes": [{"program": "A", "distance_m": 0}], "tags": ["protected"]}
    hidden = {"id": "c2", "wishes": ["A"], "tags": ["protected"]}

    assert only(faults(market([seat("A", 2)], [traced, hidden]))) == (
        CheckCode.PROTECTED,
        Severity.BLOCK,
        1,
        ("c1",),
    )


def test_siblings_with_one_first_wish_placed_apart_warn() -> None:
    twins = [child("c1", "AB", 2, family="f"), child("c2", "AB", 1, family="f")]
    document = market([seat("A"), seat("B")], twins)

    assert only(faults(document)) == (CheckCode.SIBLINGS, Severity.WARN, 2, ("c1", "c2"))
    assert run(document).metrics.siblings_apart == 2


@pytest.mark.parametrize(
    ("programs", "wishes"),
    [
        ([seat("A"), seat("B", facility="A")], ("AB", "AB")),
        ([seat("A"), seat("B")], ("A", "B")),
        ([seat("A", 2), seat("B")], ("AB", "AB")),
    ],
    ids=["one facility", "own wishes", "together"],
)
def test_siblings_are_no_fault_where_there_is_none(programs: list[Row], wishes: tuple[str, str]) -> None:
    twins = [child(f"c{index}", wish, family="f") for index, wish in enumerate(wishes)]

    assert faults(market(programs, twins)) == []


def test_result_of_another_instance_is_not_checked() -> None:
    one, other = market([seat("A")], [child("c1", "A")]), market([seat("A")], [child("c1", "A", 1)])

    with pytest.raises(ResultOfAnotherInstance):
        release_checks(read(one), run(other))


def test_statutory_child_before_a_right_is_no_breach() -> None:
    statutory = {"id": "c1", "wishes": ["A"], "priority": points(0, tier=1)}
    document = market([seat("A")], [statutory, child("c2", "A", 9, right=True, fallback=["A"])])

    assert faults(document) == []


@pytest.mark.parametrize("language", ["nb", "nn", "se", "en"])
def test_every_check_has_a_text(language: str) -> None:
    tr = Catalogues.load().translator(language, fallbacks=())

    assert [code for code in CheckCode if not tr.knows(f"allocation.check.{code}")] == []


def test_blocking_families_warn_where_there_are_proved_to_be_no_fewer() -> None:
    document = impossible("1")
    instance, result = read(document), run(document)
    unproved = msgspec.structs.replace(result.record, solver="ortools FEASIBLE")
    worse = altered(result, dict.fromkeys(result.assignment))

    def envy(result: Result) -> tuple[bool, Severity]:
        checks = {check.code: check for check in release_checks(instance, result)}
        return checks[CheckCode.JUSTIFIED_ENVY].passed, checks[CheckCode.JUSTIFIED_ENVY].severity

    assert envy(result) == (False, Severity.WARN)
    assert envy(msgspec.structs.replace(result, record=unproved)) == (False, Severity.BLOCK)
    assert envy(worse) == (False, Severity.BLOCK)
