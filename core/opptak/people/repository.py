"""All SQL about people, custody and contact points."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, insert, select, update
from sqlalchemy.orm import aliased

from opptak.hooks.types import PersonState
from opptak.kit.bulk import Excluded, upsert
from opptak.kit.collation import words
from opptak.kit.db import TenantSession
from opptak.people.models import ContactPoint, Custody, Person, PersonWord

__all__ = ("PeopleRepository",)

REGISTERED = (
    "given_name",
    "family_name",
    "sort_name",
    "born_on",
    "state",
    "protection",
    "address_lines",
    "postcode",
    "place",
    "municipality",
    "dwelling",
    "postal_lines",
    "postal_postcode",
    "postal_place",
    "sealed_address",
    "languages",
    "fetched_at",
)
"""Columns that a fresh record replaces."""


class PeopleRepository:
    """People of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def ids(self, indexes: Collection[bytes]) -> dict[bytes, UUID]:
        """Return the people with these blind indexes."""
        rows = await self._session.execute(
            select(Person.number_index, Person.id).where(Person.number_index.in_(indexes))
        )
        return dict(rows.all())

    async def people(self, ids: Collection[UUID]) -> Sequence[Person]:
        """Return people by id."""
        if not ids:
            return ()
        found = select(Person).where(Person.id.in_(ids)).execution_options(populate_existing=True)
        return (await self._session.scalars(found)).all()

    async def by_index(self, index: bytes) -> Person | None:
        """Return the person with a blind index."""
        found = select(Person).where(Person.number_index == index)
        person: Person | None = await self._session.scalar(found.execution_options(populate_existing=True))
        return person

    async def save_people(self, rows: Sequence[Mapping[str, Any]]) -> dict[bytes, UUID]:
        """Insert or refresh people by blind index; an address that has changed loses its point."""
        written = await upsert(
            self._session,
            Person,
            rows,
            key=("number_index",),
            update=REGISTERED,
            computed=_points,
        )
        people = {index: person for (index,), person in written.items()}
        await self._save_words(
            {
                people[row["number_index"]]: set(words(f"{row['given_name']} {row['family_name']}"))
                for row in rows
            }
        )
        return people

    async def _save_words(self, wanted: Mapping[UUID, set[str]]) -> None:
        """Let people be found by the words of their present names, and no longer by earlier ones."""
        rows = await self._session.execute(
            select(PersonWord.id, PersonWord.person_id, PersonWord.word).where(
                PersonWord.person_id.in_(wanted)
            )
        )
        known = {(person, word): row for row, person, word in rows}
        right = {(person, word) for person, some in wanted.items() for word in some}
        if old := [known[one] for one in known.keys() - right]:
            await self._session.execute(delete(PersonWord).where(PersonWord.id.in_(old)))
        if new := sorted(right - known.keys()):
            added = [{"person_id": person, "word": word} for person, word in new]
            await self._session.execute(insert(PersonWord), added)

    async def renumber(self, person_id: UUID, *, index: bytes, sealed: bytes) -> None:
        """Give a person the number that has replaced an older one."""
        await self._session.execute(
            update(Person)
            .where(Person.id == person_id)
            .values(number_index=index, number_sealed=sealed, sealed_address=None)
        )

    async def retire(self, ids: Collection[UUID]) -> None:
        """Mark rows that turned out to be somebody already known under another number."""
        await self._session.execute(update(Person).where(Person.id.in_(ids)).values(state=PersonState.OTHER))

    async def born_between(
        self,
        first: date,
        last: date,
        *,
        municipalities: Collection[str],
        within: tuple[UUID, UUID] | None = None,
    ) -> Sequence[UUID]:
        """Return residents born in the window by id; `within` is a range of ids, both ends included."""
        found = (
            select(Person.id)
            .where(
                Person.born_on.between(first, last),
                Person.state == PersonState.RESIDENT,
                Person.municipality.in_({"", *municipalities}),
            )
            .order_by(Person.id)
        )
        if within is not None:
            found = found.where(Person.id.between(*within))
        return (await self._session.scalars(found)).all()

    async def set_points(self, points: Mapping[UUID, tuple[float, float]]) -> None:
        """Store where people live."""
        rows = [
            {"id": person, "latitude": latitude, "longitude": longitude}
            for person, (latitude, longitude) in points.items()
        ]
        if rows:
            tenant = self._session.tenant_id
            await self._session.execute(update(Person), [{"tenant_id": tenant, **row} for row in rows])

    async def save_custody(
        self, rows: Sequence[Mapping[str, Any]], *, children: Collection[UUID], today: date
    ) -> None:
        """Store what the register says of the children's custody, and close what it says no longer."""
        written = await upsert(
            self._session,
            Custody,
            rows,
            key=("child_id", "guardian_id"),
            update=("kind", "lives_with", "valid_to"),
            computed=_since,
        )
        await self._session.execute(
            update(Custody)
            .where(
                Custody.child_id.in_(children),
                Custody.valid_to.is_(None),
                Custody.id.not_in(written.values()),
            )
            .values(valid_to=today)
        )

    async def children_of(self, guardian_id: UUID) -> Sequence[Person]:
        """Return the living children a person is responsible for, the oldest first."""
        found = (
            select(Person)
            .join(Custody, _child_of_custody())
            .where(Custody.guardian_id == guardian_id, _in_force(), _living())
            .order_by(Person.born_on, Person.id)
            .execution_options(populate_existing=True)
        )
        return (await self._session.scalars(found)).all()

    async def guardians_of(
        self, child_ids: Collection[UUID]
    ) -> Sequence[tuple[Person, Custody, ContactPoint | None]]:
        """Return the living guardians of children with their contact points."""
        found = (
            select(Person, Custody, ContactPoint)
            .join(
                Custody,
                (Custody.tenant_id == Person.tenant_id) & (Custody.guardian_id == Person.id),
            )
            .outerjoin(
                ContactPoint,
                (ContactPoint.tenant_id == Person.tenant_id) & (ContactPoint.person_id == Person.id),
            )
            .where(Custody.child_id.in_(child_ids), _in_force(), _living())
            .order_by(Custody.child_id, Custody.lives_with.desc(), Person.id)
            .execution_options(populate_existing=True)
        )
        return [(row[0], row[1], row[2]) for row in await self._session.execute(found)]

    async def siblings_of(self, child_ids: Collection[UUID]) -> Sequence[tuple[UUID, UUID]]:
        """Return pairs of a child and a living child with a guardian in common."""
        other = aliased(Custody)
        found = (
            select(Custody.child_id, other.child_id)
            .join(
                other,
                (other.tenant_id == Custody.tenant_id)
                & (other.guardian_id == Custody.guardian_id)
                & (other.child_id != Custody.child_id),
            )
            .join(Person, (Person.tenant_id == other.tenant_id) & (Person.id == other.child_id))
            .where(Custody.child_id.in_(child_ids), _in_force(), other.valid_to.is_(None), _living())
            .distinct()
            .order_by(Custody.child_id, other.child_id)
        )
        return [(child, sibling) for child, sibling in await self._session.execute(found)]

    async def save_contacts(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert or refresh contact points."""
        fields = ("email", "mobile", "registered", "reserved", "may_notify", "language", "fetched_at")
        await upsert(self._session, ContactPoint, rows, key=("person_id",), update=fields)

    async def digital(self, person_ids: Collection[UUID]) -> set[UUID]:
        """Return those who read decisions digitally."""
        found = select(ContactPoint.person_id).where(
            ContactPoint.person_id.in_(person_ids),
            ContactPoint.registered,
            ContactPoint.may_notify,
            ContactPoint.reserved.is_(False),
        )
        return set((await self._session.scalars(found)).all())


def _child_of_custody() -> ColumnElement[bool]:
    return (Custody.tenant_id == Person.tenant_id) & (Custody.child_id == Person.id)


def _in_force() -> ColumnElement[bool]:
    return Custody.valid_to.is_(None)


def _living() -> ColumnElement[bool]:
    return Person.state != PersonState.DEAD


def _points(new: Excluded) -> dict[str, ColumnElement[Any]]:
    """Keep the stored point while the address is the same."""
    same = (Person.address_lines == new.address_lines) & (Person.postcode == new.postcode)
    return {
        "latitude": case((same, Person.latitude)),
        "longitude": case((same, Person.longitude)),
    }


def _since(new: Excluded) -> dict[str, ColumnElement[Any]]:
    """Keep the first day of custody still in force; one that comes back starts anew."""
    return {"valid_from": case((_in_force(), Custody.valid_from), else_=new.valid_from)}
