"""SvarUt's words for a letter (forsendelse) and its status, and ours. Source: KS, SvarUt REST version 2."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from opptak.hooks.errors import Permanent
from opptak.hooks.types import Delivery, DeliveryState, Letter, PostalAddress

__all__ = ("MOST_REFERENCE", "Document", "Receiver", "Shipment", "ShipmentStatus", "delivery", "shipment")

MOST_REFERENCE = 100
"""Characters of our own reference (eksternReferanse)."""

_MOST_TITLE = 1000
_MOST_FILENAME = 226
_FORBIDDEN = re.compile(r'[*:"\\/<>|?\x00-\x1f]')
_PDF = "application/pdf"
_LOCAL = ZoneInfo("Europe/Oslo")

_STATES = {
    "MOTTATT": DeliveryState.ACCEPTED,
    "AKSEPTERT": DeliveryState.ACCEPTED,
    "KLAR_FOR_MOTTAK": DeliveryState.ACCEPTED,
    "VARSLET": DeliveryState.NOTIFIED,
    "SENDT_DIGITALT": DeliveryState.NOTIFIED,
    "SENDT_SDP": DeliveryState.NOTIFIED,
    "LEST": DeliveryState.READ,
    "SENDT_PRINT": DeliveryState.TO_PRINT,
    "PRINTET": DeliveryState.PRINTED,
    "LEVERT_SDP": DeliveryState.DELIVERED,
    "MANUELT_HANDTERT": DeliveryState.DELIVERED,
    "AVVIST": DeliveryState.REFUSED,
    "IKKE_LEVERT": DeliveryState.FAILED,
}


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Base of the parts of a letter; what is at its default is not sent."""


class Receiver(Part, frozen=True, kw_only=True):
    """Who gets it (mottaker): a number for the digital way, an address for paper."""

    navn: str
    digital_id: str | None = None
    adresselinje1: str | None = None
    adresselinje2: str | None = None
    adresselinje3: str | None = None
    postnummer: str | None = None
    poststed: str | None = None
    land: str | None = None


class Document(Part, frozen=True, kw_only=True):
    """One file; the part of the form that holds it must have the same file name."""

    filnavn: str
    mime_type: str


class PrintSetup(Part, frozen=True, kw_only=True):
    """How paper comes out (utskriftskonfigurasjon)."""

    utskrift_med_farger: bool
    tosidig: bool


class Shipment(Part, frozen=True, kw_only=True):
    """A letter as it is ordered (forsendelse)."""

    tittel: str
    mottaker: Receiver
    dokumenter: tuple[Document, ...]
    ekstern_referanse: str
    avgivende_system: str
    utskriftskonfigurasjon: PrintSetup
    kun_digital_levering: bool = False
    konteringskode: str | None = None


class ShipmentStatus(msgspec.Struct, rename="camel"):
    """Where a letter is."""

    id: str
    status: str
    siste_status_endring: str = ""


def shipment(letter: Letter, *, accounting_code: str = "", colour: bool = False) -> Shipment:
    """Return the order for a letter; raises Permanent for one that can go neither digitally nor on paper.

    Without an address there is nothing to print on, so the letter then goes digitally or not at all.
    """
    if len(letter.key) > MOST_REFERENCE:
        raise Permanent("reference_too_long")
    if not letter.recipient_number and not _printable(letter.address):
        raise Permanent("unreachable", hint="fiks.hint.unreachable")
    return Shipment(
        tittel=letter.title[:_MOST_TITLE],
        mottaker=_receiver(letter),
        dokumenter=(Document(filnavn=_filename(letter.filename), mime_type=_PDF),),
        ekstern_referanse=letter.key,
        avgivende_system="Opptak",
        utskriftskonfigurasjon=PrintSetup(utskrift_med_farger=colour, tosidig=True),
        kun_digital_levering=letter.digital_only or not _printable(letter.address),
        konteringskode=accounting_code or None,
    )


def delivery(status: ShipmentStatus) -> Delivery:
    """Return a status as ours; an unknown one counts as accepted; the word itself is in `detail`."""
    return Delivery(
        reference=status.id,
        state=_STATES.get(status.status, DeliveryState.ACCEPTED),
        changed_at=_moment(status.siste_status_endring),
        detail=status.status,
    )


def _receiver(letter: Letter) -> Receiver:
    address = letter.address or PostalAddress()
    # SvarUt has three lines: what does not fit is kept on the last one.
    lines = [*address.lines[:2], ", ".join(address.lines[2:])]
    first, second, third = (*lines, "", "")[:3]
    return Receiver(
        navn=letter.recipient_name,
        digital_id=letter.recipient_number or None,
        adresselinje1=first or None,
        adresselinje2=second or None,
        adresselinje3=third or None,
        postnummer=address.postcode or None,
        poststed=address.place or None,
        land=address.country or None,
    )


def _printable(address: PostalAddress | None) -> bool:
    return address is not None and bool(address.place and (address.postcode or address.country))


def _filename(name: str) -> str:
    """Return a name the service takes, with its ending kept."""
    stem, dot, ending = _FORBIDDEN.sub("_", name).rpartition(".")
    return f"{stem[: _MOST_FILENAME - len(ending) - 1]}{dot}{ending}"


def _moment(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo is not None else read.replace(tzinfo=_LOCAL)
