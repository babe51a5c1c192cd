"""The person document, property by property (Skatteetaten, person schema of the JSON API)."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time

from opptak_simulators.no.folkeregisteret.register import Register
from opptak_simulators.society.model import (
    Address,
    AddressKind,
    Custody,
    Grading,
    Name,
    Parent,
    Person,
    Role,
    Sex,
    Unregistered,
)

Element = dict[str, object]
Property = Callable[[Person, Register], "list[Element] | Element"]

SOURCE = "Treningslandet"
_FORWARDING = {
    "adresselinje": ["Videresending av sperret post", "Postboks 5"],
    "poststed": {"poststedsnavn": "OSLO", "postnummer": "0001"},
}


def document(person: Person, register: Register, *, properties: Iterable[str]) -> Element:
    """The chosen properties of a person; those without content are left out."""
    found = {name: PROPERTIES[name](person, register) for name in properties if name in PROPERTIES}
    return {name: content for name, content in found.items() if content}


def _current(fields: Element, *, since: date) -> Element:
    kept = datetime.combine(since, time(8), tzinfo=UTC).isoformat()
    return {
        "ajourholdstidspunkt": kept,
        "erGjeldende": True,
        "kilde": SOURCE,
        "gyldighetstidspunkt": kept,
        **fields,
    }


def _number(person: Person, _: Register) -> list[Element]:
    present: Element = {
        "status": "iBruk",
        "foedselsEllerDNummer": person.pid,
        "identifikatortype": "dNummer" if person.pid[0] > "3" else "foedselsnummer",
    }
    former: list[Element] = [
        {"status": "opphoert", "foedselsEllerDNummer": number, "erGjeldende": False}
        for number in person.former_numbers
    ]
    return [_current(present, since=person.born), *former]


def _name(person: Person, _: Register) -> list[Element]:
    return [_current(_name_fields(person.name), since=person.born)]


def _name_fields(name: Name) -> Element:
    return {"fornavn": name.first, "etternavn": name.last}


def _birth(person: Person, _: Register) -> list[Element]:
    fields: Element = {
        "foedselsdato": person.born.isoformat(),
        "foedselsaar": str(person.born.year),
        "foedeland": person.citizenship,
    }
    return [_current(fields, since=person.born)]


def _sex(person: Person, _: Register) -> list[Element]:
    return [_current({"kjoenn": person.sex}, since=person.born)]


def _status(person: Person, register: Register) -> list[Element]:
    return [_current({"status": register.status(person)}, since=person.settled)]


def _civil_state(person: Person, _: Register) -> list[Element]:
    fields: Element = {"sivilstand": person.civil_state}
    if person.spouse is not None:
        fields["relatertVedSivilstand"] = person.spouse
    return [_current(fields, since=person.settled)]


def _citizenship(person: Person, _: Register) -> list[Element]:
    return [_current({"statsborgerskap": person.citizenship}, since=person.born)]


def _identity_basis(person: Person, _: Register) -> list[Element]:
    return [_current({"status": "kontrollert"}, since=person.born)]


def _residence(person: Person, register: Register) -> list[Element]:
    home = person.residence_on(register.today)
    if home is None:
        return []
    moved = [move.on for move in person.moves if move.on <= register.today]
    since = moved[-1] if moved else person.settled
    fields = {**_address(home), "flyttedato": since.isoformat()}
    return [_current(fields, since=since)]


def _shared_residence(person: Person, _: Register) -> list[Element]:
    shared = person.shared_residence
    if shared is None:
        return []
    fields = {**_address(shared.address), "startdatoForKontrakt": shared.since.isoformat()}
    return [_current(fields, since=shared.since)]


def _post(person: Person, _: Register) -> list[Element]:
    """Strictly confidential persons are written to through an office that forwards."""
    if person.protection is not Grading.STRICTLY_CONFIDENTIAL:
        return []
    fields: Element = {"postadresseIFrittFormat": _FORWARDING, "adressegradering": Grading.OPEN}
    return [_current(fields, since=person.settled)]


def _protection(person: Person, _: Register) -> list[Element]:
    if person.protection is Grading.OPEN:
        return []
    return [_current({"graderingsnivaa": person.protection}, since=person.settled)]


def _death(person: Person, register: Register) -> Element:
    if person.died is None or person.died > register.today:
        return {}
    return _current({"doedsdato": person.died.isoformat()}, since=person.died)


def _sami(person: Person, _: Register) -> list[Element]:
    return [_current({"spraak": ["nordsamisk"]}, since=person.settled)] if person.north_sami else []


def _relations(person: Person, register: Register) -> list[Element]:
    parents = [_parent(parent) for parent in person.parents]
    children = [_child(person, child) for child in register.children(person)]
    relations = [*parents, *(child for child in children if child)]
    if person.spouse is not None:
        relations.append(
            {
                "relatertPerson": person.spouse,
                "relatertPersonsRolle": Role.SPOUSE,
                "minRolleForPerson": Role.SPOUSE,
            }
        )
    return [_current(relation, since=person.settled) for relation in relations]


def _parent(parent: Parent) -> Element:
    who: Element = {"relatertPerson": parent.pid}
    if parent.unregistered is not None:
        who = {"relatertPersonUtenFolkeregisteridentifikator": _unregistered(parent.unregistered)}
    return {**who, "relatertPersonsRolle": parent.role, "minRolleForPerson": Role.CHILD}


def _child(person: Person, child: Person) -> Element:
    """The relation seen from the parent; nothing when the adult is no parent of the child."""
    role = next((parent.role for parent in child.parents if parent.pid == person.pid), None)
    if role is None:
        return {}
    return {
        "relatertPerson": child.pid,
        "relatertPersonsRolle": Role.CHILD,
        "minRolleForPerson": role,
    }


def _responsibility(person: Person, register: Register) -> list[Element]:
    """On a child's document its holders, on an adult's document the children."""
    held: list[Element] = [
        {"ansvar": custody.responsibility, "ansvarssubjekt": child.pid}
        for child in register.children(person)
        for custody in child.custody
        if custody.holder == person.pid
    ]
    own = [_holder(custody) for custody in person.custody]
    return [_current(entry, since=person.settled) for entry in [*own, *held]]


def _holder(custody: Custody) -> Element:
    entry: Element = {"ansvar": custody.responsibility}
    if custody.holder is not None:
        entry["ansvarlig"] = custody.holder
    if custody.unregistered is not None:
        entry["ansvarligUtenIdentifikator"] = _unregistered(custody.unregistered)
    if custody.organisation is not None:
        entry["ansvarligOrganisasjon"] = custody.organisation
    return entry


def _unregistered(person: Unregistered) -> Element:
    return {
        "navn": _name_fields(person.name),
        "foedselsdato": person.born.isoformat(),
        "statsborgerskap": person.citizenship,
        "kjoenn": Sex(person.sex),
    }


def _address(address: Address) -> Element:
    return {
        address.kind: _SHAPES[address.kind](address),
        "adressegradering": address.grading,
        **({"adresseIdentifikatorFraMatrikkelen": str(address.id)} if address.id else {}),
    }


def _town(address: Address) -> Element:
    return {"poststedsnavn": address.town, "postnummer": address.postcode}


def _street(address: Address) -> Element:
    house: Element = {"husnummer": str(address.number)}
    if address.letter:
        house["husbokstav"] = address.letter
    return {
        "kommunenummer": address.municipality,
        "bruksenhetsnummer": address.unit,
        "bruksenhetstype": "bolig",
        "adressenavn": address.street,
        "adressenummer": house,
        "adressekode": str(address.code),
        "poststed": _town(address),
    }


def _cadastral(address: Address) -> Element:
    return {
        "matrikkelnummer": {
            "kommunenummer": address.municipality,
            "gaardsnummer": address.farm,
            "bruksnummer": address.holding,
            "festenummer": 0,
        },
        "adressetilleggsnavn": address.place,
        "poststed": _town(address),
    }


def _nowhere(address: Address) -> Element:
    return {"bostedskommune": address.municipality}


_SHAPES: dict[AddressKind, Callable[[Address], Element]] = {
    AddressKind.STREET: _street,
    AddressKind.CADASTRAL: _cadastral,
    AddressKind.UNKNOWN: _nowhere,
}

PROPERTIES: dict[str, Property] = {
    "identifikasjonsnummer": _number,
    "identitetsgrunnlag": _identity_basis,
    "status": _status,
    "doedsfall": _death,
    "sivilstand": _civil_state,
    "foedsel": _birth,
    "statsborgerskap": _citizenship,
    "kjoenn": _sex,
    "navn": _name,
    "bostedsadresse": _residence,
    "deltBosted": _shared_residence,
    "postadresse": _post,
    "adressebeskyttelse": _protection,
    "familierelasjon": _relations,
    "foreldreansvar": _responsibility,
    "brukAvSamiskSpraak": _sami,
}
