"""What goes wrong is drawn from a seed, all kinds of it, over all phases."""

from collections import Counter

import pytest
from tests.faults.plan import Kind, Phase, draw


def test_same_seed_breaks_the_same() -> None:
    assert draw(7, kills=25, others=25) == draw(7, kills=25, others=25)
    assert draw(7, kills=25, others=25) != draw(8, kills=25, others=25)


@pytest.mark.parametrize(("kills", "others"), [(25, 25), (2, 2), (0, 1), (1, 0)])
def test_as_many_as_asked_for(kills: int, others: int) -> None:
    drawn = [fault for faults in draw(3, kills=kills, others=others).values() for fault in faults]

    kinds = Counter(fault.kind is Kind.WORKER_KILL for fault in drawn)
    assert (kinds[True], kinds[False]) == (kills, others)


def test_every_kind_comes_before_any_comes_thrice() -> None:
    drawn = Counter(fault.kind for faults in draw(1, kills=0, others=25).values() for fault in faults)

    assert len(drawn) > 15
    assert max(drawn.values()) <= 2


def test_faults_strike_in_order_and_within_their_phase() -> None:
    drawn = draw(5, kills=25, others=25)

    assert all(drawn[phase] for phase in Phase)
    for phase, faults in drawn.items():
        assert [fault.at for fault in faults] == sorted(fault.at for fault in faults)
        assert all(fault.phase is phase and 0 < fault.at < 1 for fault in faults)


def test_one_phase_alone_can_be_struck() -> None:
    drawn = draw(5, kills=2, others=2, phases=[Phase.OUTREACH])

    assert {phase: len(faults) for phase, faults in drawn.items() if faults} == {Phase.OUTREACH: 4}
