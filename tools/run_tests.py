"""Run pytest quietly over all cores, with a browser where one can be had.

Usage: python -m tools.run_tests [ARGUMENTS-OF-PYTEST]

Fails when no test ran. Tests marked `browser` need a Chromium: on Debian, root gets it from apt;
elsewhere they are left out, and the last line says so.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MOST_WORKERS = 4
NO_BROWSER = "NO CHROMIUM: the tests marked `browser` were LEFT OUT. Install chromium to run them."


def main(arguments: Sequence[str]) -> int:
    browser = find_browser() or install_browser()
    options = pytest_options(arguments, cores=os.cpu_count() or 1, browser=browser is not None)
    code = pytest.main(options)
    if browser is None:
        print(NO_BROWSER, file=sys.stderr)  # noqa: T201 -- for the person at the terminal
    return int(code)


def pytest_options(arguments: Sequence[str], *, cores: int, browser: bool) -> list[str]:
    """What to add to the arguments given; one worker a core, as each starts a PostgreSQL."""
    options = ["--quiet", "--no-header", "-r", "fE"]
    workers = min(cores, MOST_WORKERS)
    if workers > 1:
        options += [f"--numprocesses={workers}", "--dist=loadfile"]
    if not browser:
        options += ["-m", "not browser"]
    return [*options, *arguments]


def find_browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def install_browser() -> str | None:
    """Install Debian's Chromium when we may; None when we may not or it failed."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return None
    for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        done = subprocess.run(  # noqa: S603 -- a fixed program and arguments
            [apt, "-qq", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            check=False,
        )
        if done.returncode:
            return None
    return find_browser()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
