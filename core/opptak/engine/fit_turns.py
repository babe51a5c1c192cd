"""Whose turn it is in the repair of `fit`, and for how long: the same for each way of running it."""

__all__ = ("PROGRAM", "VISITS", "turn")

VISITS = 20
"""How often a program may choose anew before it has settled."""
PROGRAM = 2**32 - 1
"""The bits of a turn that tell the program."""
BITS = 2**31 - 1


def turn(program: int, visits: int) -> int:
    """Return a number under 2**63 for a program visited so often (once at the least); the least goes first.

    A fixed order lets programs that pass children round chase each other for ever where another order finds
    the way out, so that it is mixed anew with every visit. It depends on nothing else: what happens in one
    part of a city changes no order in another.
    """
    mixed = (program * 0x9E3779B1 + visits * 0x85EBCA6B) & BITS
    mixed = ((mixed ^ mixed >> 15) * 0x2C1B3C6D) & BITS
    mixed = ((mixed ^ mixed >> 12) * 0x297A2D39) & BITS
    return (mixed ^ mixed >> 15) + 1 << 32 | program
