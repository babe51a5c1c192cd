"""Kinds of errands, registered by the domain whose work it is."""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

import msgspec

from opptak.authz.actions import Action
from opptak.errands.schemas import Report
from opptak.tenancy.context import Work

__all__ = ("Call", "Kind", "errand", "kinds")

Call = Callable[[Work, UUID, Report], Awaitable[UUID]]
"""The work itself: about a target, saying how far it is; returns what came of it."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of errand."""

    name: str
    starts: Action
    """What one must be allowed to do to ask for it; asked once more when its turn comes."""
    reads: Action
    """What one must be allowed to do to see how far it is."""
    call: Call


_registry: dict[str, Kind] = {}


def kinds() -> Mapping[str, Kind]:
    """Return all registered kinds by name."""
    return _registry


def errand(name: str, *, starts: Action, reads: Action) -> Callable[[Call], Kind]:
    """Register long work; `name` is `noun.verb` and stays the same for ever."""

    def register(call: Call) -> Kind:
        if name in _registry:
            raise ValueError(f"errand {name} is registered twice")
        _registry[name] = Kind(name=name, starts=starts, reads=reads, call=call)
        return _registry[name]

    return register
