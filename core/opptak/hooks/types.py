"""Values that pass between core and plugins: frozen structs that only ever grow, new fields with defaults.

No value here logs itself: identity numbers and names are wrapped by core before they reach a log.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

__all__ = (
    "Acknowledgement",
    "AddressHit",
    "Area",
    "AreaNorm",
    "CheckReport",
    "ConsentRequest",
    "ConsentState",
    "Contact",
    "Custody",
    "CustodyKind",
    "Delivery",
    "DeliveryState",
    "FacilityKind",
    "FacilityRecord",
    "HouseholdIncome",
    "Identity",
    "IncomingApplication",
    "LedgerLine",
    "LedgerRun",
    "Letter",
    "MapLayer",
    "NoticeRule",
    "OidcConfiguration",
    "PaymentRecord",
    "PersonRecord",
    "PersonState",
    "PlacementRecord",
    "PostalAddress",
    "Protection",
    "RegisterChange",
    "Right",
    "ScanVerdict",
    "TravelTime",
)


class Struct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all values of the surface."""


class Area(Struct, frozen=True, kw_only=True):
    """A territory: the official municipality numbers it consists of."""

    country: str
    municipalities: tuple[str, ...]


class Protection(StrEnum):
    """How far a person's address is protected (adressebeskyttelse, Auskunftssperre)."""

    NONE = "none"
    CLIENT = "client"
    """The address would reveal an institution (klientadresse)."""
    CONFIDENTIAL = "confidential"
    """Known to us, shown to nobody without need (fortrolig)."""
    STRICT = "strict"
    """Not known to us; only a forwarding address is (strengt fortrolig)."""


class PersonState(StrEnum):
    """Where a person stands in the register."""

    RESIDENT = "resident"
    MOVED_OUT = "moved_out"
    DEAD = "dead"
    OTHER = "other"


class PostalAddress(Struct, frozen=True, kw_only=True):
    """An address as the register gives it; `key` is equal for people at one dwelling, empty when unknown."""

    lines: tuple[str, ...] = ()
    postcode: str = ""
    place: str = ""
    country: str = ""
    municipality: str = ""
    key: str = ""
    street_code: str = ""
    number: str = ""
    letter: str = ""


class PersonRecord(Struct, frozen=True, kw_only=True):
    """One person in the population register.

    A strictly protected person has no `residence`; `postal` is then the forwarding office's address.
    """

    identity_number: str
    given_name: str
    family_name: str
    born_on: date
    state: PersonState = PersonState.RESIDENT
    protection: Protection = Protection.NONE
    residence: PostalAddress | None = None
    shared_residence: PostalAddress | None = None
    """Second home of a child whose parents agreed on shared residence (delt bosted)."""
    postal: PostalAddress | None = None
    languages: tuple[str, ...] = ()
    """Languages the register says the person uses, as BCP 47 tags (`se`, `smj`, `sma`)."""
    former_numbers: tuple[str, ...] = ()


class CustodyKind(StrEnum):
    """Who holds parental responsibility (foreldreansvar)."""

    JOINT = "joint"
    SOLE = "sole"
    OTHER = "other"
    """An institution, a foster home or a guardian appointed by law."""
    UNKNOWN = "unknown"


class Custody(Struct, frozen=True, kw_only=True):
    """One holder's responsibility for one child; a holder without a number has no `guardian`.

    `lives_with` says that the child is registered at the holder's dwelling, or has its second home there.
    """

    child: str
    guardian: str | None
    kind: CustodyKind
    lives_with: bool = False
    guardian_name: str = ""


class RegisterChange(Struct, frozen=True, kw_only=True):
    """Something that happened to a person; `kind` is the register's own word."""

    sequence: int
    identity_number: str
    kind: str
    happened_at: datetime | None = None


class Contact(Struct, frozen=True, kw_only=True):
    """How a person may be reached digitally.

    `may_notify` is true while a channel is fresh enough for notices about decisions; who has `reserved` gets
    paper.
    """

    identity_number: str
    registered: bool = False
    email: str = ""
    mobile: str = ""
    reserved: bool = False
    may_notify: bool = False
    language: str = ""


class Letter(Struct, frozen=True, kw_only=True):
    """A letter to deliver. `key` is ours and the same at every attempt, so that it is delivered once."""

    key: str
    title: str
    recipient_number: str
    recipient_name: str
    address: PostalAddress | None
    filename: str
    pdf: bytes
    language: str
    kind: str
    digital_only: bool = False


class DeliveryState(StrEnum):
    """Where a letter is on its way."""

    ACCEPTED = "accepted"
    NOTIFIED = "notified"
    READ = "read"
    TO_PRINT = "to_print"
    PRINTED = "printed"
    DELIVERED = "delivered"
    REFUSED = "refused"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to the letter."""
        return self in {
            DeliveryState.READ,
            DeliveryState.PRINTED,
            DeliveryState.DELIVERED,
            DeliveryState.REFUSED,
            DeliveryState.FAILED,
        }


class Delivery(Struct, frozen=True, kw_only=True):
    """The channel's receipt for a letter; `detail` is the channel's own word for the state."""

    reference: str
    state: DeliveryState
    changed_at: datetime | None = None
    detail: str = ""


class FacilityKind(StrEnum):
    """What sort of house it is."""

    KINDERGARTEN = "kindergarten"
    FAMILY_DAYCARE = "family_daycare"
    CHILDMINDER = "childminder"
    AFTER_SCHOOL = "after_school"
    OPEN = "open"
    """Visited without a place (åpen barnehage): nobody applies for it."""


class FacilityRecord(Struct, frozen=True, kw_only=True):
    """A facility as its register has it; a missing figure is None, unknown coordinates are None."""

    register_id: str
    name: str
    kind: FacilityKind
    active: bool
    public: bool
    owner_id: str = ""
    owner_name: str = ""
    address: PostalAddress | None = None
    latitude: float | None = None
    longitude: float | None = None
    age_from: int | None = None
    age_to: int | None = None
    children: int | None = None
    area_m2: float | None = None
    opens_at: str = ""
    closes_at: str = ""
    meals_minor: int | None = None
    """Price of meals a month in the minor unit."""
    profiles: tuple[str, ...] = ()
    language: str = ""
    seats: Mapping[str, int] = {}
    """Places by age band, where the register itself says how many there are."""


class AddressHit(Struct, frozen=True, kw_only=True):
    """An address with its point (WGS 84, degrees)."""

    text: str
    postcode: str
    place: str
    municipality: str
    latitude: float
    longitude: float
    exact: bool = True


class MapLayer(Struct, frozen=True, kw_only=True):
    """A tile layer: `url` has `{z}`, `{x}`, `{y}`; `attribution` must be shown."""

    name: str
    url: str
    attribution: str
    max_zoom: int = 18


class OidcConfiguration(Struct, frozen=True, kw_only=True):
    """What core needs to log somebody in with OpenID Connect (code flow with PKCE)."""

    issuer: str
    client_id: str
    client_secret: str = ""
    private_jwk: Mapping[str, Any] | None = None
    """Key for `private_key_jwt`; used instead of the secret when given."""
    scope: str = "openid profile"
    levels: tuple[str, ...] = ()
    """Assurance levels from weakest to strongest, as values of `acr`."""
    required_level: str = ""
    ui_locales: Mapping[str, str] = {}


class Identity(Struct, frozen=True, kw_only=True):
    """Who logged in: the subject at the issuer, and the identity number where the issuer gives one."""

    subject: str
    identity_number: str | None
    level: str
    name: str = ""
    email: str = ""


class IncomingApplication(Struct, frozen=True, kw_only=True):
    """An application that arrived from another portal; `answers` are keyed by our field names."""

    reference: str
    received_at: datetime
    child_number: str = ""
    child_name: str = ""
    child_born_on: date | None = None
    guardian_name: str = ""
    guardian_email: str = ""
    wishes: tuple[str, ...] = ()
    start_on: date | None = None
    answers: Mapping[str, str] = {}


class HouseholdIncome(Struct, frozen=True, kw_only=True):
    """A household's basis for reduced fees in one income year."""

    year: int
    stage: str
    amount_minor: int | None
    """None where the authority has no basis for somebody in the household."""
    protected: bool = False
    reference: str = ""


class LedgerLine(Struct, frozen=True, kw_only=True):
    """One charge; corrections are lines of their own with the difference."""

    number: str
    debtor_number: str
    debtor_name: str
    child_reference: str
    text: str
    amount_minor: int
    currency: str
    period: date
    due_on: date


class LedgerRun(Struct, frozen=True, kw_only=True):
    """A numbered batch of charges."""

    number: str
    created_at: datetime
    lines: tuple[LedgerLine, ...]


class PaymentRecord(Struct, frozen=True, kw_only=True):
    """A payment read from a file of the bank or the accounting system."""

    reference: str
    amount_minor: int
    currency: str
    paid_on: date


class PlacementRecord(Struct, frozen=True, kw_only=True):
    """A child's place, as it goes to and comes from administration systems (neutral format, version 1)."""

    placement_id: str
    facility_id: str
    unit: str
    child_number: str
    days_per_week: int
    hours_per_week: float
    starts_on: date
    ends_on: date | None = None
    decision_reference: str = ""


class Acknowledgement(Struct, frozen=True, kw_only=True):
    """The receiver's answer to a hand-over."""

    reference: str
    accepted: int
    refused: Mapping[str, str] = {}
    """Placement id or line number → the receiver's reason."""


class Right(Struct, frozen=True, kw_only=True):
    """A child's statutory right to a place in one intake year, with the reason and the date that matters."""

    entitled: bool
    latest_start: date | None
    reason: str
    """Message key."""


class AreaNorm(Struct, frozen=True, kw_only=True):
    """Indoor play area a child needs, m², by the age band it applies to (years, upper bound exclusive)."""

    age_from: int
    age_to: int
    square_metres: float


class NoticeRule(Struct, frozen=True, kw_only=True):
    """When something sent counts as received, and how long one may complain."""

    received_after_days: int
    complaint_days: int


class TravelTime(Struct, frozen=True, kw_only=True):
    """Minutes from one point to many; None where there is no way."""

    minutes: tuple[int | None, ...]
    mode: str


class ScanVerdict(Struct, frozen=True, kw_only=True):
    """A virus scanner's answer."""

    clean: bool
    signature: str = ""


class ConsentRequest(Struct, frozen=True, kw_only=True):
    """A request to the child's home municipality to agree to, and share the cost of, a place elsewhere."""

    key: str
    child_name: str
    child_born_on: date
    facility_name: str
    starts_on: date
    home_authority: str


class ConsentState(Struct, frozen=True, kw_only=True):
    """The other authority's answer so far: `asked`, `granted` or `refused`."""

    reference: str
    state: str
    valid_from: date | None = None
    valid_to: date | None = None
    share_ppm: int | None = None
    """Its share of the cost in parts per million."""


class CheckReport(Struct, frozen=True, kw_only=True):
    """Outcome of *test connection*: `hint` is a message key with the next step when not ok."""

    ok: bool
    hint: str = ""
    detail: str = ""
