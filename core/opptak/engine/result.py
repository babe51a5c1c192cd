"""The result of the exchange format `opptak-allocation-result/1`."""

from enum import StrEnum
from typing import Literal

import msgspec

from opptak.engine.canonical import digest
from opptak.engine.instance import Algorithm, Child, decode

__all__ = (
    "OPEN",
    "Cutoff",
    "Metrics",
    "Reason",
    "Record",
    "Result",
    "Shortage",
    "ShortageCause",
    "Status",
    "WishOutcome",
    "output_hash",
    "parse_result",
)

OPEN = "open"
"""The slot of a seat that is kept for nobody."""


class Status(StrEnum):
    """What became of a wish."""

    OFFERED = "offered"
    OFFERED_BY_FALLBACK = "offered_by_fallback"
    NOT_NEEDED = "not_needed"
    REFUSED = "refused"
    FILTERED = "filtered"


class Reason(StrEnum):
    """What decided a refusal: the first part of the key that differs, or a limit of the program."""

    TIER = "tier"
    POINTS = "points"
    TIE = "tie"
    LOTTERY = "lottery"
    SIZE = "size"
    LISTED = "listed"
    CAP = "cap"
    RESERVE = "reserve"
    STRICT_SWITCH = "strict_switch"


class ShortageCause(StrEnum):
    """Why a child with the right (rett til plass) has none."""

    SEATS = "seats"
    """There are more claims than seats in all the child accepts: proved by counting."""
    CONSENT = "consent"
    """There is no consent to another place than the wishes."""
    RULES = "rules"
    """A seat could have been had, had others with the right been placed at another of their wishes."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the parts of a result."""


class WishOutcome(_Part, frozen=True):
    """What became of one wish; `by` is None unless a comparison or a limit decided."""

    program: str
    status: Status
    by: Reason | None


class Cutoff(_Part, frozen=True, omit_defaults=True):
    """The last child admitted to a full program; all parts None when there is room or never was a seat.

    Tier -2 is a child who kept its place, -1 one pinned by a case worker. `fallback` says that the last came
    under the guarantee, behind every stated wish of the tier, `strict` that the program goes by the
    strict rule or, under `fit`, has settled.
    """

    full: bool
    tier: int | None
    points: int | None
    ties: tuple[int, ...]
    lottery: str | None
    slot: str
    fallback: bool = False
    strict: bool = False


class Shortage(_Part, frozen=True, omit_defaults=True):
    """Children with the right who got no place, and why.

    For cause `seats` the proof: `claims` children have the right and accept `programs` only, or sit there
    with a better claim, and there are but `seats` seats. The other causes have none; `claims` just counts.
    Where days count, the proof is in place-units of one weekday, 0 to 4.
    """

    cause: ShortageCause
    children: tuple[str, ...]
    programs: tuple[str, ...]
    seats: int
    claims: int
    day: int | None = None


class Metrics(_Part, frozen=True):
    """Figures of a run; `_ppm` are parts per million of all children, distances are metres.

    Where days count, `seats` are the place-units of the week and `filled_ppm` is the share of them in use.
    `blocking` counts what breaks the rules of the algorithm, `valid_claims` every claim there was room for:
    under the strict rule and where a program settled there may be some. `size_envy` counts children refused
    by size: one behind fitted.
    """

    children: int
    programs: int
    seats: int
    filled_ppm: int
    filled_by_day_ppm: tuple[int, ...]
    """The share of each day's place-units in use; empty where seats are whole."""
    placed: int
    unplaced: int
    first: int
    first_ppm: int
    top3_ppm: int
    stated_ppm: int
    fallback: int
    kept: int
    moved: int
    lost: int
    right_unplaced: int
    reserved_used: int
    lottery_decided: int
    size_envy: int
    siblings_apart: int
    pinned: int
    under_minimum: int
    mean_distance_m: int
    p90_distance_m: int
    blocking: int
    valid_claims: int


class Record(_Part, frozen=True):
    """How the run came about; `output_hash` covers all of the result but `path` and itself."""

    input_hash: str
    rules_hash: str
    engine: str
    path: str
    algorithm: Algorithm
    seed: str
    solver: str | None
    output_hash: str


class Result(_Part, frozen=True):
    """Who got what, and what was published about it."""

    format: Literal["opptak-allocation-result/1"]
    assignment: dict[str, str | None]
    wishes: dict[str, tuple[WishOutcome, ...]]
    cutoffs: dict[str, Cutoff]
    waiting: dict[str, tuple[str, ...]]
    shortage: tuple[Shortage, ...]
    families: dict[str, int | None]
    metrics: Metrics
    record: Record

    def keeps_place(self, child: Child) -> bool:
        """Return whether a child ends where it already was."""
        return child.current is not None and self.assignment.get(child.id) == child.current


def output_hash(result: Result) -> str:
    """Return the hash of everything but `record.path` and the hash itself."""
    record = msgspec.structs.asdict(result.record)
    del record["path"], record["output_hash"]
    return digest({**msgspec.structs.asdict(result), "record": record})


def parse_result(raw: bytes) -> Result:
    """Read a result; raises Malformed with the JSON path of the first fault."""
    return decode(raw, Result)
