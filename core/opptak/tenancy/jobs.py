"""Actors: named pieces of background work, enqueued by type and done once.

`@actor("letter.send")` registers a coroutine whose first argument is the unit of work and whose other
arguments are ids; `enqueue(work, send_letter, letter=…)` writes the outbox row. Arguments are checked by the
type checker at the call and by msgspec when the job runs.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Concatenate, Generic, ParamSpec, get_type_hints
from uuid import UUID

import msgspec

from opptak.kit import outbox
from opptak.kit.errors import Unavailable
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work

__all__ = (
    "Actor",
    "ModuleOff",
    "Priority",
    "actor",
    "actors",
    "asked_pause",
    "enqueue",
    "enqueue_all",
    "enqueue_as",
    "enqueue_at",
    "run",
    "underway",
)

P = ParamSpec("P")

_LONGEST_ASKED = timedelta(days=1)
"""A service may ask for more time than that by mistake."""


class Priority(IntEnum):
    """Queues, most urgent first."""

    PARENT_WAITS = 1
    NORMAL = 5
    BULK = 9


class ModuleOff(Unavailable):
    """The work belongs to a module that the tenant has switched off: it is kept until it is on again."""

    code = "module_off"
    retry_after = 3600
    """It is told again at once when the tenant's document changes."""


class Actor(Generic[P]):
    """A registered piece of work; that of a `module` is done only while the tenant has it.

    One that `echoes` sends out what may arrive when nobody waits for it any more, and what the other side
    does not know to be the same: lost in the middle, it is done again only when it can be looked up.
    """

    def __init__(
        self,
        name: str,
        call: Callable[Concatenate[Work, P], Awaitable[None]],
        priority: Priority,
        module: Module | None,
        *,
        echoes: bool,
    ) -> None:
        self.name = name
        self.echoes = echoes
        self.priority = priority
        self.module = module
        self.call = call
        hints = get_type_hints(call)
        hints.pop("return", None)
        self._types = dict(list(hints.items())[1:])

    def arguments(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments as their types; raises msgspec.ValidationError."""
        return {name: msgspec.convert(stored[name], kind) for name, kind in self._types.items()}


_registry: dict[str, Actor[...]] = {}


def actors() -> Mapping[str, Actor[...]]:
    """Return all registered actors by name."""
    return _registry


def actor(
    name: str,
    *,
    priority: Priority = Priority.NORMAL,
    module: Module | None = None,
    echoes: bool = False,
) -> Callable[[Callable[Concatenate[Work, P], Awaitable[None]]], Actor[P]]:
    """Register a coroutine as actor; `name` is `noun.event` and stays the same for ever."""

    def register(call: Callable[Concatenate[Work, P], Awaitable[None]]) -> Actor[P]:
        if name in _registry:
            raise ValueError(f"actor {name} is registered twice")
        made = Actor(name, call, priority, module, echoes=echoes)
        _registry[name] = made
        return made

    return register


async def enqueue(work: Work, actor: Actor[P], /, *args: P.args, **kwargs: P.kwargs) -> None:
    """Write the job in the work's transaction: it runs after the commit, and only then."""
    await enqueue_at(work, actor, work.now, *args, **kwargs)


async def enqueue_at(
    work: Work, actor: Actor[P], moment: datetime, /, *args: P.args, **kwargs: P.kwargs
) -> None:
    """Write the job to run not before a moment."""
    await outbox.put(
        work.session,
        actor.name,
        kwargs,
        available_at=moment,
        priority=actor.priority,
    )


async def enqueue_as(work: Work, job: UUID, actor: Actor[P], /, *args: P.args, **kwargs: P.kwargs) -> None:
    """Write the job under an id by which somebody will look for it."""
    await outbox.put(
        work.session,
        actor.name,
        kwargs,
        available_at=work.now,
        priority=actor.priority,
        job=job,
    )


async def enqueue_all(work: Work, actor: Actor[P], calls: Sequence[Mapping[str, object]]) -> None:
    """Write one job a set of arguments, all in one statement."""
    await outbox.put(work.session, actor.name, *calls, available_at=work.now, priority=actor.priority)


def asked_pause(error: Exception) -> timedelta:
    """Return how long what failed asks to be left alone; none when it does not."""
    return min(timedelta(seconds=getattr(error, "retry_after", None) or 0), _LONGEST_ASKED)


async def underway(work: Work, actor: Actor[...]) -> bool:
    """Return whether work of the actor waits for its turn or is being done."""
    return await outbox.is_waiting(work.session, actor.name)


async def run(work: Work, job: UUID) -> outbox.OutboxJob | None:
    """Do one begun job inside the work's transaction and delete its row; None when there is nothing to do.

    Raises ModuleOff.
    """
    row = await outbox.take(work.session, job)
    if row is None:
        return None
    found = _registry[row.actor]
    if found.module and not work.tenant.document.has(found.module):
        raise ModuleOff
    await found.call(work, **found.arguments(row.arguments))
    await outbox.finish(work.session, row)
    return row
