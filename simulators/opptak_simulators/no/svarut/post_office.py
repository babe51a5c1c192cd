"""The desk that takes shipments in, decides their route and answers for their status."""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from opptak_simulators.no.krr import can_be_notified
from opptak_simulators.no.svarut.shipment import (
    Event,
    Order,
    Pace,
    Route,
    Shipment,
    ShipmentStatus,
)
from opptak_simulators.no.tokens import Clock
from opptak_simulators.society.model import Country

_READERS_OF_TEN = 8


class PostOffice:
    """`advance` moves only this desk's clock: letters grow older, tokens do not."""

    def __init__(self, country: Country, *, clock: Clock, pace: Pace) -> None:
        self._country = country
        self._clock = clock
        self._pace = pace
        self._ahead = timedelta()
        self._shipments: dict[str, Shipment] = {}
        self._by_reference: defaultdict[tuple[str, str | None], list[str]] = defaultdict(list)

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)

    def take(self, account: str, order: Order, documents: list[bytes]) -> Shipment:
        """Store a shipment and everything in it."""
        shipment = Shipment(
            id=str(uuid.uuid4()),
            account=account,
            order=order,
            documents=documents,
            received=self._clock() + self._ahead,
            route=self._route(order),
        )
        self._shipments[shipment.id] = shipment
        self._by_reference[account, order.ekstern_referanse].append(shipment.id)
        return shipment

    def shipment(self, shipment_id: str) -> Shipment | None:
        return self._shipments.get(shipment_id)

    def shipments(self, account: str | None = None) -> Iterable[Shipment]:
        """Those of an account, or all, oldest first."""
        return [s for s in self._shipments.values() if account in (None, s.account)]

    def referenced(self, account: str, reference: str) -> list[str]:
        """Ids of the account's shipments with a reference of the sender's own."""
        return list(self._by_reference.get((account, reference), ()))

    def events(self, shipment: Shipment) -> list[Event]:
        return shipment.events(pace=self._pace, now=self._clock() + self._ahead)

    def status(self, shipment: Shipment) -> ShipmentStatus:
        return self.events(shipment)[-1].status

    def mark_read(self, shipment: Shipment) -> None:
        """The recipient has read the letter somewhere else."""
        shipment.read_at = shipment.read_at or self._clock() + self._ahead

    def _route(self, order: Order) -> Route:
        if not _acceptable(order):
            return Route.REJECTED
        reachable = self._reachable(order.mottaker.digital_id)
        if order.kun_digital_levering and not reachable:
            return Route.UNREACHABLE
        if reachable and _reads(order.mottaker.digital_id or ""):
            return Route.READ_DIGITALLY
        if order.kun_digital_levering:
            return Route.DIGITAL_ONLY
        return Route.UNREAD if reachable else Route.PRINT

    def _reachable(self, number: str | None) -> bool:
        person = self._country.person(number) if number else None
        contact = self._country.contacts.get(person.pid) if person else None
        return contact is not None and can_be_notified(contact, at=self._clock())


def _acceptable(order: Order) -> bool:
    """Whether the letter could be delivered on every way it may have to go."""
    if not order.dokumenter or not all(document.well_named for document in order.dokumenter):
        return False
    printable = all(document.printable for document in order.dokumenter)
    return order.kun_digital_levering or (printable and order.mottaker.has_postal_address)


def _reads(number: str) -> bool:
    """Eight in ten open what they are told of; always the same ones."""
    return hashlib.sha256(number.encode()).digest()[0] % 10 < _READERS_OF_TEN
