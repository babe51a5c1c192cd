"""The drill of Münster, 2023: hours in the wrong order and split twins never get as far as a letter.

There a round went out with siblings apart and wrong hours, from one ordering set up the wrong way round;
places were taken back from families who had them in writing.
"""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from tests.core.engine.markets import Row, child, market, read, run, seat

from opptak.cli import opptak
from opptak.engine.checks import CheckCode, Severity, release_checks
from opptak.engine.result import output_hash
from opptak.engine.siblings import SiblingRule, joint_wishes

PLANTED = Path(__file__).parent / "munster"


def check(folder: Path) -> Result:
    """Look criteria over the way a municipality does."""
    return CliRunner().invoke(opptak, ["criteria", "check", str(folder), "--country", "de"])


def test_hours_in_the_wrong_order_are_stopped_by_linter_and_case() -> None:
    done = check(PLANTED / "hours")
    file = PLANTED / "hours" / "criteria.toml"
    assert done.exit_code == 1
    assert f"{file}:10: criteria[0].rules[0].bands: 4 days lose to 3: 10 points against 20" in done.output
    assert f"{file}:12: criteria[0].cases[0]: “five days go before three”: expected first" in done.output


def test_rule_that_would_split_twins_is_stopped_by_the_linter() -> None:
    done = check(PLANTED / "twins")
    file = PLANTED / "twins" / "criteria.toml"
    assert done.exit_code == 1
    assert f"{file}:5: criteria[0].siblings: `da` places each child for itself" in done.output


def test_mended_criteria_pass(tmp_path: Path) -> None:
    file = tmp_path / "criteria.toml"
    hours = (PLANTED / "hours" / "criteria.toml").read_text(encoding="utf-8")
    file.write_text(hours.replace("[3, 20], [4, 10], [5, 5]", "[3, 5], [4, 10], [5, 20]"), encoding="utf-8")
    assert check(tmp_path).output == "from 2026-08-01: 1 rules, 1 cases come out as they say\n"
    twins = (PLANTED / "twins" / "criteria.toml").read_text(encoding="utf-8")
    file.write_text(twins.replace('"da"', '"families"'), encoding="utf-8")
    assert check(tmp_path).exit_code == 0


@pytest.mark.parametrize(
    ("seats", "given"),
    [((1, 1), ("A", "B")), ((1, 2), ("A", "B")), ((1, 0), ("A", None))],
    ids=["apart", "apart though there is room for both", "one without a place"],
)
def test_split_twins_block_the_release(seats: tuple[int, int], given: tuple[str, str | None]) -> None:
    document = twins_who_stay_together(*seats)
    honest = run(document)
    assert honest.assignment["t1"] == honest.assignment["t2"]
    split = msgspec.structs.replace(honest, assignment=dict(zip(("t1", "t2"), given, strict=True)))
    record = msgspec.structs.replace(split.record, output_hash=output_hash(split))
    found = release_checks(read(document), msgspec.structs.replace(split, record=record))
    [siblings] = [one for one in found if one.code is CheckCode.SIBLINGS]
    assert (siblings.passed, siblings.severity, siblings.children) == (False, Severity.BLOCK, ("t1", "t2"))
    [kept] = [one for one in release_checks(read(document), honest) if one.code is CheckCode.SIBLINGS]
    assert kept.passed


def twins_who_stay_together(at_a: int, at_b: int) -> Row:
    """Return a market of two houses and twins who want to be in one of them, or nowhere."""
    twins = [child("t1", "AB", 2, family="f"), child("t2", "AB", 1, family="f")]
    document = market([seat("A", at_a), seat("B", at_b)], twins, algorithm="families")
    rows = read(document).children
    houses = {"A": "A", "B": "B"}
    tuples = joint_wishes(rows, houses, SiblingRule.TOGETHER_OR_NONE).tuples
    return {**document, "families": [{"id": "f", "tuples": list(tuples)}]}
