"""Programs of a test: each can be killed and started again, and none outlives the test."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

__all__ = ("Keeper", "NotUp", "Program", "listens", "plain_environment", "wait_until")

PATIENCE = 180.0
"""Seconds a busy machine may take for what should be at once."""

_KEEPER = "import os, signal, sys; sys.stdin.read(); os.killpg(0, signal.SIGKILL)"


class NotUp(Exception):
    """Something did not come about in time; the end of a log is attached where there is one."""


def wait_until(holds: Callable[[], bool], *, what: str, seconds: float = PATIENCE) -> None:
    """Wait for something to hold; raises NotUp."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise NotUp(what)
        time.sleep(0.02)


def listens(port: int) -> bool:
    """Return whether something listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Keeper:
    """Ends all programs of its group when it is closed, or when the process that made it is gone."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- our own program
            [sys.executable, "-c", _KEEPER], stdin=subprocess.PIPE, process_group=0
        )

    @property
    def group(self) -> int:
        """The process group to start programs in."""
        return self._process.pid

    def close(self) -> None:
        """End every program that still runs, at once."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(PATIENCE)

    def __enter__(self) -> "Keeper":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Program:
    """One program; started anew it keeps its arguments and its log."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        keeper: Keeper,
        environ: Mapping[str, str] | None = None,
        account: str | None = None,
    ) -> None:
        self.name = name
        self.command = command
        self.log = log
        self._environ = environ
        self._keeper = keeper
        self._account = account if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The number of the process that was started last."""
        if self._process is None:
            raise NotUp(f"{self.name} was never started")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, without waiting for it to be of use; `log` takes its words."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 -- programs named by the tests, no shell
                self.command,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=self._keeper.group,
                user=self._account,
                group=self._account,
                extra_groups=[] if self._account else None,
            )

    def stop(self, *, seconds: float = PATIENCE) -> int:
        """Ask it to end (SIGTERM), wait, and return its code; raises NotUp when it goes on."""
        self.send(signal.SIGTERM)
        try:
            return self._ended(seconds)
        except subprocess.TimeoutExpired:
            raise NotUp(f"{self.name} does not end\n{self.tail()}") from None

    def kill(self) -> None:
        """End it where it stands (SIGKILL)."""
        self.send(signal.SIGKILL)
        self._ended(PATIENCE)

    def restart(self) -> None:
        """Kill it and start it again."""
        self.kill()
        self.start()

    def freeze(self) -> None:
        """Let it stand still with its connections open (SIGSTOP), as a machine that hangs does."""
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on (SIGCONT)."""
        self.send(signal.SIGCONT)

    def leave_traces(self) -> None:
        """Note in the log where each thread stands, and end it; needs PYTHONFAULTHANDLER."""
        with self.log.open("a") as output:
            output.write(f"{self.name} {'stands here:' if self.running else 'has ended'}\n")
        self.send(signal.SIGABRT)

    def send(self, number: signal.Signals) -> None:
        """Send a signal if it runs."""
        if self._process and self.running:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    def wait_until(self, holds: Callable[[], bool], *, what: str, seconds: float = PATIENCE) -> None:
        """Wait for something this program should bring about; raises NotUp with what it said last."""

        wait_until(lambda: holds() or not self.running, what=f"{self.name}: {what}", seconds=seconds)
        if not self.running:
            raise NotUp(f"{self.name} ended: {what}\n{self.tail()}")

    def said(self) -> str:
        """Return all it wrote, over all its starts."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def tail(self) -> str:
        """Return the end of what it wrote."""
        return self.said()[-3000:]

    def peak_memory(self) -> int:
        """Return the most bytes of real memory the running process has had."""
        return self._status("VmHWM")

    def memory(self) -> int:
        """Return the bytes of real memory the running process has now."""
        return self._status("VmRSS")

    def _status(self, field: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))

    def _ended(self, seconds: float) -> int:
        return self._process.wait(seconds) if self._process else 0


def plain_environment() -> dict[str, str]:
    """Return this process's environment without our own settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OPPTAK_")}
