"""The instance of the exchange format `opptak-allocation/1`: everything a run may look at.

Criteria are evaluated before; an instance holds whole numbers and pseudonyms only.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from opptak.kit.errors import Invalid

__all__ = (
    "AgeCap",
    "Algorithm",
    "Child",
    "Contributor",
    "Family",
    "Instance",
    "Malformed",
    "Need",
    "Priority",
    "PriorityMode",
    "Program",
    "Reserve",
    "Round",
    "Rules",
    "Wish",
    "decode",
    "program_of",
)


class Malformed(Invalid):
    """A file breaks the exchange format; `path` is the JSON path of the first fault."""

    code = "allocation.malformed"

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path=path, problem=problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


Id = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Points = Annotated[int, Meta(ge=0, le=65535)]
Tie = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
# msgspec 0.22 crashes in the collector on a fixed-length tuple of constrained numbers inside a union.
Week = Annotated[tuple[Count, ...], Meta(min_length=5, max_length=5)]
Need = Count | Week
"""Place-units: one number, or one each day from Monday to Friday."""
Hex = Annotated[str, Meta(pattern="^([0-9a-fA-F]{2})+$")]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Algorithm(StrEnum):
    """How places are given out; a tenant's rules name one."""

    DEFERRED_ACCEPTANCE = "da"
    FIT = "fit"
    STRICT = "strict"
    FAMILIES = "families"
    OFFERS = "da_offers"
    SENIORITY = "seniority"


class PriorityMode(StrEnum):
    """Where a program's order comes from: the municipality's criteria or the owner's own list."""

    POINTS = "points"
    LISTED = "listed"


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of the parts: a field left out and a field at its default are the same instance."""


class Round(_Part, frozen=True):
    """The round (opptak); `seed` is the lottery's key, `commitment` the SHA-256 of its secret."""

    tenant: Id
    intake: Id
    seed: Hex
    commitment: Digest | None = None
    public_value: str | None = None


class Rules(_Part, frozen=True):
    """The rule set a council has decided."""

    algorithm: Algorithm
    priority: PriorityMode
    lottery: bool = True
    fallback: bool = True


class Reserve(_Part, frozen=True):
    """Seats kept for children with a tag; `open` seats that stay empty fall to everybody."""

    count: Count
    tag: Id
    open: bool = True


class AgeCap(_Part, frozen=True):
    """At most `max` children of these age bands at a time."""

    bands: tuple[Id, ...]
    max: Count


class Program(_Part, frozen=True):
    """What a child can be placed in: one unit of a facility, for one age band and start."""

    id: Id
    facility: Id
    capacity: Need
    owner: str | None = None
    district: str | None = None
    language: str | None = None
    start: str | None = None
    band: str | None = None
    reserves: tuple[Reserve, ...] = ()
    age_caps: tuple[AgeCap, ...] = ()
    counts_for_guarantee: bool = True
    min_group: Count | None = None
    ranking: tuple[Id, ...] | None = None


class Wish(_Part, frozen=True):
    """A program with what the child needs there; a plain program id is the same without particulars."""

    program: Id
    need: Need | None = None
    start: str | None = None
    hours: Count | None = None
    distance_m: Count | None = None


class Contributor(_Part, frozen=True):
    """A criterion that gave points."""

    criterion: Id
    points: int


class Priority(_Part, frozen=True):
    """Lower tier first, then more points, then the lower tie; a shorter list of equal ties goes first."""

    tier: Annotated[int, Meta(ge=0, le=65535)]
    points: Points
    ties: tuple[Tie, ...] = ()
    reasons: tuple[Contributor, ...] = ()


class Child(_Part, frozen=True):
    """A child under its pseudonym; `fallback` None means no consent to other places than the wishes.

    Without `priority` a child stands behind every tier there is.
    """

    id: Id
    family: Id
    wishes: tuple[Id | Wish, ...]
    need: Need = 1
    band: str | None = None
    tags: tuple[str, ...] = ()
    current: str | None = None
    right: bool = False
    fallback: tuple[Id, ...] | None = None
    priority: Priority | None = None
    priority_at: dict[str, Priority] = {}
    district: str | None = None
    language: str | None = None
    income_band: str | int | None = None
    ordinal: Count = 0
    pinned: str | None = None
    blocked: tuple[Id, ...] = ()


class Family(_Part, frozen=True):
    """A family's ordered joint wishes (algorithm `families`)."""

    id: Id
    tuples: tuple[dict[str, str | None], ...]


class Instance(_Part, frozen=True):
    """All a run needs, frozen."""

    format: Literal["opptak-allocation/1"]
    round: Round
    rules: Rules
    programs: tuple[Program, ...]
    children: tuple[Child, ...]
    families: tuple[Family, ...] = ()


def program_of(wish: str | Wish) -> str:
    """Return the id of the program a wish is for."""
    return wish if isinstance(wish, str) else wish.program


Shape = TypeVar("Shape")

_PLACE = re.compile(r"^(?P<problem>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)


def decode(raw: bytes, shape: type[Shape]) -> Shape:
    """Decode JSON into `shape`; raises Malformed with the JSON path."""
    try:
        return msgspec.json.decode(raw, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        found = _PLACE.match(str(error))
        place, problem = (found["path"], found["problem"]) if found else (None, str(error))
        raise Malformed(place or "$", problem) from error
