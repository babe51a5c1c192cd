"""Provider families: what a plugin's hook returns. Abstract operations are required; others have defaults.

Every operation is a coroutine that does its input and output through `context.http`, and fails only with an
`opptak.hooks.errors.Outcome`.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import ClassVar

from opptak.hooks.errors import Unsupported
from opptak.hooks.types import (
    Acknowledgement,
    AddressHit,
    Area,
    AreaNorm,
    CheckReport,
    ConsentRequest,
    ConsentState,
    Contact,
    Custody,
    Delivery,
    FacilityRecord,
    HouseholdIncome,
    Identity,
    IncomingApplication,
    LedgerRun,
    Letter,
    MapLayer,
    NoticeRule,
    OidcConfiguration,
    PaymentRecord,
    PersonRecord,
    PlacementRecord,
    RegisterChange,
    Right,
    ScanVerdict,
    TravelTime,
)

__all__ = (
    "AddressService",
    "AdministrationSystem",
    "Archive",
    "ConsentExchange",
    "ContactRegister",
    "DeliveryChannel",
    "FacilityRegister",
    "IdentityProvider",
    "IncomeSource",
    "IntakeChannel",
    "Ledger",
    "PopulationRegister",
    "Provider",
    "RuleSet",
    "Translation",
    "TravelTimes",
    "VirusScanner",
)


class Provider(ABC):
    """Base of all families; `name` is unique in its family, `capabilities` are shown to the administrator."""

    name: ClassVar[str]
    capabilities: ClassVar[frozenset[str]] = frozenset()

    async def check(self) -> CheckReport:
        """Try the connection without changing anything on the other side (*test connection*)."""
        return CheckReport(ok=True)


class IdentityProvider(Provider):
    """Logs people in."""

    audience: ClassVar[str] = "parents"
    """`parents` or `staff`: two identity spaces that never mix."""

    async def oidc(self) -> OidcConfiguration:
        """Return the OpenID Connect configuration; raises Unsupported where passwords are used."""
        raise Unsupported

    def identity(self, claims: Mapping[str, object]) -> Identity:
        """Map the verified claims of the id token to an identity."""
        raise Unsupported

    def strong_enough(self, level: str, required: str) -> bool:
        """Return whether a login at `level` satisfies `required`."""
        return level == required


class PopulationRegister(Provider):
    """The official register of residents."""

    @abstractmethod
    def cohort(self, area: Area, *, born_from: date, born_to: date) -> AsyncIterator[PersonRecord]:
        """Stream the residents of the area born in the window, both ends included."""

    @abstractmethod
    async def person(self, number: str) -> PersonRecord:
        """Return one person; raises NotFound, or Neutral where the register may not say."""

    async def people(self, numbers: Sequence[str]) -> list[PersonRecord]:
        """Return those of the people whom the register knows, in any order."""
        raise Unsupported

    @abstractmethod
    async def guardians(self, children: Sequence[str]) -> list[Custody]:
        """Return who holds responsibility for each child."""

    async def newest_change(self) -> int:
        """Return the cursor of the newest change; taken before the first cohort, it leaves no gap."""
        raise Unsupported

    def changes(self, cursor: int) -> AsyncIterator[RegisterChange]:
        """Stream what has happened since `cursor` (exclusive), oldest first."""
        raise Unsupported


class ContactRegister(Provider):
    """People's own digital contact data and reservations."""

    @abstractmethod
    async def contacts(self, numbers: Sequence[str]) -> list[Contact]:
        """Return one contact for each number, `registered=False` for those not known."""


class DeliveryChannel(Provider):
    """Sends letters. Capabilities: `legal` (formal delivery), `print` (falls back to paper), `email`."""

    @abstractmethod
    async def send(self, letter: Letter) -> Delivery:
        """Hand the letter over; the same `letter.key` again returns the first receipt and sends nothing.

        Where the other side can't be told the key, and may have taken the letter without saying so, raise
        Temporary with a `retry_after` after which it would be found.
        """

    @abstractmethod
    async def status(self, references: Sequence[str]) -> list[Delivery]:
        """Return where the letters are; unknown references are left out."""


class IntakeChannel(Provider):
    """Applications that arrive from other portals."""

    @abstractmethod
    async def poll(self) -> list[IncomingApplication]:
        """Return what is waiting; it stays waiting until accepted or rejected."""

    @abstractmethod
    async def accept(self, reference: str, *, case_number: str) -> None:
        """Tell the portal that the application is stored under our case number."""

    @abstractmethod
    async def reject(self, reference: str, *, reason: str) -> None:
        """Tell the portal that the application can't be used, with a reason the applicant understands."""


class IncomeSource(Provider):
    """The tax authority's basis for reduced fees."""

    @abstractmethod
    async def household(self, numbers: Sequence[str], *, year: int) -> HouseholdIncome:
        """Return the household's basis; raises NotFound for an unknown person."""


class FacilityRegister(Provider):
    """The register of facilities."""

    @abstractmethod
    async def facilities(self, area: Area) -> list[FacilityRecord]:
        """Return all facilities in the area, closed ones too (`active=False`)."""

    @abstractmethod
    async def facility(self, register_id: str) -> FacilityRecord:
        """Return one facility; raises NotFound."""


class AddressService(Provider):
    """Addresses and their points."""

    @abstractmethod
    async def search(self, text: str, *, municipality: str = "", limit: int = 10) -> list[AddressHit]:
        """Return addresses that match the text, best first."""

    async def geocode(self, lines: Sequence[str], *, postcode: str, municipality: str) -> AddressHit | None:
        """Return the point of an address, or None."""
        hits = await self.search(" ".join((*lines, postcode)), municipality=municipality, limit=1)
        return hits[0] if hits else None

    def map_layers(self) -> tuple[MapLayer, ...]:
        """Return background layers for maps."""
        return ()

    def import_stream(self, area: Area) -> AsyncIterator[AddressHit]:
        """Stream the area's whole address register, for core's own table."""
        raise Unsupported


class Ledger(Provider):
    """The accounting system that invoices."""

    @abstractmethod
    async def export(self, run: LedgerRun) -> Acknowledgement:
        """Hand over a numbered run of charges; the same number again changes nothing."""

    async def import_payments(self, content: bytes) -> list[PaymentRecord]:
        """Read a payment file."""
        raise Unsupported


class AdministrationSystem(Provider):
    """The system a municipality runs its kindergartens with."""

    @abstractmethod
    async def export(self, placements: Sequence[PlacementRecord], *, key: str) -> Acknowledgement:
        """Hand placements over; the same `key` again changes nothing."""

    async def current_placements(self, area: Area) -> list[PlacementRecord]:
        """Return the places children hold today, for a cold start."""
        raise Unsupported


class Archive(Provider):
    """The public record."""

    @abstractmethod
    async def file(self, letter: Letter, *, case_number: str) -> Acknowledgement:
        """File a document in the case; the same `letter.key` again changes nothing."""


class RuleSet(Provider):
    """A country's (or state's) law, effective-dated: pure, no input or output."""

    @abstractmethod
    def right(self, *, born_on: date, intake_year: int, applied_in_time: bool) -> Right:
        """Return the statutory right to a place."""

    @abstractmethod
    def birth_window(self, intake_year: int) -> tuple[date, date]:
        """Return the first and last day of birth of the children an intake is for."""

    @abstractmethod
    def school_start(self, born_on: date) -> date:
        """Return the day the child starts school, which ends its place."""

    @abstractmethod
    def area_norms(self) -> tuple[AreaNorm, ...]:
        """Return the area a child needs, by age."""

    @abstractmethod
    def notice(self, channel: str) -> NoticeRule:
        """Return when something sent by the channel counts as received, and the time to complain."""

    def age_band(self, *, born_on: date, starts_on: date) -> str:
        """Return the band the child counts in: `small` or `large` by the country's own rule."""
        return "small" if (starts_on - born_on).days < 3 * 365 else "large"


class TravelTimes(Provider):
    """Minutes on the way."""

    @abstractmethod
    async def minutes(
        self, origin: tuple[float, float], targets: Sequence[tuple[float, float]]
    ) -> TravelTime:
        """Return minutes from the origin to each target (latitude, longitude in degrees)."""


class VirusScanner(Provider):
    """Scans uploads."""

    @abstractmethod
    async def scan(self, content: bytes) -> ScanVerdict:
        """Return whether the content is clean."""


class Translation(Provider):
    """Machine translation of messages, where the tenant has opted in."""

    @abstractmethod
    async def translate(self, text: str, *, source: str, target: str) -> str:
        """Return the text in the target language."""


class ConsentExchange(Provider):
    """Asks another authority to agree to a child's place elsewhere."""

    @abstractmethod
    async def ask(self, request: ConsentRequest) -> ConsentState:
        """Ask; the same `request.key` again returns the state so far."""

    @abstractmethod
    async def state(self, reference: str) -> ConsentState:
        """Return the other authority's answer so far."""
