"""The domains, and what each brings along: actors and periodic work, where it has a `tasks` module."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from opptak.tenancy.schedule import Periodic

__all__ = ("DOMAINS", "load_tasks", "periodic_work")

DOMAINS = (
    "people",
    "facilities",
    "documents",
    "errands",
    "placements",
    "admission",
    "offers",
    "allocation",
    "outreach",
    "audit",
    "identity",
)


def load_tasks() -> Iterator[ModuleType]:
    """Import the domains' `tasks` modules, which registers their actors."""
    for domain in DOMAINS:
        name = f"opptak.{domain}.tasks"
        if find_spec(name) is not None:
            yield import_module(name)


def periodic_work() -> tuple[Periodic, ...]:
    """Return the periodic work of all domains."""
    return tuple(work for module in load_tasks() for work in getattr(module, "PERIODIC", ()))
