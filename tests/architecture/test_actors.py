"""Background work knows its tenant: an actor's first argument is the unit of work, the others ids."""

import inspect
import re
from collections.abc import Mapping

import pytest

from opptak.domains import load_tasks
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import Actor, actors


@pytest.fixture(scope="module")
def registered() -> Mapping[str, Actor[...]]:
    """The actors of all domains; tests elsewhere may have registered some of their own."""
    list(load_tasks())
    return {name: one for name, one in actors().items() if one.call.__module__.startswith("opptak.")}


def test_first_argument_of_every_actor_is_the_unit_of_work(registered: Mapping[str, Actor[...]]) -> None:
    first = {
        name: next(iter(inspect.signature(one.call).parameters.values())).annotation
        for name, one in registered.items()
    }
    assert first == dict.fromkeys(registered, Work)


def test_actors_are_named_noun_event(registered: Mapping[str, Actor[...]]) -> None:
    assert [name for name in registered if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", name)] == []
