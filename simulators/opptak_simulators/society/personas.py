"""The unusual families: one builder for each persona."""

from collections.abc import Callable
from datetime import date, timedelta

from msgspec import structs

from opptak_simulators.society import places
from opptak_simulators.society.households import (
    Family,
    alone,
    couple,
    joint,
    known,
    parent,
    speak_north_sami,
)
from opptak_simulators.society.model import (
    Address,
    AddressKind,
    CivilState,
    Custody,
    Grading,
    Move,
    Name,
    Parent,
    Persona,
    Responsibility,
    Role,
    Sex,
    SharedResidence,
    Unregistered,
)
from opptak_simulators.society.registrar import Registrar

INSTITUTION = "310000018"
"""Organisation number of the invented child welfare institution."""

OUTSIDE = "5601"
"""A municipality (Alta) that is not part of the training country; people come from and leave for it."""

UNCOUNTED = frozenset({Persona.STRICTLY_CONFIDENTIAL, Persona.MOVES_IN})
"""Personas whose child does not live in the municipality on 1 January."""


def raise_family(registrar: Registrar, persona: Persona, births: tuple[date, ...]) -> Family:
    """Register the family of a persona; twins need two birth dates, every other persona one."""
    return _BUILDERS[persona](registrar, births)


def two_parents(registrar: Registrar, births: tuple[date, ...]) -> Family:
    return _family(registrar, births, home=registrar.home())


def _family(
    registrar: Registrar,
    births: tuple[date, ...],
    *,
    home: Address,
    roles: tuple[Role, Role] = (Role.MOTHER, Role.FATHER),
) -> Family:
    """A married couple with joint responsibility."""
    name = registrar.family_name()
    parents = couple(registrar, children=births, home=home, family_name=name, roles=roles)
    registrar.marry(*parents)
    children = tuple(
        registrar.child(
            born,
            family_name=name,
            home=home,
            parents=known(*zip(roles, parents, strict=True)),
            custody=joint(*parents),
        )
        for born in births
    )
    return Family(parents=parents, children=children)


def _one_parent(registrar: Registrar, births: tuple[date, ...], *, home: Address) -> Family:
    """A mother who alone answers for her child."""
    name = registrar.family_name()
    mother = parent(registrar, Role.MOTHER, children=births, home=home, family_name=name)
    child = registrar.child(
        births[0],
        family_name=name,
        home=home,
        parents=known((Role.MOTHER, mother)),
        custody=alone(mother),
    )
    return Family(parents=(mother,), children=(child,))


def single_mother(registrar: Registrar, births: tuple[date, ...]) -> Family:
    return _one_parent(registrar, births, home=registrar.home())


def shared_residence(registrar: Registrar, births: tuple[date, ...]) -> Family:
    """Divorced, joint responsibility, the child at home with both."""
    family = _family(registrar, births, home=registrar.home())
    _, father = family.parents
    second_home = registrar.home()
    for one in family.parents:
        registrar.amend(one, civil_state=CivilState.DIVORCED, spouse=None)
    registrar.amend(father, residence=second_home)
    since = births[0] + timedelta(days=60)
    registrar.amend(family.children[0], shared_residence=SharedResidence(second_home, since))
    return family


def parent_without_number(registrar: Registrar, births: tuple[date, ...]) -> Family:
    """The father lives abroad and the register knows only his name."""
    family = _one_parent(registrar, births, home=registrar.home())
    abroad = Unregistered(
        name=Name("Teemu", "Hillapolku"), born=date(1991, 6, 3), sex=Sex.MALE, citizenship="FIN"
    )
    child, mother = family.children[0], family.parents[0]
    registrar.amend(
        child,
        parents=(*child.parents, Parent(Role.FATHER, unregistered=abroad)),
        custody=(*joint(mother), Custody(Responsibility.JOINT, unregistered=abroad)),
    )
    return family


def foster_child(registrar: Registrar, births: tuple[date, ...]) -> Family:
    """The child lives with foster parents, one of whom holds the responsibility."""
    home, name = registrar.home(), registrar.family_name()
    carers = couple(registrar, children=births, home=home, family_name=registrar.family_name())
    mother = parent(registrar, Role.MOTHER, children=births, home=registrar.home(), family_name=name)
    child = registrar.child(
        births[0],
        family_name=name,
        home=home,
        parents=known((Role.MOTHER, mother)),
        custody=(Custody(Responsibility.OTHERS, carers[0].pid),),
    )
    return Family(parents=carers, children=(child,))


def institution_child(registrar: Registrar, births: tuple[date, ...]) -> Family:
    """An organisation answers for the child, whose address would give its situation away."""
    family = _one_parent(registrar, births, home=registrar.home())
    registrar.amend(
        family.children[0],
        residence=structs.replace(registrar.home(), grading=Grading.INSTITUTION),
        custody=(Custody(Responsibility.OTHERS, organisation=INSTITUTION),),
    )
    return family


def confidential(registrar: Registrar, births: tuple[date, ...]) -> Family:
    home = structs.replace(registrar.home(), grading=Grading.CONFIDENTIAL)
    family = _one_parent(registrar, births, home=home)
    for member in family.members:
        registrar.amend(member, protection=Grading.CONFIDENTIAL)
    return family


def strictly_confidential(registrar: Registrar, births: tuple[date, ...]) -> Family:
    """No residence at all: the family is found by number only, never by municipality."""
    family = _one_parent(registrar, births, home=registrar.home())
    for member in family.members:
        registrar.amend(member, residence=None, protection=Grading.STRICTLY_CONFIDENTIAL)
    return family


def unknown_residence(registrar: Registrar, births: tuple[date, ...]) -> Family:
    nowhere = Address(kind=AddressKind.UNKNOWN, municipality=registrar.municipality.number)
    return _one_parent(registrar, births, home=nowhere)


def cadastral_address(registrar: Registrar, births: tuple[date, ...]) -> Family:
    return _family(registrar, births, home=registrar.cadastral_home())


def d_number_parent(registrar: Registrar, births: tuple[date, ...]) -> Family:
    """The father works here for a while and has a D-number but no residence."""
    family = _one_parent(registrar, births, home=registrar.home())
    mother, child = family.parents[0], family.children[0]
    born = date(births[0].year - registrar.rng.randrange(22, 35), 6, 10)
    father = registrar.adult(
        Sex.MALE, born=born, family_name=registrar.family_name(), home=None, d_number=True
    )
    father = registrar.amend(father, citizenship="LVA")
    registrar.amend(
        child,
        parents=known((Role.MOTHER, mother), (Role.FATHER, father)),
        custody=joint(mother, father),
    )
    return Family(parents=(mother, father), children=(child,))


def co_mother(registrar: Registrar, births: tuple[date, ...]) -> Family:
    return _family(registrar, births, home=registrar.home(), roles=(Role.MOTHER, Role.CO_MOTHER))


def sibling_elsewhere(registrar: Registrar, births: tuple[date, ...]) -> Family:
    """An elder sibling lives with the father in the neighbouring municipality."""
    family = _family(registrar, births, home=registrar.home())
    mother, father = family.parents
    street = registrar.rng.choice(places.streets(registrar.municipality.neighbour))
    there = street.address(places.HOUSES_PER_STREET)
    for one in family.parents:
        registrar.amend(one, civil_state=CivilState.DIVORCED, spouse=None)
    registrar.amend(father, residence=there)
    registrar.child(
        date(registrar.intake_year - 9, 4, 20),
        family_name=family.children[0].name.last,
        home=there,
        parents=family.children[0].parents,
        custody=joint(mother, father),
    )
    return family


def dead_parent(registrar: Registrar, births: tuple[date, ...]) -> Family:
    family = _family(registrar, births, home=registrar.home())
    mother, father = family.parents
    registrar.amend(father, died=births[0] + timedelta(days=20), spouse=None)
    registrar.amend(mother, civil_state=CivilState.WIDOWED, spouse=None)
    registrar.amend(family.children[0], custody=alone(mother))
    return family


def long_name(registrar: Registrar, births: tuple[date, ...]) -> Family:
    family = two_parents(registrar, births)
    child = family.children[0]
    name = Name(registrar.long_first_name(child.sex), child.name.last)
    registrar.amend(child, name=name)
    return family


def north_sami(registrar: Registrar, births: tuple[date, ...]) -> Family:
    family = two_parents(registrar, births)
    name = registrar.family_name(sami=True)
    for member in family.members:
        registrar.amend(member, name=Name(member.name.first, name))
    speak_north_sami(registrar, family)
    return family


def number_changed(registrar: Registrar, births: tuple[date, ...]) -> Family:
    """The child's first number was replaced; looking it up leads to the present one."""
    family = two_parents(registrar, births)
    child = family.children[0]
    registrar.amend(child, former_numbers=(registrar.number(child.born, child.sex),))
    return family


def birth_date_differs(registrar: Registrar, births: tuple[date, ...]) -> Family:
    """The number names 2 September, the register 30 August: only the register counts."""
    home, year = registrar.home(), births[0].year
    name, born = registrar.family_name(), date(year, 8, 30)
    parents = couple(registrar, children=(born,), home=home, family_name=name)
    child = registrar.child(
        born,
        family_name=name,
        home=home,
        parents=known((Role.MOTHER, parents[0]), (Role.FATHER, parents[1])),
        custody=joint(*parents),
        numbered_as=date(year, 9, 2),
    )
    return Family(parents=parents, children=(child,))


def moves_in(registrar: Registrar, births: tuple[date, ...]) -> Family:
    """The family arrives two weeks after the usual deadline of 1 March."""
    family = _family(registrar, births, home=_outside(registrar))
    return _moving(registrar, family, to=registrar.home())


def moves_out(registrar: Registrar, births: tuple[date, ...]) -> Family:
    """The family leaves two weeks after the usual deadline of 1 March."""
    family = _family(registrar, births, home=registrar.home())
    return _moving(registrar, family, to=_outside(registrar))


def _moving(registrar: Registrar, family: Family, *, to: Address) -> Family:
    move = Move(on=date(registrar.intake_year, 3, 15), to=to)
    for member in family.members:
        registrar.amend(member, moves=(move,))
    return family


def _outside(registrar: Registrar) -> Address:
    return Address(
        kind=AddressKind.STREET,
        municipality=OUTSIDE,
        id=int(OUTSIDE) * 10_000_000 + registrar.municipality.lane,
        street="Flyttfuglveien",
        code=1100,
        number=1 + registrar.rng.randrange(60),
        unit="H0101",
        postcode="9510",
        town="ALTA",
        lat=69.9689,
        lon=23.2716,
    )


_BUILDERS: dict[Persona, Callable[[Registrar, tuple[date, ...]], Family]] = {
    Persona.TWO_PARENTS: two_parents,
    Persona.SHARED_RESIDENCE: shared_residence,
    Persona.SINGLE_MOTHER: single_mother,
    Persona.PARENT_WITHOUT_NUMBER: parent_without_number,
    Persona.FOSTER_CHILD: foster_child,
    Persona.INSTITUTION_CHILD: institution_child,
    Persona.CONFIDENTIAL: confidential,
    Persona.STRICTLY_CONFIDENTIAL: strictly_confidential,
    Persona.UNKNOWN_RESIDENCE: unknown_residence,
    Persona.CADASTRAL_ADDRESS: cadastral_address,
    Persona.D_NUMBER_PARENT: d_number_parent,
    Persona.CO_MOTHER: co_mother,
    Persona.TWINS: two_parents,
    Persona.SIBLING_ELSEWHERE: sibling_elsewhere,
    Persona.DEAD_PARENT: dead_parent,
    Persona.LONG_NAME: long_name,
    Persona.NORTH_SAMI: north_sami,
    Persona.NUMBER_CHANGED: number_changed,
    Persona.BIRTH_DATE_DIFFERS: birth_date_differs,
    Persona.MOVES_IN: moves_in,
    Persona.MOVES_OUT: moves_out,
}
