"""Which open claims a place depends on: found by deciding each the other way and running again. Pure."""

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from opptak.engine.instance import Instance
from opptak.engine.running import allocate

__all__ = ("deciding",)


def _unseen() -> None:
    """Take a step that nobody counts."""


def deciding(
    build: Callable[[Collection[UUID]], Instance],
    claims: Sequence[UUID],
    *,
    step: Callable[[], None] = _unseen,
) -> frozenset[UUID]:
    """Return the claims that would change somebody's place if they held.

    `build` makes the instance in which the claims it is given hold; without any it is the run's own. Claims
    that change nothing one by one but do together are all returned. `step` is called after each claim.
    """
    base = allocate(build(())).assignment
    alone = set()
    for claim in claims:
        if allocate(build((claim,))).assignment != base:
            alone.add(claim)
        step()
    rest = frozenset(claims) - alone
    if len(rest) > 1 and allocate(build(rest)).assignment != base:
        return frozenset(claims)
    return frozenset(alone)
