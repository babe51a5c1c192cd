"""From a register's record to the stored row and on to the view; protected addresses are closed in on the
way.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from opptak.hooks.types import (
    Area,
    Contact,
    CustodyKind,
    PersonRecord,
    PersonState,
    PostalAddress,
    Protection,
)
from opptak.kit.collation import stored_key
from opptak.kit.crypto import TenantKeys
from opptak.kit.places import written
from opptak.people.models import ContactPoint, Custody, Person
from opptak.people.schemas import GuardianView, PersonView

__all__ = (
    "contact_row",
    "delivery_address",
    "guardian_view",
    "number_place",
    "person_row",
    "person_view",
)

NOWHERE = PostalAddress()


def number_place(index: bytes) -> str:
    """The place a number is sealed for; its blind index stands for the row, which may not exist yet."""
    return f"person.number|{index.hex()}"


def person_row(record: PersonRecord, keys: TenantKeys, *, now: datetime) -> dict[str, Any]:
    """Return the columns of a person.

    With an open address all of it is kept. A confidential or client address is sealed for post alone, and a
    strictly protected one is not known: the forwarding office's takes its place.
    """
    index = keys.index(record.identity_number)
    residence = record.residence or NOWHERE
    open_address = record.protection is Protection.NONE
    secret = record.protection in {Protection.CONFIDENTIAL, Protection.CLIENT}
    shown = residence if open_address else NOWHERE
    postal = NOWHERE if secret else record.postal or NOWHERE
    return {
        "number_index": index,
        "number_sealed": keys.seal(record.identity_number, number_place(index)),
        "given_name": record.given_name,
        "family_name": record.family_name,
        "sort_name": stored_key(f"{record.given_name} {record.family_name}"),
        "born_on": record.born_on,
        "state": record.state,
        "protection": record.protection,
        "address_lines": list(shown.lines),
        "postcode": shown.postcode,
        "place": shown.place,
        "municipality": "" if record.protection is Protection.STRICT else residence.municipality,
        "dwelling": shown.key,
        "postal_lines": list(postal.lines),
        "postal_postcode": postal.postcode,
        "postal_place": postal.place,
        "sealed_address": _seal_address(record, keys, index) if secret else None,
        "languages": list(record.languages),
        "fetched_at": now,
    }


def person_view(person: Person, area: Area) -> PersonView:
    """Return what may be shown of a person."""
    return PersonView(**_shown(person, area))


def guardian_view(person: Person, custody: Custody, contact: ContactPoint | None, area: Area) -> GuardianView:
    """Return what may be shown of a guardian."""
    reach: Mapping[str, Any] = {} if contact is None else _reach(contact)
    return GuardianView(
        **_shown(person, area), kind=CustodyKind(custody.kind), lives_with=custody.lives_with, **reach
    )


def delivery_address(person: Person, keys: TenantKeys) -> PostalAddress | None:
    """Return where post goes: the postal address before the home; None when no address is known."""
    if person.sealed_address is not None:
        opened = keys.open(person.sealed_address, _address_place(person.number_index))
        return msgspec.json.decode(opened, type=PostalAddress)
    postal = PostalAddress(
        lines=tuple(person.postal_lines), postcode=person.postal_postcode, place=person.postal_place
    )
    home = PostalAddress(lines=tuple(person.address_lines), postcode=person.postcode, place=person.place)
    return next((found for found in (postal, home) if _usable(found)), None)


def contact_row(contact: Contact, person_id: Any, *, now: datetime) -> dict[str, Any]:
    """Return the columns of a contact point."""
    return {
        "person_id": person_id,
        "email": contact.email,
        "mobile": contact.mobile,
        "registered": contact.registered,
        "reserved": contact.reserved,
        "may_notify": contact.may_notify,
        "language": contact.language,
        "fetched_at": now,
    }


def _seal_address(record: PersonRecord, keys: TenantKeys, index: bytes) -> bytes | None:
    known = (found for found in (record.postal, record.residence) if found and _usable(found))
    address = next(known, None)
    if address is None:
        return None
    return keys.seal(msgspec.json.encode(address), _address_place(index))


def _address_place(index: bytes) -> str:
    return f"person.address|{index.hex()}"


def _usable(address: PostalAddress) -> bool:
    return bool(address.lines or address.postcode)


def _shown(person: Person, area: Area) -> dict[str, Any]:
    point = (person.latitude, person.longitude)
    lines = [*person.address_lines, f"{person.postcode} {written(person.place)}".strip()]
    return {
        "id": person.id,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "born_on": person.born_on,
        "state": PersonState(person.state),
        "resident": person.state == PersonState.RESIDENT
        and person.municipality in {"", *area.municipalities},
        "protection": Protection(person.protection),
        "address": ", ".join(filter(None, lines)) or None,
        "postcode": person.postcode,
        "point": None if None in point else point,
        "languages": tuple(person.languages),
    }


def _reach(contact: ContactPoint) -> dict[str, Any]:
    return {
        "registered": contact.registered,
        "reserved": contact.reserved,
        "may_notify": contact.may_notify,
        "email": contact.email,
        "mobile": contact.mobile,
        "contact_language": contact.language,
    }
