"""People as the register knows them; what a parent declares is kept in the application, not mixed in here."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Boolean, Date, Float, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from opptak.kit.models import TenantOwned, references

__all__ = ("ContactPoint", "Custody", "Person", "PersonWord")


class Person(TenantOwned):
    """A child or a guardian. The identity number is sealed and found through its blind index."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number_index"),
        Index(None, "tenant_id", "born_on"),
        Index(None, "tenant_id", "sort_name"),
    )

    number_index: Mapped[bytes] = mapped_column(LargeBinary)
    number_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    given_name: Mapped[str] = mapped_column(Text)
    family_name: Mapped[str] = mapped_column(Text)
    sort_name: Mapped[str] = mapped_column(Text(collation="C"), default="")
    """Key that puts names in their order; see `kit.collation`."""
    born_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(Text)
    protection: Mapped[str] = mapped_column(Text)
    address_lines: Mapped[list[str]]
    """Empty for a protected person; a strictly protected one has the forwarding office in `postal_lines`."""
    sealed_address: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Where post goes to a person whose address we know but show to nobody."""
    postcode: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(Text, default="")
    municipality: Mapped[str] = mapped_column(Text, default="")
    dwelling: Mapped[str] = mapped_column(Text, default="")
    """Equal for people at the same dwelling; empty when unknown or protected."""
    postal_lines: Mapped[list[str]]
    postal_postcode: Mapped[str] = mapped_column(Text, default="")
    postal_place: Mapped[str] = mapped_column(Text, default="")
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    languages: Mapped[list[str]]
    fetched_at: Mapped[datetime]


class PersonWord(TenantOwned):
    """A word of a person's name as a search compares it."""

    __tablename__ = "person_word"
    __table_args__ = (
        *references(person_id="person"),
        UniqueConstraint("tenant_id", "word", "person_id"),
        Index(None, "tenant_id", "person_id"),
    )

    person_id: Mapped[UUID]
    word: Mapped[str] = mapped_column(Text(collation="C"))


class Custody(TenantOwned):
    """A guardian's responsibility for a child (foreldreansvar), dated by when the register said so."""

    __tablename__ = "custody"
    __table_args__ = (
        *references(child_id="person", guardian_id="person"),
        UniqueConstraint("tenant_id", "child_id", "guardian_id"),
        Index(None, "tenant_id", "guardian_id"),
    )

    child_id: Mapped[UUID]
    guardian_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    lives_with: Mapped[bool] = mapped_column(Boolean)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class ContactPoint(TenantOwned):
    """How a guardian may be reached digitally, as the contact register says; one a person."""

    __tablename__ = "contact_point"
    __table_args__ = (*references(person_id="person"), UniqueConstraint("tenant_id", "person_id"))

    person_id: Mapped[UUID]
    email: Mapped[str] = mapped_column(Text, default="")
    mobile: Mapped[str] = mapped_column(Text, default="")
    registered: Mapped[bool] = mapped_column(Boolean)
    reserved: Mapped[bool] = mapped_column(Boolean)
    may_notify: Mapped[bool] = mapped_column(Boolean)
    language: Mapped[str] = mapped_column(Text, default="")
    fetched_at: Mapped[datetime]
