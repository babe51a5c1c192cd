"""Ordinary families: who lives together, how siblings are spaced, who holds responsibility."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from msgspec import Struct

from opptak_simulators.society.model import (
    Address,
    CivilState,
    Custody,
    Parent,
    Person,
    Responsibility,
    Role,
    Sex,
)
from opptak_simulators.society.registrar import Registrar

_SIBLING_SHARE = 0.42
_OLDER_SIBLING_SHARE = 0.4
_SHORTEST_GAP = timedelta(days=400)
_MOST_SMALL_CHILDREN = 3
_LOOK_BACK = 60

_SEX_OF = {Role.MOTHER: Sex.FEMALE, Role.CO_MOTHER: Sex.FEMALE, Role.FATHER: Sex.MALE}


class Family(Struct, frozen=True):
    """People who share a fate: the parents found in the register, and the children."""

    parents: tuple[Person, ...]
    children: tuple[Person, ...]

    @property
    def members(self) -> tuple[Person, ...]:
        return self.parents + self.children


def sibships(births: Sequence[date], rng: Random) -> list[list[date]]:
    """Gather birth dates into families of one to three small children."""
    families: list[list[date]] = []
    for born in births:
        recent = families[-_LOOK_BACK:] if rng.random() < _SIBLING_SHARE else []
        fitting = next((family for family in recent if _fits(family, born)), None)
        if fitting is None:
            families.append([born])
        else:
            fitting.append(born)
    return families


def _fits(family: list[date], born: date) -> bool:
    spaced = all(abs(born - other) >= _SHORTEST_GAP for other in family)
    return spaced and len(family) < _MOST_SMALL_CHILDREN


def parent(
    registrar: Registrar, role: Role, *, children: Sequence[date], home: Address, family_name: str
) -> Person:
    """Register a parent who was 21 to 37 years old at the first of the births."""
    age = registrar.rng.randrange(21, 38)
    born = min(children).replace(day=1) - timedelta(days=365 * age + registrar.rng.randrange(365))
    return registrar.adult(_SEX_OF[role], born=born, family_name=family_name, home=home)


def couple(
    registrar: Registrar,
    *,
    children: Sequence[date],
    home: Address,
    family_name: str,
    roles: tuple[Role, Role] = (Role.MOTHER, Role.FATHER),
) -> tuple[Person, Person]:
    """Register two parents at one address."""
    one, other = (
        parent(registrar, role, children=children, home=home, family_name=family_name) for role in roles
    )
    return one, other


def known(*parents: tuple[Role, Person]) -> tuple[Parent, ...]:
    """The parents as a child's entry names them."""
    return tuple(Parent(role, person.pid) for role, person in parents)


def joint(*parents: Person) -> tuple[Custody, ...]:
    """Joint responsibility (felles): one entry for each holder."""
    return tuple(Custody(Responsibility.JOINT, person.pid) for person in parents)


def alone(mother: Person) -> tuple[Custody, ...]:
    """The mother's responsibility alone."""
    return (Custody(Responsibility.MOTHER, mother.pid),)


def speak_north_sami(registrar: Registrar, family: Family) -> None:
    """Note Northern Sami for the whole family (bruk av samisk språk)."""
    for member in family.members:
        registrar.amend(member, north_sami=True)


def ordinary_family(registrar: Registrar, births: Sequence[date]) -> Family:
    """Most parents live together; some have parted and answer for the children jointly."""
    rng = registrar.rng
    sami = rng.random() < registrar.municipality.sami_share
    family_name, home = registrar.family_name(sami=sami), registrar.home()
    everyone = [*births, *_older_siblings(registrar, births)]
    mother, father = couple(registrar, children=everyone, home=home, family_name=family_name)
    _settle(registrar, mother, father)
    children = tuple(
        registrar.child(
            born,
            family_name=family_name,
            home=home,
            parents=known((Role.MOTHER, mother), (Role.FATHER, father)),
            custody=joint(mother, father),
        )
        for born in everyone
    )
    family = Family(parents=(mother, father), children=children)
    if sami:
        speak_north_sami(registrar, family)
    return family


def _settle(registrar: Registrar, mother: Person, father: Person) -> None:
    lot = registrar.rng.random()
    if lot < 0.55:
        registrar.marry(mother, father)
    elif lot > 0.9:
        registrar.amend(father, residence=registrar.home())
        registrar.amend(mother, civil_state=CivilState.DIVORCED)
        registrar.amend(father, civil_state=CivilState.DIVORCED)


def _older_siblings(registrar: Registrar, births: Sequence[date]) -> list[date]:
    """At most one school child, born a year or more before the eldest of the small ones."""
    rng = registrar.rng
    if rng.random() > _OLDER_SIBLING_SHARE:
        return []
    year = min(min(births).year, registrar.intake_year - 5) - rng.randrange(2, 6)
    return [date(year, 1, 1) + timedelta(days=rng.randrange(365))]
