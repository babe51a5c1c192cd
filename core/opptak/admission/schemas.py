"""States of rounds, applications and claims, and the values the services give and take."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from opptak.tenancy.config import OfferRules

__all__ = (
    "Answer",
    "Answers",
    "Applicant",
    "ApplicantRow",
    "ApplicationCounts",
    "ApplicationFilter",
    "ApplicationRow",
    "ApplicationSort",
    "ApplicationStatus",
    "ApplicationView",
    "CaseHeading",
    "ClaimSource",
    "ClaimState",
    "ClaimView",
    "DraftRequest",
    "Fact",
    "Facts",
    "HouseChoice",
    "OpenClaim",
    "Origin",
    "RoundState",
    "RoundView",
    "WishView",
)


class RoundState(StrEnum):
    """Where a round stands."""

    OPEN = "open"
    CLOSED = "closed"
    """The deadline has passed; who applies now is late."""
    RELEASED = "released"
    """The result is out; late applications wait for the next run."""


class ApplicationStatus(StrEnum):
    """Where an application stands."""

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    UNDER_REVIEW = "under_review"
    READY = "ready"
    ALLOCATED = "allocated"
    """A place is offered, and nobody has answered."""
    PLACED = "placed"
    """The child has a place: the offer was accepted."""
    DECLINED = "declined"
    LAPSED = "lapsed"
    """The offer was not answered in time."""
    WAITING = "waiting"
    NOT_ALLOCATED = "not_allocated"
    WITHDRAWN = "withdrawn"


class Origin(StrEnum):
    """Who made the draft."""

    REGISTER = "register"
    PARENT = "parent"
    STAFF = "staff"


class Answer(StrEnum):
    """What the parents have said; any answer stops the reminders."""

    NONE = "none"
    YES = "yes"
    NOT_NOW = "not_now"
    STAYS_HOME = "stays_home"
    ELSEWHERE = "elsewhere"


class ClaimSource(StrEnum):
    """Where a reason for priority comes from."""

    REGISTER = "register"
    DECLARED = "declared"


class ClaimState(StrEnum):
    """What is known of a reason for priority."""

    STATED = "stated"
    PROOF_REQUESTED = "proof_requested"
    VERIFIED = "verified"
    REFUSED = "refused"
    NEEDS_REVIEW = "needs_review"


class Fact(StrEnum):
    """What a criterion can test; described in `docs/reference/criteria.md`."""

    STATUTORY_PRIORITY = "statutory_priority"
    RIGHT = "right"
    SIBLING_AT_FACILITY = "sibling_at_facility"
    TRANSFER = "transfer"
    DISTANCE = "distance"
    RESIDENT = "resident"
    SAMI_LANGUAGE = "sami_language"
    TWIN_APPLYING = "twin_applying"
    DAYS = "days"
    CATCHMENT = "catchment"


class RoundView(msgspec.Struct, frozen=True, kw_only=True):
    """A round with its settings; `seed` is None until the result is out, `commitment` its SHA-256 (hex)."""

    id: UUID
    intake: str
    state: RoundState
    year: int
    opens_on: date
    deadline: date
    starts_on: date
    latest_start: date
    max_wishes: int
    days_choices: tuple[int, ...]
    offers: OfferRules
    commitment: str
    seed: str | None = None


class DraftRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A child to make a draft for."""

    child_id: UUID
    round_id: UUID
    origin: Origin = Origin.REGISTER


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What a parent fills in. `wishes` are facilities, best first; None leaves those that are there."""

    start_on: date | None = None
    days_per_week: int | None = None
    wishes: tuple[UUID, ...] | None = None
    accepts_elsewhere: bool = True
    statutory_priority: bool = False
    """The child has a disability or a child-protection decision that the law puts first; needs proof."""


class WishView(msgspec.Struct, frozen=True, kw_only=True):
    """A ranked wish; `distance_m` is None where no distance is computed."""

    facility_id: UUID
    facility_name: str
    rank: int
    distance_m: int | None


class HouseChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A house that could be wished for; `distance_m` is None where no distance is computed."""

    facility_id: UUID
    facility_name: str
    distance_m: int | None


class ClaimView(msgspec.Struct, frozen=True, kw_only=True):
    """A reason for priority."""

    id: UUID
    fact: Fact
    facility_id: UUID | None
    source: ClaimSource
    state: ClaimState
    reason: str = ""
    """Why it was refused, in the case worker's words."""


class ApplicationView(msgspec.Struct, frozen=True, kw_only=True):
    """One child's application, whole."""

    id: UUID
    round_id: UUID
    intake: str
    """Name of the round in the tenant's document."""
    child_id: UUID
    child_name: str
    child_born_on: date
    case_number: str
    status: ApplicationStatus
    origin: Origin
    answer: Answer
    start_on: date | None
    days_per_week: int | None
    accepts_elsewhere: bool
    submitted_at: datetime | None
    submitted_by: UUID | None
    """Who sent it in: a guardian (person), or a member of staff."""
    late: bool
    entitled: bool
    entitled_reason: str
    """Message key."""
    latest_start: date | None
    editable: bool
    """Whether the parents may still change it."""
    version: int
    wishes: tuple[WishView, ...]
    claims: tuple[ClaimView, ...]

    @property
    def statutory_priority(self) -> bool:
        """Whether the parents have stated the priority by law."""
        return any(claim.fact is Fact.STATUTORY_PRIORITY for claim in self.claims)


class ApplicationSort(StrEnum):
    """What a list of applications is ordered by."""

    CASE_NUMBER = "case_number"
    NEWEST = "newest"
    """What was sent in last comes first."""
    CHILD = "child"
    """By the child's name."""
    BORN = "born"
    """The youngest child first."""


class ApplicationFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a case worker searches for; empty fields match everything."""

    round_id: UUID | None = None
    statuses: tuple[ApplicationStatus, ...] = ()
    answers: tuple[Answer, ...] = ()
    facility_id: UUID | None = None
    """Wished for at any rank."""
    case_number: str = ""
    """Start of the case number."""
    name: str = ""
    """Words of the child's name or a guardian's, or the beginnings of them, without regard to case and
    accents.
    """
    born_on: date | None = None
    late: bool | None = None
    open_claims: bool | None = None
    unmet_right: bool | None = None
    """The result is out, and the child has a right to a place and was offered none."""
    unheard: bool | None = None
    """Nobody could be written to, and nobody has answered."""
    sort: ApplicationSort = ApplicationSort.CASE_NUMBER
    after: UUID | None = None
    """The application after which to go on."""
    before: UUID | None = None
    """The application before which to stop."""
    size: int = 50


class ApplicationRow(msgspec.Struct, frozen=True, kw_only=True):
    """An application in a list."""

    id: UUID
    child_id: UUID
    child_name: str
    child_born_on: date
    protected: bool
    """Whether the child's address is kept from everybody."""
    case_number: str
    status: ApplicationStatus
    origin: Origin
    answer: Answer
    start_on: date | None
    days_per_week: int | None
    submitted_at: datetime | None
    late: bool
    entitled: bool
    first_wish: str
    """Name of the facility, empty without wishes."""
    wishes: int
    open_claims: int


class CaseHeading(msgspec.Struct, frozen=True, kw_only=True):
    """What is said on top of every page about an application."""

    id: UUID
    round_id: UUID
    child_id: UUID
    child_name: str
    case_number: str
    status: ApplicationStatus
    late: bool


class ApplicantRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who wishes for a house; `rank` is that of the wish."""

    id: UUID
    case_number: str
    child_name: str
    child_born_on: date
    rank: int
    status: ApplicationStatus
    late: bool
    start_on: date | None
    days_per_week: int | None
    open_claims: int


class ApplicationCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Applications of a round, by status and by answer; the others too count applications, see
    `ApplicationFilter`.
    """

    total: int
    by_status: Mapping[ApplicationStatus, int]
    by_answer: Mapping[Answer, int]
    late: int
    open_claims: int
    unmet_right: int
    unheard: int


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What criteria may look at: a fact is True, False, or None while a claim is open.

    One that is not named is False. `at` holds facts true of one facility only, `distances` metres to it.
    """

    known: Mapping[Fact, bool | None]
    at: Mapping[UUID, Mapping[Fact, bool | None]]
    distances: Mapping[UUID, int | None]
    born_on: date
    submitted_at: datetime | None
    days: int | None = None
    """Days a week asked for."""
    postcode: str = ""
    """Of the home; empty where it is unknown or protected."""


class OpenClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A reason for priority that nobody has decided."""

    id: UUID
    fact: Fact
    facility_id: UUID | None


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """An application as an allocation sees it; `family` is the same for siblings and says nothing else."""

    application_id: UUID
    child_id: UUID
    born_on: date
    family: str
    ordinal: int
    """Order of birth among the siblings who apply."""
    right: bool
    late: bool
    accepts_elsewhere: bool
    protected: bool
    point: tuple[float, float] | None
    """Latitude and longitude of the home; None for protected addresses."""
    wishes: tuple[WishView, ...]
    tags: tuple[str, ...]
    facts: Facts
    open_claims: tuple[OpenClaim, ...]
    held_unit: UUID | None
    """Unit of the place the child has on the round's first day, whatever band it has grown into by then."""
    held_weekdays: tuple[int, ...] | None = None
    """Days on which it comes there, 0 to 4; None where nobody has named them."""
    days_per_week: int | None = None
    """Days asked for."""
    held_facility: UUID | None
