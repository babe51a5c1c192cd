"""How the benchmark of the engine speaks: a line a figure, and beside it the bound it is held to."""

from tests.bench.measures import say

__all__ = ("at_least", "at_most", "say_title")


def say_title(title: str) -> None:
    """Print what the lines below are about."""
    say(f"\n{title}")


def at_most(what: str, value: float, bound: float | None, unit: str) -> None:
    """Print a figure that must not be greater than its bound, if it has one."""
    _say(what, value, unit, "≤", bound, value <= (bound or 0))


def at_least(what: str, value: float, bound: float | None, unit: str = "×") -> None:
    """Print a figure that must not be less than its bound, if it has one."""
    _say(what, value, unit, "≥", bound, value >= (bound or 0))


def _say(what: str, value: float, unit: str, sign: str, bound: float | None, kept: bool) -> None:
    held_to = "" if bound is None else f"   {sign} {bound:g} {unit}  {'OK' if kept else 'OVER'}"
    digits = 3 if value < 10 else 1 if value < 100 else 0
    say(f"  {what:<44}{value:>12,.{digits}f} {unit}{held_to}")
