"""How a handler asks for what it needs."""

from typing import TypeAlias, TypeVar

from litestar.di import NamedDependency

__all__ = ("Given",)

T = TypeVar("T")

Given: TypeAlias = NamedDependency[T]
"""A parameter that is given by its name: `work: Given[Work], screen: Given[Screen]`."""
