"""The generated reference is what the code says today."""

import subprocess
import sys


def test_reference_is_current() -> None:
    # In a process of its own: commands remember the help option of whoever asked them first.
    check = [sys.executable, "-m", "tools.docs", "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)  # noqa: S603 -- our own program

    assert done.returncode == 0, f"run make docs\n{done.stdout}{done.stderr}"
