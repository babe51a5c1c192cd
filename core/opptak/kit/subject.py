"""Who acts: a parent, a member of staff, or the platform by itself. The spaces never mix."""

from enum import StrEnum
from uuid import UUID

import msgspec

__all__ = ("SYSTEM", "Space", "Subject")


class Space(StrEnum):
    """Identity spaces."""

    PARENTS = "parents"
    STAFF = "staff"
    SYSTEM = "system"


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts in a transaction. `id` is the person's or staff account's, None for the platform.

    `roles` are names of the tenant's roles; `facilities` limits a leader's roles to houses.
    """

    space: Space
    id: UUID | None = None
    name: str = ""
    roles: frozenset[str] = frozenset()
    facilities: frozenset[UUID] = frozenset()
    level: str = ""


SYSTEM = Subject(space=Space.SYSTEM)
"""The platform by itself: scheduled and automatic work."""
