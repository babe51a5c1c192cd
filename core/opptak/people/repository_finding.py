"""Finding people by what is known of them: parts of a query for the domain whose list it is."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, select, union

from opptak.hooks.types import Protection
from opptak.people.models import Custody, Person, PersonWord

__all__ = ("children", "named", "written_to")

_LAST = "\U0010ffff"
"""Comes after every word that begins with what is before it."""


def children() -> Subquery:
    """Return what a list of children may be ordered or narrowed by, to be joined by tenant and id."""
    return select(Person.tenant_id, Person.id, Person.born_on, Person.sort_name).subquery("child")


def named(words: Sequence[str], *, protected: bool) -> Select[UUID]:
    """Return the children who have all the words in their name, or a guardian who has; the start of a word is
    enough.

    Without `protected`, nothing is found of people whose address is protected: neither they themselves, nor
    others through them.
    """
    people = select(Person.id).where(*_called(words), *_open(protected))
    wards = select(Custody.child_id).where(Custody.guardian_id.in_(people), Custody.valid_to.is_(None))
    found = union(people, wards).subquery()
    return select(Person.id).where(Person.id.in_(select(found.c[0])), *_open(protected))


def written_to(words: Sequence[str], *, protected: bool) -> Select[UUID]:
    """Return the people who have all the words in their name, or are responsible for a child who has; the
    start of a word is enough. Without `protected` as for `named`.
    """
    people = select(Person.id).where(*_called(words), *_open(protected))
    carers = select(Custody.guardian_id).where(Custody.child_id.in_(people), Custody.valid_to.is_(None))
    found = union(people, carers).subquery()
    return select(Person.id).where(Person.id.in_(select(found.c[0])), *_open(protected))


def _called(words: Sequence[str]) -> list[ColumnElement[bool]]:
    # A range, since row-level security lets no pattern near the index.
    return [
        Person.id.in_(
            select(PersonWord.person_id).where(PersonWord.word >= word, PersonWord.word < word + _LAST)
        )
        for word in words
    ]


def _open(protected: bool) -> list[ColumnElement[bool]]:
    return [] if protected else [Person.protection == Protection.NONE]
