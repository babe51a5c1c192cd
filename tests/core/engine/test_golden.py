"""The promised instances, each with the one right assignment."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.core.engine.markets import encode, run

from opptak.engine.canonical import canonical_bytes
from opptak.engine.instance import Algorithm
from opptak.engine.wellformed import UnsupportedAlgorithm
from opptak_verifier import verify

GOLDEN = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).resolve().parents[2] / "golden").glob("*.json"))
}
ACCEPTANCE = [name for name, case in GOLDEN.items() if case["instance"]["rules"]["algorithm"] == "da"]


@pytest.fixture(params=ACCEPTANCE)
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = GOLDEN[request.param]
    return found


def test_golden_instances_are_all_there() -> None:
    assert len(GOLDEN) == 13
    assert len(ACCEPTANCE) == 9


def test_golden_assignment_is_reproduced(case: dict[str, Any]) -> None:
    assert run(case["instance"]).assignment == case["assignment"]


def test_golden_result_passes_the_verifier(case: dict[str, Any]) -> None:
    result = canonical_bytes(run(case["instance"]))

    assert [check for check in verify(encode(case["instance"]), result) if not check.passed] == []


@pytest.mark.parametrize("name", sorted(GOLDEN.keys() - set(ACCEPTANCE)))
def test_other_algorithms_are_refused_by_name(name: str) -> None:
    with pytest.raises(UnsupportedAlgorithm) as refused:
        run(GOLDEN[name]["instance"])

    assert refused.value.algorithm is Algorithm(GOLDEN[name]["instance"]["rules"]["algorithm"])
