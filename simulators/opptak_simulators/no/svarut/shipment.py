"""A shipment (forsendelse): what the sender says about it, and what the desk keeps."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Struct

FORBIDDEN_IN_NAMES = frozenset('*:"\\/<>|?')
PDF = "application/pdf"

Text100 = Annotated[str, msgspec.Meta(max_length=100)]


class ShipmentStatus(StrEnum):
    RECEIVED = "MOTTATT"
    ACCEPTED = "AKSEPTERT"
    REJECTED = "AVVIST"
    NOTIFIED = "VARSLET"
    READ = "LEST"
    SENT_TO_PRINT = "SENDT_PRINT"
    PRINTED = "PRINTET"
    NOT_DELIVERED = "IKKE_LEVERT"


class Recipient(Struct, frozen=True, rename="camel"):
    navn: Annotated[str, msgspec.Meta(min_length=1)]
    digital_id: Annotated[str, msgspec.Meta(pattern=r"^(\d{9}|\d{11})$")] | None = None
    adresselinje1: str | None = None
    adresselinje2: str | None = None
    adresselinje3: str | None = None
    postnummer: str | None = None
    poststed: str | None = None
    land: str | None = None

    @property
    def has_postal_address(self) -> bool:
        """Enough to print: a town, and a postcode unless the letter goes abroad."""
        return bool(self.poststed and (self.postnummer or self.land))


class Document(Struct, frozen=True, rename="camel"):
    filnavn: Annotated[str, msgspec.Meta(min_length=1, max_length=226)]
    mime_type: Annotated[str, msgspec.Meta(min_length=1)]
    skal_ekskluderes_fra_utskrift: bool = False

    @property
    def printable(self) -> bool:
        return self.mime_type == PDF or self.skal_ekskluderes_fra_utskrift

    @property
    def well_named(self) -> bool:
        return not FORBIDDEN_IN_NAMES & set(self.filnavn)


class Link(Struct, frozen=True):
    url: str
    tekst: str
    ledetekst: str | None = None


class Order(Struct, frozen=True, rename="camel"):
    """The `forsendelse` part; fields that change nothing here are let through unread."""

    tittel: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    mottaker: Recipient
    dokumenter: list[Document] = []
    lenker: Annotated[list[Link], msgspec.Meta(max_length=5)] = []
    kun_digital_levering: bool = False
    kryptert: bool = False
    krev_niva4_innlogging: bool = msgspec.field(default=False, name="krevNiva4Innlogging")
    avgivende_system: Text100 | None = None
    konteringskode: Annotated[str, msgspec.Meta(pattern=r"^[a-zA-Z0-9_\-.øæåØÆÅ]{0,20}$")] | None = None
    forsendelsestype: Text100 | None = None
    ekstern_referanse: Text100 | None = None
    korrelasjonsid: Text100 | None = None


class Route(StrEnum):
    """How a shipment ends."""

    READ_DIGITALLY = "read_digitally"
    UNREAD = "unread"
    PRINT = "print"
    DIGITAL_ONLY = "digital_only"
    UNREACHABLE = "unreachable"
    REJECTED = "rejected"


class Pace(Struct, frozen=True):
    """Seconds from receipt to each step; two days until an unread letter is printed."""

    accepted: float = 1
    notified: float = 2
    read: float = 4 * 3600
    unread: float = 48 * 3600
    printed: float = 24 * 3600


STANDARD_PACE = Pace()


class Event(Struct, frozen=True):
    status: ShipmentStatus
    at: datetime


class Shipment(Struct):
    """A stored shipment; `documents` keeps the bytes in the order of the letter."""

    id: str
    account: str
    order: Order
    documents: list[bytes]
    received: datetime
    route: Route
    read_at: datetime | None = None

    def events(self, *, pace: Pace, now: datetime) -> list[Event]:
        """What has happened so far, oldest first."""
        planned = [
            Event(status, self.received + timedelta(seconds=seconds))
            for status, seconds in _PLANS[self.route](pace)
        ]
        happened = [event for event in planned if event.at <= now]
        if self.read_at is None:
            return happened
        before = [event for event in happened if event.at <= self.read_at]
        ended = before[-1].status in _FINAL
        return before if ended else [*before, Event(ShipmentStatus.READ, self.read_at)]


_FINAL = frozenset(
    {
        ShipmentStatus.REJECTED,
        ShipmentStatus.READ,
        ShipmentStatus.PRINTED,
        ShipmentStatus.NOT_DELIVERED,
    }
)

Plan = list[tuple[ShipmentStatus, float]]


def _opening(pace: Pace) -> Plan:
    return [(ShipmentStatus.RECEIVED, 0), (ShipmentStatus.ACCEPTED, pace.accepted)]


def _digital(pace: Pace) -> Plan:
    return [*_opening(pace), (ShipmentStatus.NOTIFIED, pace.notified)]


def _read(pace: Pace) -> Plan:
    return [*_digital(pace), (ShipmentStatus.READ, pace.read)]


def _unread(pace: Pace) -> Plan:
    return [
        *_digital(pace),
        (ShipmentStatus.SENT_TO_PRINT, pace.unread),
        (ShipmentStatus.PRINTED, pace.unread + pace.printed),
    ]


def _print(pace: Pace) -> Plan:
    return [
        *_opening(pace),
        (ShipmentStatus.SENT_TO_PRINT, pace.notified),
        (ShipmentStatus.PRINTED, pace.notified + pace.printed),
    ]


def _unreachable(pace: Pace) -> Plan:
    return [*_opening(pace), (ShipmentStatus.NOT_DELIVERED, pace.notified)]


def _rejected(pace: Pace) -> Plan:
    return [(ShipmentStatus.RECEIVED, 0), (ShipmentStatus.REJECTED, pace.accepted)]


_PLANS = {
    Route.READ_DIGITALLY: _read,
    Route.UNREAD: _unread,
    Route.PRINT: _print,
    Route.DIGITAL_ONLY: _digital,
    Route.UNREACHABLE: _unreachable,
    Route.REJECTED: _rejected,
}
