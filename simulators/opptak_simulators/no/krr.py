"""The contact and reservation register (KRR), REST version 2 (Digdir, Kontaktregisteret guide)."""

import uuid
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from litestar import Litestar, post
from litestar.di import NamedDependency as Given
from litestar.params import JSONBody
from msgspec import Struct

from opptak_simulators.ground import TrainingGround
from opptak_simulators.no.app_kit import application
from opptak_simulators.no.maskinporten import CONTACT_SCOPE, MAILBOX_SCOPE
from opptak_simulators.no.refusals import AnyRequest, Refusal
from opptak_simulators.no.tokens import Clock, Doorman, scopes_of
from opptak_simulators.society.model import Channel, Contact, ContactStatus, Country

FRESH_FOR = timedelta(days=548)
"""Eighteen months (eForvaltningsforskriften § 32): how long a channel may carry decisions."""

Entry = dict[str, object]


class Query(Struct, frozen=True, rename="camel"):
    personidentifikatorer: Annotated[list[str], msgspec.Meta(min_length=1, max_length=1000)]
    inkluder_ikke_registrerte: bool = False


class ContactDesk:
    """Answers from the country's entries as they look at the moment."""

    def __init__(self, country: Country, *, clock: Clock) -> None:
        self._country = country
        self._clock = clock

    def entry(self, number: str, *, scopes: frozenset[str]) -> Entry | None:
        """What the scopes may see of one person; None for a person without an entry."""
        person = self._country.person(number)
        contact = self._country.contacts.get(person.pid) if person else None
        if contact is None:
            return None
        entry: Entry = {
            "personidentifikator": number,
            "reservasjon": "JA" if contact.reserved else "NEI",
            "status": contact.status,
        }
        if contact.reserved:
            entry["reservasjonstidspunkt"] = contact.reserved.isoformat()
        if contact.status is ContactStatus.ACTIVE:
            entry |= self._details(contact, scopes=scopes)
        return entry

    def _details(self, contact: Contact, *, scopes: frozenset[str]) -> Entry:
        details: Entry = {}
        if CONTACT_SCOPE in scopes:
            details["varslingsstatus"] = (
                "KAN_VARSLES" if can_be_notified(contact, at=self._clock()) else "KAN_IKKE_VARSLES"
            )
            details["kontaktinformasjon"] = _channels(contact)
            if contact.language:
                details["spraak"] = contact.language
        if MAILBOX_SCOPE in scopes and contact.mailbox:
            details["digital_post"] = {
                "postkasseadresse": contact.mailbox.address,
                "postkasseleverandoeradresse": contact.mailbox.supplier,
            }
        return details


def can_be_notified(contact: Contact, *, at: datetime) -> bool:
    """Active, not reserved, and one channel touched within eighteen months."""
    channels = [channel for channel in (contact.email, contact.mobile) if channel]
    fresh = any(at - max(c.updated, c.verified) < FRESH_FOR for c in channels)
    return contact.status is ContactStatus.ACTIVE and contact.reserved is None and fresh


def _channels(contact: Contact) -> Entry:
    return {
        **_channel(contact.email, name="epostadresse"),
        **_channel(contact.mobile, name="mobiltelefonnummer"),
    }


def _channel(channel: Channel | None, *, name: str) -> Entry:
    if channel is None:
        return {}
    return {
        name: channel.value,
        f"{name}_oppdatert": channel.updated.isoformat(),
        f"{name}_sist_verifisert": channel.verified.isoformat(),
    }


def _absent(number: str) -> Entry:
    return {
        "personidentifikator": number,
        "reservasjon": "NEI",
        "status": ContactStatus.UNREGISTERED,
        "varslingsstatus": "KAN_IKKE_VARSLES",
    }


@post("/rest/v2/personer", status_code=200)
async def people(request: AnyRequest, data: JSONBody[Query], desk: Given[ContactDesk]) -> Entry:
    """Up to a thousand people; unknown ones only when asked for."""
    scopes = scopes_of(request)
    entries = [
        desk.entry(number, scopes=scopes) or (_absent(number) if data.inkluder_ikke_registrerte else None)
        for number in data.personidentifikatorer
    ]
    return {"personer": [entry for entry in entries if entry]}


def _error(_: AnyRequest, refusal: Refusal) -> object:
    return {
        "errors": [
            {
                "id": str(uuid.uuid4()),
                "status": str(refusal.status),
                "title": refusal.message,
                "detail": refusal.message,
            }
        ]
    }


def create_app(country: Country, ground: TrainingGround, *, clock: Clock) -> Litestar:
    doorman = Doorman(ground, clock=clock, scopes=frozenset({CONTACT_SCOPE, MAILBOX_SCOPE}))
    return application(
        [people],
        shape=_error,
        guards=[doorman],
        dependencies={"desk": ContactDesk(country, clock=clock)},
    )
