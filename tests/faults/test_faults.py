"""The outreach goes on where it was broken: the smallest version of `make faults`."""

from collections.abc import Callable
from pathlib import Path

from tests.faults.invariants import examine
from tests.faults.plan import Phase, draw
from tests.faults.telling import tell

SEED = 13
STEPS = 840
"""About what the outreach of the town needs."""


async def test_each_guardian_has_one_letter_whatever_breaks(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    told = await tell(
        tmp_path / "town",
        seed=SEED,
        faults=draw(SEED, kills=2, others=2, phases=[Phase.OUTREACH]),
        steps={Phase.OUTREACH: STEPS},
        phases=[Phase.OUTREACH],
    )

    letters = told.evidence.letters_by_kind
    record_property("told", f"faults: {len(told.strikes)} struck, letters {letters}, {told.seconds} s")
    assert len(told.strikes) == 4
    assert letters["invitation"] == told.evidence.guardians > 50
    assert {finding.name: finding.wrong for finding in examine(told.evidence) if finding.wrong} == {}
    assert told.audit == []
    assert told.sealed > 0
