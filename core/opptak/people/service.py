"""People: kept as the registers know them, and told to the other domains without numbers and protected
addresses.

Who may see a person is decided, and noted in the audit log, by the domain that shows them: this one has no
pages.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, Subquery

from opptak.audit.service import record
from opptak.hooks.errors import Neutral, NotFound, Unsupported
from opptak.hooks.providers import AddressService, ContactRegister, PopulationRegister
from opptak.hooks.types import Custody, PersonRecord, Protection
from opptak.kit.collation import words
from opptak.kit.subject import Space
from opptak.people import mapping
from opptak.people.models import Person
from opptak.people.repository import PeopleRepository
from opptak.people.repository_finding import children, named, written_to
from opptak.people.schemas import Addressee, GuardianView, PersonView
from opptak.tenancy.context import Work

__all__ = ("People",)

AT_ONCE = 1000
"""People asked for in one call of a register."""

GEOCODED_AT_ONCE = 8
"""Addresses looked up at the same time."""


class People:
    """Children and guardians of one tenant."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._keys = work.tenant.keys
        self._people = PeopleRepository(work.session)

    async def store(self, records: Sequence[PersonRecord]) -> dict[str, UUID]:
        """Insert or refresh people; return the id by number, former numbers included.

        Somebody who is known under a former number keeps their id. Where both numbers are known already, the
        person under the former one is retired.
        """
        if not records:
            return {}
        known = await self._renumbered(records)
        rows = [mapping.person_row(record, self._keys, now=self._work.now) for record in records]
        known |= await self._people.save_people(rows)
        record(self._work, "person.store", "register", shown=known.values())
        return {
            number: known[self._keys.index(record.identity_number)]
            for record in records
            for number in (record.identity_number, *record.former_numbers)
        }

    async def store_custody(
        self,
        custodies: Sequence[Custody],
        ids: Mapping[str, UUID],
        *,
        asked: Collection[UUID] = (),
    ) -> None:
        """Store the custody of the children named, and of those `asked` for; what is no longer said is
        closed.

        Holders without a number, and people missing from `ids`, are left out.
        """
        today = self._work.tenant.today()
        rows = [
            {
                "child_id": ids[custody.child],
                "guardian_id": ids[custody.guardian],
                "kind": custody.kind,
                "lives_with": custody.lives_with,
                "valid_from": today,
                "valid_to": None,
            }
            for custody in custodies
            if custody.child in ids and custody.guardian is not None and custody.guardian in ids
        ]
        children = {*asked, *(ids[custody.child] for custody in custodies if custody.child in ids)}
        await self._people.save_custody(rows, children=children, today=today)

    async def fetch(self, numbers: Sequence[str]) -> dict[str, UUID]:
        """Ask the register for people and store them; those it does not know, or may not tell of, are left
        out.
        """
        register = self._work.tenant.plugins.require(PopulationRegister)
        found: dict[str, UUID] = {}
        for some in _chunks(sorted(set(numbers))):
            found |= await self.store(await _ask(register, some))
        return found

    async def fetch_guardians(self, children: Mapping[str, UUID]) -> None:
        """Ask the register who is responsible for the children (id by number), and store them."""
        register = self._work.tenant.plugins.require(PopulationRegister)
        for some in _chunks(sorted(children)):
            custodies = await register.guardians(some)
            guardians = [found.guardian for found in custodies if found.guardian is not None]
            ids = {**children, **await self.fetch(guardians)}
            await self.store_custody(custodies, ids, asked=[children[number] for number in some])

    async def refresh_contacts(self, person_ids: Sequence[UUID]) -> None:
        """Ask the contact register how people may be reached; nothing to do for a tenant without one."""
        register = self._work.tenant.plugins.first(ContactRegister)
        if register is None:
            return
        by_number = {number: person for person, number in (await self.numbers(person_ids)).items()}
        for some in _chunks(sorted(by_number)):
            contacts = await register.contacts(some)
            rows = [
                mapping.contact_row(contact, by_number[contact.identity_number], now=self._work.now)
                for contact in contacts
                if contact.identity_number in by_number
            ]
            await self._people.save_contacts(rows)

    async def locate(self, person_ids: Collection[UUID]) -> None:
        """Look up where people live who have no point yet; never for a protected address."""
        addresses = self._work.tenant.plugins.first(AddressService)
        if addresses is None:
            return
        homes: dict[tuple[str, ...], list[UUID]] = defaultdict(list)
        for person in await self._people.people(person_ids):
            if _to_locate(person):
                home = (person.municipality, person.postcode, *person.address_lines)
                homes[home].append(person.id)
        points = await _geocode(addresses, list(homes))
        found = {person: points[home] for home in points for person in homes[home]}
        await self._people.set_points(found)

    async def by_number(self, number: str) -> PersonView | None:
        """Return the person with an identity number, if stored."""
        person = await self._people.by_index(self._keys.index(number.strip()))
        return None if person is None else self._view(person)

    async def get(self, ids: Collection[UUID]) -> dict[UUID, PersonView]:
        """Return people by id; unknown ids are left out."""
        return {person.id: self._view(person) for person in await self._people.people(ids)}

    async def numbers(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """Open identity numbers, for a register or a receiver entitled to them; never for a page."""
        return {person.id: self._number(person) for person in await self._people.people(ids)}

    async def addressees(self, ids: Collection[UUID]) -> dict[UUID, Addressee]:
        """Return what envelopes need, protected addresses included: for the post and nothing else."""
        digital = await self._people.digital(ids)
        return {
            person.id: Addressee(
                person=self._view(person),
                number=self._number(person),
                address=mapping.delivery_address(person, self._keys),
                digital=person.id in digital,
            )
            for person in await self._people.people(ids)
        }

    async def born_between(
        self, first: date, last: date, *, within: tuple[UUID, UUID] | None = None
    ) -> list[UUID]:
        """Return the known residents of the area born in the window, by id; `within` is a range of ids.

        Both ends of both are included.
        """
        return list(
            await self._people.born_between(
                first, last, municipalities=self._work.tenant.area.municipalities, within=within
            )
        )

    async def children_of(self, guardian_id: UUID) -> list[PersonView]:
        """Return the living children a person is responsible for, the oldest first.

        A parent's own are asked for once a transaction: nothing a parent does changes them.
        """
        if self._work.subject.space is not Space.PARENTS:
            return await self._children_of(guardian_id)
        known: dict[UUID, list[PersonView]] = self._work.session.info.setdefault("children_of", {})
        if guardian_id not in known:
            known[guardian_id] = await self._children_of(guardian_id)
        return known[guardian_id]

    async def guardians_of(self, child_ids: Collection[UUID]) -> dict[UUID, list[GuardianView]]:
        """Return each child's living guardians, first those the child lives with."""
        guardians: dict[UUID, list[GuardianView]] = {child: [] for child in child_ids}
        area = self._work.tenant.area
        for person, custody, contact in await self._people.guardians_of(child_ids):
            view = mapping.guardian_view(person, custody, contact, area)
            guardians[custody.child_id].append(view)
        return guardians

    def listed(self) -> Subquery:
        """Return what a list of children may be ordered or narrowed by: part of another domain's query."""
        return children()

    def named(self, text: str, *, protected: bool) -> Select[UUID]:
        """Return the children whose name, or a guardian's, begins with the words of a text: part of another
        domain's query. Without `protected`, nothing is found of people whose address is protected.
        """
        return named(words(text), protected=protected)

    def written_to(self, text: str, *, protected: bool) -> Select[UUID]:
        """Return the people whose name, or that of a child they are responsible for, begins with the words of
        a text; as `named`.
        """
        return written_to(words(text), protected=protected)

    async def siblings_of(self, child_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
        """Return each child's siblings: living children with a guardian in common."""
        siblings: dict[UUID, list[UUID]] = {child: [] for child in child_ids}
        for child, sibling in await self._people.siblings_of(child_ids):
            siblings[child].append(sibling)
        return siblings

    def _number(self, person: Person) -> str:
        return self._keys.open_text(person.number_sealed, mapping.number_place(person.number_index))

    async def _children_of(self, guardian_id: UUID) -> list[PersonView]:
        return [self._view(child) for child in await self._people.children_of(guardian_id)]

    def _view(self, person: Person) -> PersonView:
        return mapping.person_view(person, self._work.tenant.area)

    async def _renumbered(self, records: Sequence[PersonRecord]) -> dict[bytes, UUID]:
        """Move people to their current numbers; return them by blind index."""
        formers = {self._keys.index(former): record for record in records for former in record.former_numbers}
        if not formers:
            return {}
        currents = {former: self._keys.index(formers[former].identity_number) for former in formers}
        known = await self._people.ids([*formers, *currents.values()])
        for former in sorted(known.keys() & formers.keys()):
            current, person = currents[former], known[former]
            if current in known:
                await self._people.retire([person])
                continue
            number = formers[former].identity_number
            sealed = self._keys.seal(number, mapping.number_place(current))
            await self._people.renumber(person, index=current, sealed=sealed)
            known[current] = person
        return known


def _chunks(numbers: Sequence[str]) -> Iterator[Sequence[str]]:
    return (numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE))


async def _ask(register: PopulationRegister, numbers: Sequence[str]) -> list[PersonRecord]:
    try:
        return await register.people(numbers)
    except Unsupported:
        asked = [await _one(register, number) for number in numbers]
        return [record for record in asked if record is not None]


async def _one(register: PopulationRegister, number: str) -> PersonRecord | None:
    try:
        return await register.person(number)
    except (NotFound, Neutral):
        return None


def _to_locate(person: Person) -> bool:
    unprotected = person.protection == Protection.NONE
    return unprotected and bool(person.address_lines) and person.latitude is None


async def _geocode(
    service: AddressService, homes: Sequence[tuple[str, ...]]
) -> dict[tuple[str, ...], tuple[float, float]]:
    """Return the points of addresses given as municipality, postcode, and lines."""
    limit = asyncio.Semaphore(GEOCODED_AT_ONCE)

    async def ask(home: tuple[str, ...]) -> tuple[float, float] | None:
        municipality, postcode, *lines = home
        async with limit:
            hit = await service.geocode(lines, postcode=postcode, municipality=municipality)
        return None if hit is None else (hit.latitude, hit.longitude)

    points = await asyncio.gather(*(ask(home) for home in homes))
    return {home: point for home, point in zip(homes, points, strict=True) if point is not None}
