"""The programs of the demonstration: each in a process of its own, and none may end before the others."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NoReturn

from opptak.settings import Settings, environment

__all__ = ("ProgramEnded", "Programs", "opptak")

_LOOK_SECONDS = 0.5
_STOP_SECONDS = 15


class ProgramEnded(Exception):
    """A program has ended without which nothing goes on; the message names it."""


class Programs:
    """Those that run, by name."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @contextmanager
    def run(
        self, name: str, command: Sequence[str], settings: Settings | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run one of our own programs, with the settings, for as long as the context lasts."""
        environ: Mapping[str, str] = (
            os.environ if settings is None else {**os.environ, **environment(settings)}
        )
        process = subprocess.Popen(command, env=environ)  # noqa: S603 -- our own program
        self._running[name] = process
        try:
            yield process
        finally:
            del self._running[name]
            process.terminate()
            try:
                process.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def require(self) -> None:
        """Raise ProgramEnded unless all of them still run."""
        for name, process in self._running.items():
            if (code := process.poll()) is not None:
                raise ProgramEnded(f"the {name} has ended with code {code}")

    def wait(self) -> NoReturn:
        """Wait until one of them ends; raises ProgramEnded."""
        while True:
            self.require()
            time.sleep(_LOOK_SECONDS)


def opptak(*arguments: str) -> list[str]:
    """Return the command line of our own command."""
    return [sys.executable, "-c", "from opptak.cli import main; main()", *arguments]
