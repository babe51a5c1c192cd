"""Identifiers: UUID version 7 (RFC 9562), made in Python so that a row knows its key before it is stored."""

from uuid import UUID

from uuid_utils.compat import uuid7

__all__ = ("new_id",)


def new_id() -> UUID:
    """Return a new UUIDv7; ids made by one process sort in the order they were made."""
    return uuid7()
