from collections import Counter
from datetime import date
from itertools import chain

import msgspec
import pytest

from opptak_simulators.no.krr import can_be_notified
from opptak_simulators.population import country as make_country
from opptak_simulators.population import intake_year
from opptak_simulators.society import places
from opptak_simulators.society.model import (
    AddressKind,
    ContactStatus,
    Country,
    Grading,
    Person,
    Persona,
    Responsibility,
    Role,
)
from opptak_simulators.society.numbers import is_synthetic
from tests.simulators.conftest import START

ALL = [municipality.slug for municipality in places.municipalities()]
TODAY = date(2026, 11, 22)


def child(country: Country, persona: Persona) -> Person:
    return country.people[country.personas[persona][0]]


def test_country_of_the_same_seed_is_the_same_byte_for_byte() -> None:
    one, other = (
        msgspec.json.encode(make_country(["nordreisa", "kafjord"], seed=3, today=TODAY)) for _ in range(2)
    )

    assert one == other


def test_country_of_another_seed_has_other_people() -> None:
    one, other = (make_country(["storfjord"], seed=seed, today=TODAY) for seed in (1, 2))

    assert not one.people.keys() & other.people.keys()


def test_country_keeps_a_municipality_the_same_whoever_else_is_there(country: Country) -> None:
    together = make_country(["kafjord", "nordreisa"], seed=1, today=START.date())

    assert country.people.items() <= together.people.items()


def test_country_refuses_a_preset_nobody_knows() -> None:
    with pytest.raises(KeyError):
        make_country(["atlantis"], seed=1, today=TODAY)


@pytest.mark.parametrize(
    ("today", "year"), [(date(2026, 7, 31), 2026), (date(2026, 8, 1), 2027), (date(2027, 3, 1), 2027)]
)
def test_intake_year_turns_in_august(today: date, year: int) -> None:
    assert intake_year(today) == year


@pytest.mark.parametrize("slug", ALL)
def test_ages_equal_the_statistics(slug: str) -> None:
    municipality = places.municipality(slug)
    country = make_country([slug], seed=5, today=TODAY)
    first = date(country.intake_year, 1, 1)

    ages = Counter(
        first.year - 1 - person.born.year
        for person in country.people.values()
        if (home := person.residence_on(first)) is not None and home.municipality == municipality.number
    )

    assert tuple(ages[age] for age in range(6)) == places.age_counts(municipality.number)


def test_every_number_is_synthetic_and_unique() -> None:
    country = make_country(ALL, seed=1, today=TODAY)
    parts = [make_country([slug], seed=1, today=TODAY) for slug in ALL]

    assert all(map(is_synthetic, country.people))
    assert len(country.people) == sum(len(part.people) for part in parts)


def test_nordreisa_has_about_sixty_children_with_a_right_and_no_place() -> None:
    for seed in range(1, 11):
        country = make_country(["nordreisa"], seed=seed, today=TODAY)
        placed = {place.child for place in country.placements}
        waiting = [
            person
            for person in country.people.values()
            if date(2022, 1, 1) <= person.born <= date(2026, 11, 30)
            and person.residence is not None
            and person.residence.municipality == "5544"
            and person.pid not in placed
        ]
        assert 50 <= len(waiting) <= 66


@pytest.mark.parametrize("slug", ALL)
def test_placements_stay_within_the_children_of_each_unit(slug: str) -> None:
    country = make_country([slug], seed=1, today=TODAY)
    units = {unit.orgnr: unit for unit in places.kindergartens()}

    taken = Counter(place.kindergarten for place in country.placements)

    assert taken
    assert all(count <= (units[orgnr].children or 0) for orgnr, count in taken.items())
    assert len({place.child for place in country.placements}) == len(country.placements)


def test_placements_end_in_july_for_those_who_start_school(country: Country) -> None:
    ends = {
        place.until
        for place in country.placements
        if country.people[place.child].born.year == country.intake_year - 6
    }

    assert ends == {date(country.intake_year, 7, 31)}


def test_nobody_lives_in_a_street_of_the_real_kindergartens() -> None:
    country = make_country(ALL, seed=1, today=TODAY)
    real = {address.street for address in places.kindergarten_addresses() if address.street}

    lived_in = {person.residence.street for person in country.people.values() if person.residence is not None}

    assert len(lived_in) > 100
    assert not lived_in & real


def test_every_relation_leads_to_somebody(country: Country) -> None:
    related = chain.from_iterable(
        (
            *(parent.pid for parent in person.parents),
            *(custody.holder for custody in person.custody),
            person.spouse,
        )
        for person in country.people.values()
    )

    assert {pid for pid in related if pid is not None} <= country.people.keys()


def test_every_persona_is_there(country: Country) -> None:
    assert [persona for persona in Persona if not country.personas[persona]] == []


def test_shared_residence_is_at_the_other_parents(country: Country) -> None:
    person = child(country, Persona.SHARED_RESIDENCE)
    assert person.shared_residence is not None
    homes = {country.people[c.holder].residence for c in person.custody if c.holder}

    assert homes == {person.residence, person.shared_residence.address}


def test_custody_of_the_unusual_families(country: Country) -> None:
    kinds = {
        persona: [custody.responsibility for custody in child(country, persona).custody]
        for persona in (
            Persona.TWO_PARENTS,
            Persona.SINGLE_MOTHER,
            Persona.PARENT_WITHOUT_NUMBER,
            Persona.FOSTER_CHILD,
            Persona.INSTITUTION_CHILD,
            Persona.DEAD_PARENT,
        )
    }

    assert kinds == {
        Persona.TWO_PARENTS: [Responsibility.JOINT, Responsibility.JOINT],
        Persona.SINGLE_MOTHER: [Responsibility.MOTHER],
        Persona.PARENT_WITHOUT_NUMBER: [Responsibility.JOINT, Responsibility.JOINT],
        Persona.FOSTER_CHILD: [Responsibility.OTHERS],
        Persona.INSTITUTION_CHILD: [Responsibility.OTHERS],
        Persona.DEAD_PARENT: [Responsibility.MOTHER],
    }


def test_homes_of_the_unusual_families(country: Country) -> None:
    homes = {
        persona: child(country, persona).residence
        for persona in (Persona.UNKNOWN_RESIDENCE, Persona.CADASTRAL_ADDRESS, Persona.CONFIDENTIAL)
    }

    assert child(country, Persona.STRICTLY_CONFIDENTIAL).residence is None
    assert {persona: home and (home.kind, home.grading) for persona, home in homes.items()} == {
        Persona.UNKNOWN_RESIDENCE: (AddressKind.UNKNOWN, Grading.OPEN),
        Persona.CADASTRAL_ADDRESS: (AddressKind.CADASTRAL, Grading.OPEN),
        Persona.CONFIDENTIAL: (AddressKind.STREET, Grading.CONFIDENTIAL),
    }


def test_movers_cross_the_border_after_the_deadline(country: Country) -> None:
    before, after = date(2027, 3, 14), date(2027, 3, 15)

    crossings = {
        persona: tuple(
            home.municipality if (home := child(country, persona).residence_on(day)) else None
            for day in (before, after)
        )
        for persona in (Persona.MOVES_IN, Persona.MOVES_OUT)
    }

    assert crossings == {Persona.MOVES_IN: ("5601", "5544"), Persona.MOVES_OUT: ("5544", "5601")}


def test_details_of_the_unusual_children(country: Country) -> None:
    twins = [country.people[pid] for pid in country.personas[Persona.TWINS]]
    renumbered = child(country, Persona.NUMBER_CHANGED)
    differs = child(country, Persona.BIRTH_DATE_DIFFERS)

    assert len({twin.born for twin in twins}) == 1
    assert len(child(country, Persona.LONG_NAME).name.first) == 200
    assert child(country, Persona.NORTH_SAMI).north_sami is True
    assert country.person(renumbered.former_numbers[0]) is renumbered
    assert (differs.born.day, differs.pid[:2]) == (30, "02")
    assert {parent.role for parent in child(country, Persona.CO_MOTHER).parents} == {
        Role.MOTHER,
        Role.CO_MOTHER,
    }


def test_d_number_parent_holds_no_residence(country: Country) -> None:
    holders = child(country, Persona.D_NUMBER_PARENT).custody
    adults = [country.people[custody.holder] for custody in holders if custody.holder]

    assert [(adult.pid[0] > "3", adult.residence is None) for adult in adults] == [
        (False, False),
        (True, True),
    ]


def test_sibling_elsewhere_lives_in_the_neighbouring_municipality(country: Country) -> None:
    parents = child(country, Persona.SIBLING_ELSEWHERE).parents
    siblings = country.children[parents[0].pid or ""]

    homes = {home.municipality for pid in siblings if (home := country.people[pid].residence) is not None}

    assert homes == {"5544", "5540"}


def test_northern_sami_is_more_common_where_it_should_be() -> None:
    def share(slug: str) -> float:
        children = [
            person
            for seed in range(1, 9)
            for person in make_country([slug], seed=seed, today=TODAY).people.values()
            if person.custody
        ]
        return sum(child.north_sami for child in children) / len(children)

    assert 0.04 < share("nordreisa") < 0.13
    assert 0.10 < share("kafjord") < 0.22


def test_contact_register_knows_every_habit(country: Country) -> None:
    entries = list(country.contacts.values())

    assert {entry.status for entry in entries} == {ContactStatus.ACTIVE, ContactStatus.DELETED}
    assert {entry.language for entry in entries} >= {"nb", "nn", "se", "en", None}
    assert any(entry.reserved for entry in entries)
    assert any(entry.mobile and not entry.email for entry in entries)
    assert any(entry.email and not entry.mobile for entry in entries)
    assert any(
        entry.email and not entry.reserved and not can_be_notified(entry, at=START) for entry in entries
    )


def test_contact_data_can_belong_to_nobody(country: Country) -> None:
    entries = country.contacts.values()

    assert all(e.email.value.endswith("@example.org") for e in entries if e.email)
    assert all(e.mobile.value.startswith("+4700") for e in entries if e.mobile)
    assert not any(country.people[pid].custody for pid in country.contacts)
