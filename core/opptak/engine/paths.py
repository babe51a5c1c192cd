"""The ways of computing one outcome: whichever is taken, the bytes are the same."""

from enum import StrEnum
from importlib.util import find_spec

from opptak.kit.errors import Unavailable

__all__ = ("MissingExtra", "Path", "choose", "require")

PYTHON_AT_MOST = 20_000
"""Contracts up to which plain Python is done before numpy is imported."""
NUMBA_AT_LEAST = 2_000_000
"""Contracts from which machine code makes up for the second it takes to load."""


class Path(StrEnum):
    """A way of computing; a record names the one that was taken."""

    AUTO = "auto"
    PYTHON = "python"
    NUMPY = "numpy"
    NUMBA = "numba"


class MissingExtra(Unavailable):
    """What was asked for needs an optional part that this installation was made without."""

    code = "allocation.missing_extra"

    def __init__(self, extra: str) -> None:
        super().__init__(extra=extra)
        self.extra = extra

    def __str__(self) -> str:
        return f"this installation lacks the extra {self.extra!r}"


def choose(wanted: Path, contracts: int) -> Path:
    """Return the way to take for lists with so many contracts in all.

    Raises MissingExtra where machine code is asked for by name and there is no compiler.
    """
    if wanted is Path.NUMBA:
        require("numba", "fast")
    if wanted is not Path.AUTO:
        return wanted
    if contracts <= PYTHON_AT_MOST:
        return Path.PYTHON
    return Path.NUMBA if contracts >= NUMBA_AT_LEAST and find_spec("numba") else Path.NUMPY


def require(module: str, extra: str) -> None:
    """Raise MissingExtra unless the module that comes with an extra can be imported."""
    if find_spec(module) is None:
        raise MissingExtra(extra)
