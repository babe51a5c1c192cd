"""Authorities that live in memory and do what a test tells them to: one set of records a tenant.

They are programs, not mocks: they keep the contract of their family, remember what they were handed, and
fail when a test puts an outcome into `failing`.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import date

from opptak import hookimpl
from opptak.hooks.context import PluginContext
from opptak.hooks.errors import NotFound, Outcome
from opptak.hooks.manager import PluginManager
from opptak.hooks.plugin import PluginInfo
from opptak.hooks.providers import (
    AddressService,
    AdministrationSystem,
    ContactRegister,
    DeliveryChannel,
    FacilityRegister,
    PopulationRegister,
    RuleSet,
)
from opptak.hooks.types import (
    Acknowledgement,
    AddressHit,
    Area,
    AreaNorm,
    Contact,
    Custody,
    Delivery,
    DeliveryState,
    FacilityKind,
    FacilityRecord,
    Letter,
    NoticeRule,
    PersonRecord,
    PlacementRecord,
    PostalAddress,
    Right,
)

__all__ = ("FakeCountry", "FakeTown", "adult", "child", "kindergarten", "manager_with")


def number(serial: int) -> str:
    """Return an identity number of the synthetic range (month + 80) without meaning."""
    return f"01812{serial:06d}"


def address(street: str, *, key: str = "") -> PostalAddress:
    """Return an address in Storslett; the same street and number is the same dwelling."""
    return PostalAddress(
        lines=(street,),
        postcode="9151",
        place="Storslett",
        country="NO",
        municipality="5544",
        key=key or street,
    )


def child(serial: int, born_on: date, *, at: str = "Fjellvegen 1", **fields: object) -> PersonRecord:
    """Return a child's record."""
    return _person(serial, born_on, at, "Barn", fields)


def adult(serial: int, *, at: str = "Fjellvegen 1", **fields: object) -> PersonRecord:
    """Return an adult's record."""
    return _person(serial, date(1990, 5, 17), at, "Voksen", fields)


def _person(serial: int, born_on: date, at: str, name: str, fields: dict[str, object]) -> PersonRecord:
    given = {
        "identity_number": number(serial),
        "given_name": name,
        "family_name": f"Prøve{serial}",
        "born_on": born_on,
        "residence": address(at),
    }
    return PersonRecord(**{**given, **fields})  # type: ignore[arg-type]


def kindergarten(register_id: str, **fields: object) -> FacilityRecord:
    """Return a kindergarten's record."""
    given = {
        "register_id": register_id,
        "name": f"Barnehage {register_id}",
        "kind": FacilityKind.KINDERGARTEN,
        "active": True,
        "public": True,
        "address": address("Barnehagevegen 2"),
        "latitude": 69.769,
        "longitude": 21.034,
        "age_from": 1,
        "age_to": 5,
        "children": 30,
        "area_m2": 240.0,
    }
    return FacilityRecord(**{**given, **fields})  # type: ignore[arg-type]


class FakeTown:
    """What the authorities know about one tenant, and what they were handed."""

    def __init__(self) -> None:
        self.people: dict[str, PersonRecord] = {}
        self.custody: list[Custody] = []
        self.contacts: dict[str, Contact] = {}
        self.facilities: dict[str, FacilityRecord] = {}
        self.points: dict[str, AddressHit] = {}
        self.placements: list[PlacementRecord] = []
        self.letters: dict[str, Letter] = {}
        self.delivery: dict[str, DeliveryState] = {}
        self.exports: dict[str, tuple[PlacementRecord, ...]] = {}
        self.failing: list[Outcome] = []
        self.calls: list[str] = []

    def add(self, *people: PersonRecord) -> None:
        """Register people."""
        self.people.update({person.identity_number: person for person in people})

    def family(self, kind: str, children: Sequence[PersonRecord], guardians: Sequence[PersonRecord]) -> None:
        """Register a family whose children live with the first guardian's address."""
        self.add(*children, *guardians)
        for kid in children:
            for guardian in guardians:
                together = kid.residence is not None and kid.residence == guardian.residence
                self.custody.append(
                    Custody(
                        child=kid.identity_number,
                        guardian=guardian.identity_number,
                        kind=kind,  # type: ignore[arg-type]
                        lives_with=together,
                    )
                )

    def called(self, operation: str) -> None:
        """Note a call; fails with the next outcome a test has put into `failing`."""
        self.calls.append(operation)
        if self.failing:
            raise self.failing.pop(0)


class FakeCountry:
    """All towns by the tenant's slug."""

    def __init__(self) -> None:
        self._towns: defaultdict[str, FakeTown] = defaultdict(FakeTown)

    def town(self, slug: str) -> FakeTown:
        """Return a tenant's town."""
        return self._towns[slug]


class _Population(PopulationRegister):
    name = "fake"

    def __init__(self, town: FakeTown) -> None:
        self._town = town

    async def cohort(self, area: Area, *, born_from: date, born_to: date) -> AsyncIterator[PersonRecord]:
        self._town.called("cohort")
        for person in list(self._town.people.values()):
            if born_from <= person.born_on <= born_to:
                yield person

    async def person(self, number: str) -> PersonRecord:
        self._town.called("person")
        if number not in self._town.people:
            raise NotFound
        return self._town.people[number]

    async def people(self, numbers: Sequence[str]) -> list[PersonRecord]:
        self._town.called("people")
        return [self._town.people[number] for number in numbers if number in self._town.people]

    async def guardians(self, children: Sequence[str]) -> list[Custody]:
        self._town.called("guardians")
        return [custody for custody in self._town.custody if custody.child in set(children)]


class _Contacts(ContactRegister):
    name = "fake"

    def __init__(self, town: FakeTown) -> None:
        self._town = town

    async def contacts(self, numbers: Sequence[str]) -> list[Contact]:
        self._town.called("contacts")
        return [self._town.contacts.get(number, Contact(identity_number=number)) for number in numbers]


class _Post(DeliveryChannel):
    name = "fake"
    capabilities = frozenset({"legal", "print"})

    def __init__(self, town: FakeTown) -> None:
        self._town = town

    async def send(self, letter: Letter) -> Delivery:
        self._town.called("send")
        self._town.letters.setdefault(letter.key, letter)
        state = self._town.delivery.setdefault(letter.key, DeliveryState.ACCEPTED)
        return Delivery(reference=letter.key, state=state)

    async def status(self, references: Sequence[str]) -> list[Delivery]:
        self._town.called("status")
        known = self._town.delivery
        return [Delivery(reference=key, state=known[key]) for key in references if key in known]


class _Facilities(FacilityRegister):
    name = "fake"

    def __init__(self, town: FakeTown) -> None:
        self._town = town

    async def facilities(self, area: Area) -> list[FacilityRecord]:
        self._town.called("facilities")
        return list(self._town.facilities.values())

    async def facility(self, register_id: str) -> FacilityRecord:
        self._town.called("facility")
        if register_id not in self._town.facilities:
            raise NotFound
        return self._town.facilities[register_id]


class _Addresses(AddressService):
    name = "fake"

    def __init__(self, town: FakeTown) -> None:
        self._town = town

    async def search(self, text: str, *, municipality: str = "", limit: int = 10) -> list[AddressHit]:
        self._town.called("search")
        return [hit for street, hit in self._town.points.items() if street in text][:limit]


class _Administration(AdministrationSystem):
    name = "fake"

    def __init__(self, town: FakeTown) -> None:
        self._town = town

    async def export(self, placements: Sequence[PlacementRecord], *, key: str) -> Acknowledgement:
        self._town.called("export")
        self._town.exports.setdefault(key, tuple(placements))
        return Acknowledgement(reference=key, accepted=len(placements))

    async def current_placements(self, area: Area) -> list[PlacementRecord]:
        self._town.called("current_placements")
        return list(self._town.placements)


class _Rules(RuleSet):
    name = "fake"

    def right(self, *, born_on: date, intake_year: int, applied_in_time: bool) -> Right:
        old_enough = born_on <= date(intake_year - 1, 11, 30)
        reason = "right.entitled" if old_enough and applied_in_time else "right.not_entitled"
        return Right(
            entitled=old_enough and applied_in_time,
            latest_start=date(intake_year, 8, 1) if old_enough else None,
            reason=reason,
        )

    def birth_window(self, intake_year: int) -> tuple[date, date]:
        return date(intake_year - 5, 1, 1), date(intake_year - 1, 11, 30)

    def school_start(self, born_on: date) -> date:
        return date(born_on.year + 6, 8, 1)

    def area_norms(self) -> tuple[AreaNorm, ...]:
        return (
            AreaNorm(age_from=0, age_to=3, square_metres=5.3),
            AreaNorm(age_from=3, age_to=6, square_metres=4.0),
        )

    def notice(self, channel: str) -> NoticeRule:
        return NoticeRule(received_after_days=0, complaint_days=21)

    def age_band(self, *, born_on: date, starts_on: date) -> str:
        year = starts_on.year if starts_on.month >= 8 else starts_on.year - 1
        return "small" if year - born_on.year < 3 else "large"


class FakePlugin:
    """Gives every family that tests need."""

    def __init__(self, country: FakeCountry) -> None:
        self._country = country

    @hookimpl
    def opptak_plugin(self) -> PluginInfo:
        return PluginInfo(
            name="fake",
            title="plugin.fake",
            requires=">=1.0,<2",
            version="1",
            provides=frozenset({"population_register", "contact_register", "delivery", "facility_register"}),
        )

    @hookimpl
    def opptak_population_register(self, context: PluginContext) -> PopulationRegister:
        return _Population(self._country.town(context.tenant))

    @hookimpl
    def opptak_contact_register(self, context: PluginContext) -> ContactRegister:
        return _Contacts(self._country.town(context.tenant))

    @hookimpl
    def opptak_delivery(self, context: PluginContext) -> DeliveryChannel:
        return _Post(self._country.town(context.tenant))

    @hookimpl
    def opptak_facility_register(self, context: PluginContext) -> FacilityRegister:
        return _Facilities(self._country.town(context.tenant))

    @hookimpl
    def opptak_addresses(self, context: PluginContext) -> AddressService:
        return _Addresses(self._country.town(context.tenant))

    @hookimpl
    def opptak_administration(self, context: PluginContext) -> AdministrationSystem:
        return _Administration(self._country.town(context.tenant))

    @hookimpl
    def opptak_rules(self, context: PluginContext) -> RuleSet:
        return _Rules()


def manager_with(country: FakeCountry) -> PluginManager:
    """Return a plugin manager with the fake authorities alone."""
    manager = PluginManager()
    manager.register(FakePlugin(country))
    return manager
