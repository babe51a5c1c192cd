"""From Folkeregisteret's documents to our records: pure."""

from collections.abc import Iterable, Mapping
from datetime import date

from opptak.hooks.errors import Permanent
from opptak.hooks.types import (
    Custody,
    CustodyKind,
    PersonRecord,
    PersonState,
    PostalAddress,
    Protection,
)
from opptak_registry_no.documents import (
    Address,
    Birth,
    ForeignAddress,
    Holder,
    Name,
    PersonDocument,
    PostalEntry,
    PostTown,
    PropertyAddress,
    StreetAddress,
    current,
)

__all__ = ("custodies", "dwellings", "person_record", "present_number", "protection")

COUNTRY = "NO"

_STATES = {
    "bosatt": PersonState.RESIDENT,
    "utflyttet": PersonState.MOVED_OUT,
    "doed": PersonState.DEAD,
}
_GRADES = {
    "klientadresse": Protection.CLIENT,
    "fortrolig": Protection.CONFIDENTIAL,
    "strengtFortrolig": Protection.STRICT,
}
_SEVERITY = tuple(Protection)
_KINDS = {
    "felles": CustodyKind.JOINT,
    "mor": CustodyKind.SOLE,
    "far": CustodyKind.SOLE,
    "medmor": CustodyKind.SOLE,
    "andre": CustodyKind.OTHER,
}
_SAMI = {"nordsamisk": "se", "lulesamisk": "smj", "soersamisk": "sma"}


def person_record(document: PersonDocument) -> PersonRecord:
    """Return the record; raises Permanent for a document without number or birth.

    Where only the year of birth is known (some holders of a D-number), the first of January stands for it.
    """
    level = protection(document)
    open_enough = level is not Protection.STRICT
    name = current(document.navn) or Name()
    status = current(document.status)
    sami = current(document.bruk_av_samisk_spraak)
    shared = current(document.delt_bosted)
    return PersonRecord(
        identity_number=present_number(document),
        given_name=" ".join(filter(None, (name.fornavn, name.mellomnavn))),
        family_name=name.etternavn,
        born_on=_born_on(current(document.foedsel)),
        state=_STATES.get(status.status if status else "", PersonState.OTHER),
        protection=level,
        residence=_address(current(document.bostedsadresse)) if open_enough else None,
        shared_residence=_address(shared) if open_enough else None,
        postal=_postal(current(document.postadresse) or current(document.postadresse_i_utlandet)),
        languages=tuple(_SAMI[word] for word in sami.spraak if word in _SAMI) if sami else (),
        former_numbers=_former_numbers(document),
    )


def present_number(document: PersonDocument) -> str:
    """Return the number in use; raises Permanent when there is none."""
    for number in document.identifikasjonsnummer:
        if number.status != "opphoert" and number.er_gjeldende:
            return number.foedsels_eller_d_nummer
    raise Permanent("document_without_number")


def protection(document: PersonDocument) -> Protection:
    """Return the strictest level found: the person's own, or that of an address."""
    levels = [
        _GRADES.get(entry.graderingsnivaa) for entry in document.adressebeskyttelse if entry.er_gjeldende
    ]
    homes = (*document.bostedsadresse, *document.delt_bosted)
    levels += [_GRADES.get(home.adressegradering) for home in homes if home.er_gjeldende]
    return max((level or Protection.NONE for level in levels), key=_SEVERITY.index, default=Protection.NONE)


def dwellings(document: PersonDocument) -> frozenset[str]:
    """Return the keys of the dwellings the person lives at; none for a strictly protected person."""
    if protection(document) is Protection.STRICT:
        return frozenset()
    lived_at = (_address(current(document.bostedsadresse)), _address(current(document.delt_bosted)))
    return frozenset(address.key for address in lived_at if address is not None and address.key)


def custodies(
    child: str, document: PersonDocument, guardians: Mapping[str, PersonDocument]
) -> Iterable[Custody]:
    """Return the holders of responsibility for a child; `guardians` are their documents, as far as known."""
    child_homes = dwellings(document)
    for holder in document.foreldreansvar:
        if holder.er_gjeldende and holder.ansvarssubjekt is None:
            found = guardians.get(holder.ansvarlig or "")
            yield Custody(
                child=child,
                guardian=present_number(found) if found is not None else holder.ansvarlig,
                kind=_KINDS.get(holder.ansvar, CustodyKind.UNKNOWN),
                lives_with=found is not None and not child_homes.isdisjoint(dwellings(found)),
                guardian_name=_unregistered_name(holder),
            )


def _unregistered_name(holder: Holder) -> str:
    person = holder.ansvarlig_uten_identifikator
    if person is None or person.navn is None:
        return ""
    return " ".join(filter(None, (person.navn.fornavn, person.navn.mellomnavn, person.navn.etternavn)))


def _born_on(birth: Birth | None) -> date:
    if birth is not None and birth.foedselsdato is not None:
        return birth.foedselsdato
    if birth is not None and birth.foedselsaar is not None:
        return date(int(birth.foedselsaar), 1, 1)
    raise Permanent("document_without_birth")


def _former_numbers(document: PersonDocument) -> tuple[str, ...]:
    return tuple(
        number.foedsels_eller_d_nummer
        for number in document.identifikasjonsnummer
        if number.status == "opphoert"
    )


def _address(entry: Address | None) -> PostalAddress | None:
    if entry is None:
        return None
    identifier = str(entry.adresse_identifikator_fra_matrikkelen or "")
    if entry.vegadresse is not None:
        return _street(entry.vegadresse, identifier=identifier)
    if entry.matrikkeladresse is not None:
        return _property(entry.matrikkeladresse, identifier=identifier)
    unknown = entry.ukjent_bosted
    return PostalAddress(country=COUNTRY, municipality=(unknown.bostedskommune or "") if unknown else "")


def _street(street: StreetAddress, *, identifier: str = "") -> PostalAddress:
    number = str(street.adressenummer.husnummer)
    letter = street.adressenummer.husbokstav or ""
    code = str(street.adressekode or "")
    place = identifier or "-".join((street.kommunenummer, code or street.adressenavn, number, letter))
    return PostalAddress(
        lines=_lines(
            street.co_adressenavn,
            street.adressetilleggsnavn,
            f"{street.adressenavn} {number}{letter}".strip(),
        ),
        postcode=street.poststed.postnummer,
        place=street.poststed.poststedsnavn,
        country=COUNTRY,
        municipality=street.kommunenummer,
        key=_key(place, street.bruksenhetsnummer),
        street_code=code,
        number=number,
        letter=letter,
    )


def _property(address: PropertyAddress, *, identifier: str) -> PostalAddress:
    number = address.matrikkelnummer
    text = f"{number.gaardsnummer}/{number.bruksnummer}"
    if number.festenummer:
        text += f"/{number.festenummer}"
    if address.undernummer:
        text += f"-{address.undernummer}"
    return PostalAddress(
        lines=_lines(address.co_adressenavn, address.adressetilleggsnavn, text),
        postcode=address.poststed.postnummer,
        place=address.poststed.poststedsnavn,
        country=COUNTRY,
        municipality=number.kommunenummer,
        key=_key(identifier or f"{number.kommunenummer}-{text}", address.bruksenhetsnummer),
    )


def _postal(entry: PostalEntry | None) -> PostalAddress | None:
    if entry is None:
        return None
    abroad = entry.utenlandsk_adresse or entry.utenlandsk_adresse_i_fritt_format
    if abroad is not None:
        return _abroad(abroad)
    if entry.vegadresse is not None:
        return _street(entry.vegadresse)
    if entry.postadresse_i_fritt_format is not None:
        return _post(entry.postadresse_i_fritt_format.adresselinje, entry.postadresse_i_fritt_format.poststed)
    if entry.postboksadresse is not None:
        return _post((entry.postboksadresse.postboks,), entry.postboksadresse.poststed)
    return None


def _post(lines: tuple[str, ...], town: PostTown) -> PostalAddress:
    return PostalAddress(
        lines=_lines(*lines), postcode=town.postnummer, place=town.poststedsnavn, country=COUNTRY
    )


def _abroad(address: ForeignAddress) -> PostalAddress:
    return PostalAddress(
        lines=_lines(address.adressenavn_nummer, *address.adresselinje),
        postcode=address.postkode or "",
        place=address.by_eller_stedsnavn or "",
        country=address.landkode,
    )


def _lines(*lines: str | None) -> tuple[str, ...]:
    return tuple(line.strip() for line in lines if line and line.strip())


def _key(place: str, dwelling: str | None) -> str:
    return f"{place}/{dwelling}" if dwelling else place
