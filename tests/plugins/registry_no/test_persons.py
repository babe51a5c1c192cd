"""Mapping of documents, with the shapes the simulated country does not have."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from opptak.hooks.errors import Permanent
from opptak.hooks.types import CustodyKind, PersonState, PostalAddress, Protection
from opptak_registry_no.documents import PersonDocument, moment
from opptak_registry_no.persons import custodies, person_record

CHILD = "15832290065"
PARENT = "17859010067"

HOME: dict[str, Any] = {
    "vegadresse": {
        "kommunenummer": "5544",
        "adressenavn": "Måkeskjærstien",
        "adressenummer": {"husnummer": "12", "husbokstav": "B"},
        "adressekode": "1234",
        "bruksenhetsnummer": "H0101",
        "poststed": {"postnummer": "9151", "poststedsnavn": "STORSLETT"},
    },
    "adressegradering": "ugradert",
    "adresseIdentifikatorFraMatrikkelen": "77",
}


def document(**parts: Any) -> PersonDocument:
    """Return a minimal document with some parts changed."""
    basis: dict[str, Any] = {
        "identifikasjonsnummer": [{"foedselsEllerDNummer": CHILD, "status": "iBruk"}],
        "navn": [{"fornavn": "Klok", "etternavn": "Fjære", "erGjeldende": True}],
        "foedsel": [{"foedselsdato": "2022-03-15", "foedselsaar": "2022"}],
        "status": [{"status": "bosatt"}],
    }
    return msgspec.convert({**basis, **parts}, PersonDocument)


def test_record_of_a_street_address_is_whole() -> None:
    record = person_record(document(bostedsadresse=[HOME]))
    assert record.residence == PostalAddress(
        lines=("Måkeskjærstien 12B",),
        postcode="9151",
        place="STORSLETT",
        country="NO",
        municipality="5544",
        key="77/H0101",
        street_code="1234",
        number="12",
        letter="B",
    )
    assert (record.born_on, record.state, record.protection) == (
        date(2022, 3, 15),
        PersonState.RESIDENT,
        Protection.NONE,
    )


def test_record_takes_the_entry_in_force() -> None:
    old = {"fornavn": "Gammel", "etternavn": "Navn", "erGjeldende": False}
    new = {"fornavn": "Ny", "mellomnavn": "Stille", "etternavn": "Navn", "erGjeldende": True}
    record = person_record(document(navn=[old, new]))
    assert (record.given_name, record.family_name) == ("Ny Stille", "Navn")


def test_record_without_residence_has_none() -> None:
    assert person_record(document()).residence is None
    assert person_record(document(bostedsadresse=[{**HOME, "erGjeldende": False}])).residence is None


def test_dwelling_without_identifier_is_known_by_its_parts() -> None:
    unidentified = {key: value for key, value in HOME.items() if key != "adresseIdentifikatorFraMatrikkelen"}
    record = person_record(document(bostedsadresse=[unidentified]))
    assert record.residence is not None
    assert record.residence.key == "5544-1234-12-B/H0101"


def test_extra_lines_come_before_the_street() -> None:
    street = {**HOME["vegadresse"], "coAdressenavn": "c/o Nabo", "adressetilleggsnavn": "Solbakken"}
    record = person_record(document(bostedsadresse=[{**HOME, "vegadresse": street}]))
    assert record.residence is not None
    assert record.residence.lines == ("c/o Nabo", "Solbakken", "Måkeskjærstien 12B")


@pytest.mark.parametrize(
    ("number", "line"),
    [
        ({"gaardsnummer": 12, "bruksnummer": 3, "festenummer": 0}, "12/3"),
        ({"gaardsnummer": 12, "bruksnummer": 3, "festenummer": 45}, "12/3/45"),
    ],
)
def test_property_number_stands_for_a_street(number: dict[str, int], line: str) -> None:
    home = {"matrikkeladresse": {"matrikkelnummer": {"kommunenummer": "5544", **number}, "undernummer": None}}
    record = person_record(document(bostedsadresse=[home]))
    assert record.residence is not None
    assert record.residence.lines == (line,)
    assert record.residence.key == f"5544-{line}"


@pytest.mark.parametrize(
    ("grade", "level"),
    [
        ("ugradert", Protection.NONE),
        ("klientadresse", Protection.CLIENT),
        ("fortrolig", Protection.CONFIDENTIAL),
        ("strengtFortrolig", Protection.STRICT),
    ],
)
def test_graded_address_protects(grade: str, level: Protection) -> None:
    record = person_record(document(bostedsadresse=[{**HOME, "adressegradering": grade}]))
    assert record.protection is level
    assert (record.residence is None) == (level is Protection.STRICT)


def test_strictest_level_wins() -> None:
    record = person_record(
        document(
            bostedsadresse=[{**HOME, "adressegradering": "klientadresse"}],
            adressebeskyttelse=[{"graderingsnivaa": "strengtFortrolig"}],
            deltBosted=[HOME],
        )
    )
    assert record.protection is Protection.STRICT
    assert record.residence is None
    assert record.shared_residence is None


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        (
            {"postboksadresse": {"postboks": "Postboks 7", "poststed": {"postnummer": "9156"}}},
            PostalAddress(lines=("Postboks 7",), postcode="9156", country="NO"),
        ),
        (
            {
                "postadresseIFrittFormat": {
                    "adresselinje": ["En", " ", "To"],
                    "poststed": {"postnummer": "9151"},
                }
            },
            PostalAddress(lines=("En", "To"), postcode="9151", country="NO"),
        ),
        (
            {
                "utenlandskAdresseIFrittFormat": {
                    "adresselinje": ["Sjögatan 1"],
                    "postkode": "981 31",
                    "byEllerStedsnavn": "KIRUNA",
                    "landkode": "SWE",
                }
            },
            PostalAddress(lines=("Sjögatan 1",), postcode="981 31", place="KIRUNA", country="SWE"),
        ),
        (
            {"utenlandskAdresse": {"adressenavnNummer": "Katu 2", "landkode": "FIN"}},
            PostalAddress(lines=("Katu 2",), country="FIN"),
        ),
        ({}, None),
    ],
)
def test_postal_addresses_of_all_shapes(post: dict[str, Any], expected: PostalAddress | None) -> None:
    assert person_record(document(postadresse=[post])).postal == expected


def test_postal_street_address_is_one_too() -> None:
    postal = person_record(document(postadresse=[{"vegadresse": HOME["vegadresse"]}])).postal
    assert postal is not None
    assert postal.lines == ("Måkeskjærstien 12B",)


def test_post_abroad_is_used_when_there_is_no_other() -> None:
    abroad = {"utenlandskAdresse": {"adressenavnNummer": "Katu 2", "landkode": "FIN"}}
    record = person_record(document(postadresseIUtlandet=[abroad]))
    assert record.postal is not None
    assert record.postal.country == "FIN"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("bosatt", PersonState.RESIDENT),
        ("utflyttet", PersonState.MOVED_OUT),
        ("doed", PersonState.DEAD),
        ("midlertidig", PersonState.OTHER),
        ("forsvunnet", PersonState.OTHER),
    ],
)
def test_status_is_mapped(status: str, state: PersonState) -> None:
    assert person_record(document(status=[{"status": status}])).state is state


def test_year_alone_becomes_its_first_day() -> None:
    assert person_record(document(foedsel=[{"foedselsaar": "1988"}])).born_on == date(1988, 1, 1)


@pytest.mark.parametrize("part", ["foedsel", "identifikasjonsnummer"])
def test_document_without_the_necessary_is_refused(part: str) -> None:
    with pytest.raises(Permanent):
        person_record(document(**{part: []}))


def test_sami_languages_have_their_tags() -> None:
    used = [{"spraak": ["nordsamisk", "lulesamisk", "soersamisk", "ukjent"]}]
    assert person_record(document(brukAvSamiskSpraak=used)).languages == ("se", "smj", "sma")


def test_former_numbers_are_kept() -> None:
    numbers = [
        {"foedselsEllerDNummer": PARENT, "status": "opphoert", "erGjeldende": False},
        {"foedselsEllerDNummer": CHILD, "status": "iBruk", "erGjeldende": True},
    ]
    record = person_record(document(identifikasjonsnummer=numbers))
    assert (record.identity_number, record.former_numbers) == (CHILD, (PARENT,))


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("felles", CustodyKind.JOINT),
        ("mor", CustodyKind.SOLE),
        ("far", CustodyKind.SOLE),
        ("medmor", CustodyKind.SOLE),
        ("andre", CustodyKind.OTHER),
        ("ukjent", CustodyKind.UNKNOWN),
    ],
)
def test_responsibility_is_mapped(word: str, kind: CustodyKind) -> None:
    child = document(foreldreansvar=[{"ansvar": word, "ansvarlig": PARENT}], bostedsadresse=[HOME])
    parent = document(
        identifikasjonsnummer=[{"foedselsEllerDNummer": PARENT, "status": "iBruk"}], bostedsadresse=[HOME]
    )
    (custody,) = custodies(CHILD, child, {PARENT: parent})
    assert (custody.guardian, custody.kind, custody.lives_with) == (PARENT, kind, True)


def test_past_responsibility_and_one_s_own_children_are_left_out() -> None:
    entries = [
        {"ansvar": "mor", "ansvarlig": PARENT, "erGjeldende": False},
        {"ansvar": "felles", "ansvarssubjekt": CHILD},
    ]
    assert list(custodies(CHILD, document(foreldreansvar=entries), {})) == []


def test_guardian_under_a_former_number_gets_the_one_in_use() -> None:
    child = document(foreldreansvar=[{"ansvar": "mor", "ansvarlig": "29828810055"}])
    parent = document(identifikasjonsnummer=[{"foedselsEllerDNummer": PARENT, "status": "iBruk"}])
    (custody,) = custodies(CHILD, child, {"29828810055": parent})
    assert custody.guardian == PARENT
    assert not custody.lives_with


def test_people_without_a_known_dwelling_do_not_live_together() -> None:
    nowhere = [{"ukjentBosted": {"bostedskommune": "5544"}}]
    child = document(foreldreansvar=[{"ansvar": "mor", "ansvarlig": PARENT}], bostedsadresse=nowhere)
    (custody,) = custodies(CHILD, child, {PARENT: document(bostedsadresse=nowhere)})
    assert not custody.lives_with


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2027-01-11T10:00:00+01:00", datetime(2027, 1, 11, 9, tzinfo=UTC)),
        ("2027-01-11T10:00:00", datetime(2027, 1, 11, 9, tzinfo=UTC)),
        ("2027-07-11T10:00:00+02", datetime(2027, 7, 11, 10, tzinfo=timezone(timedelta(hours=2)))),
        ("last week", None),
    ],
)
def test_moment_without_offset_is_local(text: str, instant: datetime | None) -> None:
    assert moment(text) == instant
