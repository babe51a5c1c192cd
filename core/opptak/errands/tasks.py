"""Background work of the errands domain."""

from opptak.errands.running import run_errand

__all__ = ("run_errand",)
