"""What the parts of the benchmark have in common: a voice, and how much a process takes."""

import os
import re
import sys
from pathlib import Path

__all__ = ("processor_seconds", "resident_megabytes", "say")


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def resident_megabytes(pid: int) -> int:
    """Return the proportional set size of a process."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(found.group(1)) // 1024 if found else 0


def processor_seconds(pid: int) -> float:
    """Return how long a process has had the processor, whoever else wanted it meanwhile."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
