"""The generated reference is what the code says today."""

import re
import subprocess
import sys

from tools.links import ROOT


def test_reference_is_current() -> None:
    # In a process of its own: commands remember the help option of whoever asked them first.
    check = [sys.executable, "-m", "tools.docs", "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)  # noqa: S603 -- our own program

    assert done.returncode == 0, f"run make docs\n{done.stdout}{done.stderr}"


def test_tests_that_documents_name_exist() -> None:
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md")]
    named = [match for page in pages for match in re.findall(r"`(tests/\S+\.py)::(\w+)`", page)]
    missing = [
        f"{path}::{name}"
        for path, name in named
        if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert named
    assert missing == []
