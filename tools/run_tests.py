"""Run pytest quietly over all cores, with the programs that some tests need where they can be had.

Usage: python -m tools.run_tests [ARGUMENTS-OF-PYTEST]

Fails when no test ran. Tests marked `browser`, `broker` or `pgbouncer` need a Chromium, a Redis and a
RabbitMQ, a PgBouncer: on Debian, root gets them from apt; elsewhere the tests are left out, and the
last lines say so.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MOST_WORKERS = 4
POLICY = Path("/usr/sbin/policy-rc.d")
"""Debian asks this program whether a service that was installed may start."""


class Need(msgspec.Struct, frozen=True):
    """What the tests of a mark need: one program of each group, and the packages that bring them."""

    mark: str
    programs: tuple[tuple[str, ...], ...]
    packages: tuple[str, ...]

    def met(self) -> bool:
        return all(any(find(name) for name in group) for group in self.programs)

    def left_out(self) -> str:
        packages = " and ".join(self.packages)
        return f"NO {packages.upper()}: the tests marked `{self.mark}` were LEFT OUT. Install {packages}."


NEEDS = (
    Need("browser", (BROWSERS,), ("chromium",)),
    Need("broker", (("redis-server",), ("rabbitmq-server",)), ("redis-server", "rabbitmq-server")),
    Need("pgbouncer", (("pgbouncer",),), ("pgbouncer",)),
)


def main(arguments: Sequence[str]) -> int:
    wanting = [need for need in NEEDS if not need.met()]
    if wanting:
        install([package for need in wanting for package in need.packages])
    lacking = [need for need in wanting if not need.met()]
    options = pytest_options(arguments, cores=os.cpu_count() or 1, lacking=lacking)
    code = pytest.main(options)
    for need in lacking:
        print(need.left_out(), file=sys.stderr)  # noqa: T201 -- for the person at the terminal
    return int(code)


def pytest_options(arguments: Sequence[str], *, cores: int, lacking: Sequence[Need] = ()) -> list[str]:
    """What to add to the arguments given; one worker a core, as each starts a PostgreSQL."""
    options = ["--quiet", "--no-header", "-r", "fE"]
    workers = min(cores, MOST_WORKERS)
    if workers > 1:
        options += [f"--numprocesses={workers}", "--dist=loadfile"]
    if lacking:
        options += ["-m", " and ".join(f"not {need.mark}" for need in lacking)]
    return [*options, *arguments]


def find(program: str) -> str | None:
    """Where a program is; Debian keeps some where only root's path leads."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin")


def install(packages: Sequence[str]) -> None:
    """Install Debian packages when we may, without starting what they bring."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return
    with nothing_starts():
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            subprocess.run(  # noqa: S603 -- fixed programs and arguments
                [apt, "-qq", *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                check=False,
            )


@contextmanager
def nothing_starts() -> Iterator[None]:
    """Keep Debian from starting services, unless somebody has a policy of their own."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
