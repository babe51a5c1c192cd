"""One page of a longer list."""

from typing import Generic, TypeVar

import msgspec

__all__ = ("Page",)

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
