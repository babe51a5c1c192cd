"""The event loop processes run on: uvloop, as under uvicorn."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

__all__ = ("run", "use_fast_loops")

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, as `asyncio.run` does."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def use_fast_loops() -> None:
    """Have loops that libraries make in this process be fast ones too."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
