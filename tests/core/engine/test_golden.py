"""The promised instances, each with the one right assignment."""

import json
import pathlib
from typing import Any

import pytest
from tests.core.engine.markets import encode, read, run

from opptak.engine.canonical import canonical_bytes
from opptak.engine.paths import Path
from opptak.engine.running import allocate
from opptak_verifier import verify

GOLDEN = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((pathlib.Path(__file__).resolve().parents[2] / "golden").glob("*.json"))
}


@pytest.fixture(params=sorted(GOLDEN))
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = GOLDEN[request.param]
    return found


def test_golden_instances_are_all_there() -> None:
    assert len(GOLDEN) == 13


@pytest.mark.parametrize("path", Path)
def test_golden_assignment_is_reproduced(case: dict[str, Any], path: Path) -> None:
    assert allocate(read(case["instance"]), path).assignment == case["assignment"]


def test_golden_result_passes_the_verifier(case: dict[str, Any]) -> None:
    result = canonical_bytes(run(case["instance"]))

    assert [check for check in verify(encode(case["instance"]), result) if not check.passed] == []
