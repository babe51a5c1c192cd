"""What an explanation is made of: sentences with the facts they state, for three readers."""

from enum import StrEnum

import msgspec

from opptak.kit.errors import NotFound

__all__ = ("PREFIX", "Explanation", "Param", "Predicate", "Reader", "Sentence", "UnknownChild")

Param = int | str | tuple[int, ...]
"""A number, an id, or days of the week (0 is Monday)."""


class UnknownChild(NotFound):
    """The instance has no child with this id."""

    code = "allocation.unknown_child"

    def __init__(self, child: str) -> None:
        super().__init__(child=child)
        self.child = child

    def __str__(self) -> str:
        return f"$.children: no child {self.child!r}"


class Reader(StrEnum):
    """Whom an explanation is for."""

    PARENT = "parent"
    """The child's own family: nothing from which another family's circumstances could be read."""
    CASE_WORKER = "case-worker"
    """Staff: every step with its numbers."""
    AUDITOR = "auditor"
    """Staff's steps, and what is needed to compute them again."""


PREFIX = {Reader.PARENT: "allocation.why.", Reader.CASE_WORKER: "allocation.step."}
"""How the keys of a reader's sentences begin; what only auditors are told begins with `allocation.proof.`."""


class Predicate(StrEnum):
    """What a sentence claims about its parameters; `opptak_verifier.predicates` computes each again."""

    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"
    DAYS = "days"
    SLOT = "slot"
    OWN_POINTS = "own_points"
    OWN_KEY = "own_key"
    CRITERION = "criterion"
    QUEUE = "queue"
    JOINT = "joint"
    SHORTAGE = "shortage"
    REFUSED = "refused"
    GUARANTEE = "guarantee"
    FILTERED = "filtered"
    NOT_NEEDED = "not_needed"
    AHEAD_COUNT = "ahead_count"
    WAITING_POSITION = "waiting_position"
    AHEAD_OF_CUTOFF = "ahead_of_cutoff"
    WOULD_TAKE = "would_take"
    HAD_LISTED = "had_listed"
    ONE_MORE = "one_more"
    CHANCE = "chance"
    RECORD = "record"
    KEY = "key"


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence; `program`, `criterion` and `tag` are ids for the reader's side to name.

    The parameters are both what is told and what the predicate is about, so that nothing can be told that is
    not checked.
    """

    key: str
    params: dict[str, Param]
    predicate: Predicate


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """All a reader is told about one child, in the order to be read."""

    child: str
    reader: Reader
    sentences: tuple[Sentence, ...]
