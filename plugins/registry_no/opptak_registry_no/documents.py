"""Folkeregisteret's person document, as far as we ask for it, in the register's own words.

What we read are lists; the entry in force is marked `erGjeldende`, and test data often has no other mark.
Source: Skatteetaten, Folkeregisteret API 1.6, rights package *offentlig med hjemmel*.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

__all__ = (
    "Address",
    "Birth",
    "ForeignAddress",
    "FreeFormAddress",
    "Holder",
    "Name",
    "Number",
    "PersonDocument",
    "PostTown",
    "PostalEntry",
    "PropertyAddress",
    "ProtectionEntry",
    "SamiUse",
    "Status",
    "StreetAddress",
    "current",
    "moment",
)


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of all parts of the document."""


class Entry(Part, frozen=True, kw_only=True):
    """One entry of a list, in force or past."""

    er_gjeldende: bool = True


class Number(Entry, frozen=True, kw_only=True):
    """Identity number; a former one has the status `opphoert`."""

    foedsels_eller_d_nummer: str
    status: str = "iBruk"


class Name(Entry, frozen=True, kw_only=True):
    """Name; each part up to 200 characters."""

    fornavn: str = ""
    mellomnavn: str | None = None
    etternavn: str = ""


class Birth(Entry, frozen=True, kw_only=True):
    """Birth; only the year is always known."""

    foedselsdato: date | None = None
    foedselsaar: str | int | None = None


class Status(Entry, frozen=True, kw_only=True):
    """Status in the register (personstatus)."""

    status: str


class PostTown(Part, frozen=True, kw_only=True):
    """Post code and town."""

    postnummer: str = ""
    poststedsnavn: str = ""


class HouseNumber(Part, frozen=True, kw_only=True):
    """Number and letter of a house."""

    husnummer: str | int = ""
    husbokstav: str | None = None


class StreetAddress(Part, frozen=True, kw_only=True):
    """Address in a named street (vegadresse)."""

    adressenavn: str = ""
    adressenummer: HouseNumber = HouseNumber()
    kommunenummer: str = ""
    adressekode: str | int | None = None
    adressetilleggsnavn: str | None = None
    bruksenhetsnummer: str | None = None
    co_adressenavn: str | None = None
    poststed: PostTown = PostTown()


class PropertyNumber(Part, frozen=True, kw_only=True):
    """Number of a property in the cadastre (matrikkelnummer)."""

    kommunenummer: str = ""
    gaardsnummer: int = 0
    bruksnummer: int = 0
    festenummer: int | None = None


class PropertyAddress(Part, frozen=True, kw_only=True):
    """Address without a street name, by the property's number (matrikkeladresse)."""

    matrikkelnummer: PropertyNumber
    undernummer: int | None = None
    adressetilleggsnavn: str | None = None
    bruksenhetsnummer: str | None = None
    co_adressenavn: str | None = None
    poststed: PostTown = PostTown()


class UnknownAddress(Part, frozen=True, kw_only=True):
    """Resident somewhere in a municipality (ukjent bosted)."""

    bostedskommune: str | None = None


class Address(Entry, frozen=True, kw_only=True):
    """A residence (bostedsadresse), or the second home of a child (delt bosted)."""

    vegadresse: StreetAddress | None = None
    matrikkeladresse: PropertyAddress | None = None
    ukjent_bosted: UnknownAddress | None = None
    adressegradering: str = "ugradert"
    adresse_identifikator_fra_matrikkelen: str | int | None = None


class FreeFormAddress(Part, frozen=True, kw_only=True):
    """Lines as somebody wrote them."""

    adresselinje: tuple[str, ...] = ()
    poststed: PostTown = PostTown()


class BoxAddress(Part, frozen=True, kw_only=True):
    """A box at the post office."""

    postboks: str = ""
    poststed: PostTown = PostTown()


class ForeignAddress(Part, frozen=True, kw_only=True):
    """An address abroad, by parts or by lines."""

    adressenavn_nummer: str | None = None
    adresselinje: tuple[str, ...] = ()
    postkode: str | None = None
    by_eller_stedsnavn: str | None = None
    landkode: str = ""


class PostalEntry(Entry, frozen=True, kw_only=True):
    """Where post goes (postadresse, postadresse i utlandet)."""

    vegadresse: StreetAddress | None = None
    postboksadresse: BoxAddress | None = None
    postadresse_i_fritt_format: FreeFormAddress | None = None
    utenlandsk_adresse: ForeignAddress | None = None
    utenlandsk_adresse_i_fritt_format: ForeignAddress | None = None


class ProtectionEntry(Entry, frozen=True, kw_only=True):
    """Protection of the person's addresses (adressebeskyttelse)."""

    graderingsnivaa: str


class SamiUse(Entry, frozen=True, kw_only=True):
    """Sami languages the person says it uses (bruk av samisk språk)."""

    spraak: tuple[str, ...] = ()


class Unregistered(Part, frozen=True, kw_only=True):
    """Somebody without an identity number."""

    navn: Name | None = None


class Holder(Entry, frozen=True, kw_only=True):
    """One holder of parental responsibility, on the child's document (foreldreansvar)."""

    ansvar: str = "ukjent"
    ansvarlig: str | None = None
    ansvarlig_uten_identifikator: Unregistered | None = None
    ansvarssubjekt: str | None = None
    """Set on an adult's document instead: the child answered for."""


class PersonDocument(Part, frozen=True, kw_only=True):
    """One person; a part that was not asked for is empty."""

    identifikasjonsnummer: tuple[Number, ...] = ()
    navn: tuple[Name, ...] = ()
    foedsel: tuple[Birth, ...] = ()
    status: tuple[Status, ...] = ()
    bostedsadresse: tuple[Address, ...] = ()
    delt_bosted: tuple[Address, ...] = ()
    postadresse: tuple[PostalEntry, ...] = ()
    postadresse_i_utlandet: tuple[PostalEntry, ...] = ()
    adressebeskyttelse: tuple[ProtectionEntry, ...] = ()
    foreldreansvar: tuple[Holder, ...] = ()
    bruk_av_samisk_spraak: tuple[SamiUse, ...] = ()


E = TypeVar("E", bound=Entry)

_LOCAL = ZoneInfo("Europe/Oslo")


def current(entries: Sequence[E]) -> E | None:
    """Return the entry in force."""
    return next((entry for entry in entries if entry.er_gjeldende), None)


def moment(text: str) -> datetime | None:
    """Return an instant; without an offset the register means local time."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo is not None else read.replace(tzinfo=_LOCAL)
