"""How long it takes to tell every family, and staff, why: a round just run, and one read from its files."""

from time import perf_counter

from msgspec.structs import replace
from tests.bench.allocation_rows import at_most, say_title

from opptak.engine.cities import build_city
from opptak.engine.explain import Explainer, Reader
from opptak.engine.instance import Child, Instance
from opptak.engine.market import Market
from opptak.engine.outcome import outcome_of
from opptak.engine.result import Result
from opptak.engine.running import allocate

__all__ = ("measure_explanations",)

CITIES = (("tromso", 1, 0.3, 0.3), ("oslo", 4, None, 10.0))
"""City, how many of it side by side, seconds for a round read from its files, and for one just run."""


def measure_explanations(most: int) -> None:
    """Measure each round that has no more than `most` children."""
    say_title("explanations of everybody")
    for city, times, read, ready in CITIES:
        instance = _side_by_side(build_city(city, seed=1), times)
        if len(instance.children) <= most:
            _measure(f"{city} × {times}", instance, allocate(instance), read, ready)


def _side_by_side(instance: Instance, times: int) -> Instance:
    """Return a city several times over, each with names of its own; 60,000 children are Oslo four times."""
    rows = [(f"{number}-", instance) for number in range(times)]
    return replace(
        instance,
        programs=tuple(replace(one, id=name + one.id) for name, city in rows for one in city.programs),
        children=tuple(_renamed(one, name) for name, city in rows for one in city.children),
    )


def _renamed(child: Child, name: str) -> Child:
    wishes = tuple(
        name + wish if isinstance(wish, str) else replace(wish, program=name + wish.program)
        for wish in child.wishes
    )
    return replace(
        child,
        id=name + child.id,
        family=name + child.family,
        wishes=wishes,
        current=child.current and name + child.current,
        fallback=child.fallback and tuple(name + one for one in child.fallback),
        priority_at={name + one: own for one, own in child.priority_at.items()},
    )


def _measure(city: str, instance: Instance, result: Result, read: float | None, ready: float | None) -> None:
    begun = perf_counter()
    outcome = outcome_of(Market.of(instance), result)
    worked_out = perf_counter() - begun
    for reader in (Reader.PARENT, Reader.CASE_WORKER):
        begun = perf_counter()
        for _ in Explainer(instance, result, outcome=outcome).everybody(reader):
            pass
        taken = perf_counter() - begun
        at_most(f"{city}, {reader}", taken, ready, "s")
        at_most(f"{city}, {reader}, from files", taken + worked_out, read, "s")
