"""Where two results of a round differ, child by child. Pure."""

from collections.abc import Iterator
from uuid import UUID

from opptak.allocation.schemas import Fate
from opptak.engine.result import Result

__all__ = ("differences",)


def differences(before: Result, after: Result) -> Iterator[Fate]:
    """Yield the children of both results who get another place, or one in only one of them."""
    for child, place in after.assignment.items():
        if child in before.assignment and before.assignment[child] != place:
            yield Fate(application_id=UUID(child), before=_unit(before, child), after=_unit(after, child))


def _unit(result: Result, child: str) -> UUID | None:
    place = result.assignment[child]
    return None if place is None else UUID(place)
