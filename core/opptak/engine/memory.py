"""How a run uses memory: millions of rows, none in a cycle, so that looking for cycles finds nothing."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ("no_cycles",)


@contextmanager
def no_cycles() -> Iterator[None]:
    """Put off the collector of cycles, which would take longer than the work; also a function's decorator.

    Of two at once in one process the one that came first switches it on again for both.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
