"""Background work of the allocation."""

from opptak.allocation.announcing import announce_run
from opptak.allocation.asking import check_run, compute_run, release_run

__all__ = ("announce_run", "check_run", "compute_run", "release_run")
