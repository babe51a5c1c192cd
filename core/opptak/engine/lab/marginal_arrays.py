"""A round with one more place, on arrays: the lists stay, one number of seats changes."""

from collections.abc import Callable

import numpy as np

from opptak.engine.arrays import Arrays
from opptak.engine.da_arrays import positions_of
from opptak.engine.market import UNPLACED, Market
from opptak.engine.paths import Path

__all__ = ("rerun_on_arrays",)


def rerun_on_arrays(market: Market, path: Path) -> Callable[[int], list[int]]:
    """Return what settles a market of plain whole seats with one more in a program."""
    arrays = Arrays.of(market)
    lengths = np.diff(arrays.starts)

    def rerun(program: int) -> list[int]:
        seats = arrays.seats.copy()
        seats[program] += 1
        position = positions_of(Arrays(arrays.starts, arrays.program, arrays.rank, seats), path)
        found: list[int] = np.where(position < lengths, position, UNPLACED).tolist()
        return found

    return rerun
