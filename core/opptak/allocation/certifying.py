"""The certificate of a run, made over what is published: pseudonyms, and nothing that decided nothing.

Anyone can then check the published files against the certificate, and a family its own line. Pure.
"""

from collections.abc import Collection
from uuid import UUID

import msgspec

from opptak.allocation.schemas import Ruled
from opptak.engine.bundle import NotReproduced, anonymised
from opptak.engine.certificate import Certificate, certify
from opptak.engine.instance import Instance
from opptak.engine.merkle import Line, Lines
from opptak.engine.result import Result
from opptak.engine.running import allocate

__all__ = ("Published",)


class Published:
    """A run as it is published; `secret` is what the salts of its lines are derived from."""

    def __init__(self, instance: Instance, result: Result, *, secret: bytes) -> None:
        self._public = anonymised(instance)
        self._names = _names(instance, self._public)
        self._told = msgspec.structs.replace(
            result,
            assignment={self._names[child]: place for child, place in result.assignment.items()},
            wishes={self._names[child]: told for child, told in result.wishes.items()},
        )
        self._lines = Lines(self._told, secret=secret)

    @property
    def root(self) -> str:
        """The hash (hex) of all lines."""
        return self._lines.root

    def certificate(self, rulings: Collection[Ruled]) -> Certificate:
        """Return the certificate; its deviations are the decisions by hand, not what a criterion shuts out.

        Raises NotReproduced where the engine does not come to the same outcome from what is published.
        """
        again = allocate(self._public)
        if (again.assignment, again.wishes) != (self._told.assignment, self._told.wishes):
            raise NotReproduced
        ruled = {(one.kind, self._names.get(str(one.application_id)), str(one.unit_id)) for one in rulings}
        whole = certify(self._public, again, lines=self._lines)
        by_hand = tuple(one for one in whole.deviations if (one.kind, one.child, one.program) in ruled)
        return msgspec.structs.replace(whole, deviations=by_hand)

    def line(self, application_id: UUID) -> Line | None:
        """Return a child's line; None for one the run knows nothing of."""
        name = self._names.get(str(application_id))
        return None if name is None else self._lines.line(name)


def _names(instance: Instance, public: Instance) -> dict[str, str]:
    """Return the pseudonyms: they are in the order of the names they stand for."""
    old = sorted(child.id for child in instance.children)
    return dict(zip(old, sorted(child.id for child in public.children), strict=True))
