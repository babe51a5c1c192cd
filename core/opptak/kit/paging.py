"""One page of a longer list."""

from typing import Generic, TypeVar
from uuid import UUID

import msgspec

__all__ = ("Page", "Slice", "Window")

Row = TypeVar("Row")


class Page(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """One page; `number` counts from 1, `total` is of the whole list."""

    items: tuple[Row, ...]
    total: int
    number: int
    size: int

    @property
    def pages(self) -> int:
        """How many pages the list has, at least one."""
        return max(1, -(-self.total // self.size))


class Slice(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """A part of a list that is too long to count; `last` asks for what follows, None at the list's end."""

    items: tuple[Row, ...]
    last: UUID | None


class Window(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """A part of a list in some order; `total` is of the whole list.

    `first` asks for what comes before, `last` for what follows: ids of rows, None at the list's ends.
    """

    items: tuple[Row, ...]
    total: int
    first: UUID | None
    last: UUID | None
