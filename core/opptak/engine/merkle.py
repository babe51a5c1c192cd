"""A Merkle tree over what each child was told: a family checks its own line without seeing others'.

The layout is in docs/reference/allocation-format.md; the verifier has a reading of its own.
"""

import hashlib
import hmac
from collections.abc import Sequence
from itertools import zip_longest
from typing import Literal

import msgspec

from opptak.engine.canonical import canonical_bytes
from opptak.engine.result import Result, WishOutcome

__all__ = ("Line", "Lines")

LEAF, NODE = b"\x00", b"\x01"
"""Prefixes that keep a leaf from being passed off as a node."""


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one child was told, its salt (hex), and the neighbours on the way to the root, from the leaf up.

    A neighbour is the side on which it stands and its hash (hex).
    """

    format: Literal["opptak-line/1"] = "opptak-line/1"
    id: str
    salt: str
    assignment: str | None
    wishes: tuple[WishOutcome, ...]
    path: tuple[tuple[Literal["left", "right"], str], ...]


class Lines:
    """All lines of a result under one root.

    `secret` is the run's own and is never published: a child's salt is derived from it, so that nobody can
    find out by trying what another child was told.
    """

    def __init__(self, result: Result, *, secret: bytes) -> None:
        self._result = result
        self._secret = secret
        self._index = {child: index for index, child in enumerate(sorted(result.assignment))}
        self._levels = _levels([self._leaf(child) for child in self._index])

    @property
    def root(self) -> str:
        """The hash (hex) of all lines; of nothing where there are none."""
        return (self._levels[-1][0] if self._index else hashlib.sha256(b"").digest()).hex()

    def line(self, child: str) -> Line:
        """Return a child's line; raises KeyError for a child that is not in the result."""
        index, path = self._index[child], list[tuple[Literal["left", "right"], str]]()
        for level in self._levels[:-1]:
            neighbour = index ^ 1
            if neighbour < len(level):
                path.append(("left" if neighbour < index else "right", level[neighbour].hex()))
            index //= 2
        return Line(
            id=child,
            salt=self._salt(child),
            assignment=self._result.assignment[child],
            wishes=self._result.wishes[child],
            path=tuple(path),
        )

    def _salt(self, child: str) -> str:
        return hmac.digest(self._secret, child.encode(), hashlib.sha256).hex()

    def _leaf(self, child: str) -> bytes:
        told = [self._salt(child), child, self._result.assignment[child], self._result.wishes[child]]
        return hashlib.sha256(LEAF + canonical_bytes(told)).digest()


def _levels(leaves: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Return the tree from the leaves up; one without a neighbour moves up as it is."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        pairs = zip_longest(levels[-1][::2], levels[-1][1::2])
        levels.append(
            [hashlib.sha256(NODE + left + right).digest() if right else left for left, right in pairs]
        )
    return levels
