"""The collector of cycles rests while a run works, and no longer."""

import gc
from contextlib import suppress

from opptak.engine.memory import no_cycles


def test_collector_rests_within_and_works_again_after_a_fault() -> None:
    with suppress(ValueError), no_cycles():
        assert not gc.isenabled()
        raise ValueError

    assert gc.isenabled()


def test_inner_use_leaves_the_collector_to_the_outer() -> None:
    with no_cycles():
        with no_cycles():
            pass

        assert not gc.isenabled()

    assert gc.isenabled()
