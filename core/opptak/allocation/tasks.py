"""Background work of the allocation."""

from opptak.allocation.announcing import announce_run

__all__ = ("announce_run",)
