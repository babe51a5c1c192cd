"""Values the training country is made of; every one of them can be written as JSON."""

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct


class Sex(StrEnum):
    FEMALE = "kvinne"
    MALE = "mann"


class AddressKind(StrEnum):
    """Which of the register's three shapes a residence has."""

    STREET = "vegadresse"
    CADASTRAL = "matrikkeladresse"
    UNKNOWN = "ukjentBosted"


class Grading(StrEnum):
    """Protection of one address (adressegradering)."""

    OPEN = "ugradert"
    INSTITUTION = "klientadresse"
    CONFIDENTIAL = "fortrolig"
    STRICTLY_CONFIDENTIAL = "strengtFortrolig"


class Role(StrEnum):
    """Part one person plays for another in a family relation."""

    MOTHER = "mor"
    FATHER = "far"
    CO_MOTHER = "medmor"
    CHILD = "barn"
    SPOUSE = "ektefelleEllerPartner"


class Responsibility(StrEnum):
    """Parental responsibility (foreldreansvar)."""

    JOINT = "felles"
    MOTHER = "mor"
    OTHERS = "andre"


class CivilState(StrEnum):
    """Sivilstand."""

    UNMARRIED = "ugift"
    MARRIED = "gift"
    DIVORCED = "skilt"
    WIDOWED = "enkeEllerEnkemann"


class Status(StrEnum):
    """Person status in the register (personstatus)."""

    RESIDENT = "bosatt"
    ACTIVE = "aktiv"
    DEAD = "doed"


class Persona(StrEnum):
    """A family every authority must be able to show at least once."""

    TWO_PARENTS = "two_parents"
    SHARED_RESIDENCE = "shared_residence"
    SINGLE_MOTHER = "single_mother"
    PARENT_WITHOUT_NUMBER = "parent_without_number"
    FOSTER_CHILD = "foster_child"
    INSTITUTION_CHILD = "institution_child"
    CONFIDENTIAL = "confidential"
    STRICTLY_CONFIDENTIAL = "strictly_confidential"
    UNKNOWN_RESIDENCE = "unknown_residence"
    CADASTRAL_ADDRESS = "cadastral_address"
    D_NUMBER_PARENT = "d_number_parent"
    CO_MOTHER = "co_mother"
    TWINS = "twins"
    SIBLING_ELSEWHERE = "sibling_elsewhere"
    DEAD_PARENT = "dead_parent"
    LONG_NAME = "long_name"
    NORTH_SAMI = "north_sami"
    NUMBER_CHANGED = "number_changed"
    BIRTH_DATE_DIFFERS = "birth_date_differs"
    MOVES_IN = "moves_in"
    MOVES_OUT = "moves_out"


class Name(Struct, frozen=True):
    first: str
    last: str

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}"


class Address(Struct, frozen=True):
    """One dwelling; `code` is the register's number of the street (adressekode)."""

    kind: AddressKind
    municipality: str
    grading: Grading = Grading.OPEN
    id: int = 0
    street: str = ""
    code: int = 0
    number: int = 0
    letter: str = ""
    unit: str = ""
    farm: int = 0
    holding: int = 0
    place: str = ""
    postcode: str = ""
    town: str = ""
    lat: float = 0.0
    lon: float = 0.0

    @property
    def line(self) -> str:
        """First line of a letter's address."""
        if self.kind is AddressKind.CADASTRAL:
            return f"{self.farm}/{self.holding}"
        return f"{self.street} {self.number}{self.letter}".strip()


class Unregistered(Struct, frozen=True):
    """A person the register knows only by name (uten folkeregisteridentifikator)."""

    name: Name
    born: date
    sex: Sex
    citizenship: str


class Parent(Struct, frozen=True):
    """One parent of a child: a number, or a person without one."""

    role: Role
    pid: str | None = None
    unregistered: Unregistered | None = None


class Custody(Struct, frozen=True):
    """One holder of parental responsibility: a person, a person without number, or an organisation."""

    responsibility: Responsibility
    holder: str | None = None
    unregistered: Unregistered | None = None
    organisation: str | None = None


class SharedResidence(Struct, frozen=True):
    """A child's second home after its parents parted (delt bosted)."""

    address: Address
    since: date


class Move(Struct, frozen=True):
    """A change of residence from a day on."""

    on: date
    to: Address


class Person(Struct, frozen=True):
    """`residence` is None for holders of a D-number and for strictly confidential persons."""

    pid: str
    name: Name
    born: date
    sex: Sex
    residence: Address | None
    settled: date
    citizenship: str = "NOR"
    civil_state: CivilState = CivilState.UNMARRIED
    spouse: str | None = None
    protection: Grading = Grading.OPEN
    north_sami: bool = False
    died: date | None = None
    parents: tuple[Parent, ...] = ()
    custody: tuple[Custody, ...] = ()
    shared_residence: SharedResidence | None = None
    moves: tuple[Move, ...] = ()
    former_numbers: tuple[str, ...] = ()

    def residence_on(self, day: date) -> Address | None:
        """Where the person lived on a day."""
        later = [move.to for move in self.moves if move.on <= day]
        return later[-1] if later else self.residence

    def status_on(self, day: date) -> Status:
        """Status on a day."""
        if self.died is not None and self.died <= day:
            return Status.DEAD
        if self.residence is None and self.protection is Grading.OPEN:
            return Status.ACTIVE
        return Status.RESIDENT


class Channel(Struct, frozen=True):
    """An e-mail address or a mobile number, with the times its owner last touched it."""

    value: str
    updated: datetime
    verified: datetime


class ContactStatus(StrEnum):
    ACTIVE = "AKTIV"
    DELETED = "SLETTET"
    UNREGISTERED = "IKKE_REGISTRERT"


class Mailbox(Struct, frozen=True):
    """A digital mailbox and the organisation number of its supplier."""

    address: str
    supplier: str


class Contact(Struct, frozen=True):
    """One person's entry in the contact and reservation register (KRR)."""

    status: ContactStatus
    email: Channel | None = None
    mobile: Channel | None = None
    reserved: datetime | None = None
    language: str | None = None
    mailbox: Mailbox | None = None


class Placement(Struct, frozen=True):
    """A place a child already holds; `days` are ISO weekdays, `until` is the last day."""

    id: str
    municipality: str
    kindergarten: str
    department: str
    child: str
    hours_week: float
    days: tuple[int, ...]
    since: date
    until: date | None


class Country(Struct, frozen=True):
    """Everyone there is, keyed by identity number."""

    seed: int
    intake_year: int
    municipalities: tuple[str, ...]
    people: dict[str, Person]
    contacts: dict[str, Contact]
    placements: tuple[Placement, ...]
    personas: dict[Persona, tuple[str, ...]]
    renumbered: dict[str, str]
    children: dict[str, tuple[str, ...]]

    def person(self, number: str) -> Person | None:
        """The person behind a number, also a number that has been replaced."""
        return self.people.get(self.renumbered.get(number, number))
