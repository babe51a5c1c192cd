"""What other domains are told about people. No view holds an identity number, nor a protected address."""

from datetime import date
from typing import Protocol
from uuid import UUID

import msgspec

from opptak.hooks.types import CustodyKind, PersonState, PostalAddress, Protection

__all__ = ("Addressee", "GuardianView", "Languages", "PersonView")


class Languages(Protocol):
    """Who knows which languages are on offer: the tenant."""

    def language(self, *wished: str) -> str:
        """Return the first wished language that is on offer, else the default."""
        ...


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """A child or an adult, as the register described them last."""

    id: UUID
    given_name: str
    family_name: str
    born_on: date
    state: PersonState
    resident: bool
    """Whether the person lives in the tenant's area, as far as we may know."""
    protection: Protection
    address: str | None
    """One line; None when protected or unknown."""
    postcode: str = ""
    """Of the home; empty when protected or unknown."""
    point: tuple[float, float] | None
    """Latitude and longitude of the home in degrees; None when protected or unknown."""
    languages: tuple[str, ...]

    @property
    def name(self) -> str:
        """Given name and family name."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def protected(self) -> bool:
        """Whether the address is kept from everybody."""
        return self.protection is not Protection.NONE


class GuardianView(PersonView, frozen=True, kw_only=True):
    """Somebody with responsibility for a child, and how they may be reached digitally."""

    kind: CustodyKind
    lives_with: bool
    registered: bool = False
    reserved: bool = False
    """Wants decisions on paper."""
    may_notify: bool = False
    email: str = ""
    mobile: str = ""
    contact_language: str = ""

    @property
    def digital(self) -> bool:
        """Whether a notice about a decision may be sent digitally."""
        return self.registered and self.may_notify and not self.reserved

    def letter_language(self, tenant: Languages) -> str:
        """Return the language to write in: the one chosen, else the one the register knows, else the
        tenant's.
        """
        return tenant.language(self.contact_language, *self.languages)


class Addressee(msgspec.Struct, frozen=True, kw_only=True):
    """All that an envelope needs, protected addresses included: never for a page."""

    person: PersonView
    number: str
    address: PostalAddress | None
    """Where post goes; None when no address is known."""
    digital: bool
    """Whether a notice about a decision may be sent digitally."""

    @property
    def reachable(self) -> bool:
        """Whether a letter has any way to the person."""
        return self.digital or self.address is not None
