"""The tenant document: everything a municipality decides, as one typed, versioned value.

On disk it is a folder: `tenant.toml`, `criteria.toml`, `fees.toml`, `texts/<language>.toml`, `brand/`.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from opptak.engine.instance import Algorithm
from opptak.engine.siblings import SiblingRule
from opptak.kit.subject import Space

__all__ = (
    "Brand",
    "Case",
    "CaseChild",
    "Criteria",
    "Criterion",
    "CriterionEffect",
    "FeeTable",
    "Fees",
    "Module",
    "Modules",
    "OfferRules",
    "Outreach",
    "PluginChoice",
    "Reach",
    "Reserve",
    "RoundConfig",
    "Statute",
    "TenantDocument",
    "TieBreak",
)

Slug = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,40}$", description="Short name: a–z, 0–9, hyphen.")]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$", description="BCP 47 language tag.")]
Colour = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$", description="Colour as #rrggbb.")]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all parts of the document: an unknown key is refused."""


class Module(StrEnum):
    """What can be switched on per tenant."""

    OUTREACH = "outreach"
    PORTAL = "portal"
    ALLOCATION = "allocation"
    OFFERS = "offers"
    FEES = "fees"
    BILLING = "billing"
    MESSAGES = "messages"
    COLLABORATION = "collaboration"
    CHILDMINDERS = "childminders"
    AFTER_SCHOOL = "after_school"


class Reach(Part, frozen=True, kw_only=True):
    """How far a module is switched on: for staff first, in a few houses only, for everybody."""

    staff: bool = True
    parents: bool = True
    facilities: tuple[str, ...] = ()
    """Register numbers of the pilot's facilities; none names them all."""

    def includes(self, space: Space) -> bool:
        """Return whether those of a space have it; the platform's own work goes on for anybody's sake."""
        if space is Space.SYSTEM:
            return self.staff or self.parents
        return self.staff if space is Space.STAFF else self.parents


class Modules(Part, frozen=True, kw_only=True):
    """Each module by name: `true`, or how far it is switched on."""

    outreach: bool | Reach = False
    portal: bool | Reach = False
    allocation: bool | Reach = False
    offers: bool | Reach = False
    fees: bool | Reach = False
    billing: bool | Reach = False
    messages: bool | Reach = False
    collaboration: bool | Reach = False
    childminders: bool | Reach = False
    after_school: bool | Reach = False


_OFF = Reach(staff=False, parents=False)
_EVERYWHERE = Reach()


class Brand(Part, frozen=True, kw_only=True):
    """The municipality's look."""

    accent: Colour
    neutral: Colour = "#1e2b3c"
    logo: str = ""
    """File name in `brand/`, SVG or PNG; empty shows the name alone."""


class PluginChoice(Part, frozen=True, kw_only=True):
    """A plugin the tenant has switched on, with its settings (secrets are kept elsewhere)."""

    enabled: bool = True
    settings: dict[str, Any] = {}


class Outreach(Part, frozen=True, kw_only=True):
    """The proactive lane: who gets a prefilled application, and when reminders follow."""

    letters_on: date
    reminder_days: tuple[int, ...] = (21, 7)
    """Days before the deadline."""
    nearest_wishes: Annotated[int, Meta(ge=0, le=10)] = 3
    """How many of the nearest kindergartens are put on the draft."""


class OfferRules(Part, frozen=True, kw_only=True):
    """What happens with offers."""

    answer_days: Annotated[int, Meta(ge=1, le=60)] = 14
    reminder_days: tuple[int, ...] = (5, 2)
    """Days before the answer is due."""
    lapse: bool = True
    """Whether an unanswered offer lapses; otherwise somebody follows it up."""


class RoundConfig(Part, frozen=True, kw_only=True):
    """One admission round."""

    intake: Annotated[str, Meta(pattern=r"^[0-9]{4}(-[a-z0-9]+)?$")]
    year: Annotated[int, Meta(ge=2000, le=2100)]
    opens_on: date
    deadline: date
    """Last day to apply, in the tenant's time zone."""
    starts_on: date
    latest_start: date
    max_wishes: Annotated[int, Meta(ge=1, le=20)] = 5
    days_choices: tuple[int, ...] = (5, 4, 3, 2)
    outreach: Outreach | None = None
    offers: OfferRules = OfferRules()


class CriterionEffect(StrEnum):
    """How a criterion acts."""

    GATE = "gate"
    """Who does not meet it can't be placed by this rule."""
    TIER = "tier"
    """Meeting it lifts the child into a class that precedes any number of points."""
    POINTS = "points"


class Criterion(Part, frozen=True, kw_only=True):
    """One rule of admission, by the fact it tests. Facts are documented in `docs/reference/criteria.md`."""

    id: Slug
    fact: str
    effect: CriterionEffect
    tier: int | None = None
    points: Annotated[int, Meta(ge=0, le=65535)] = 0
    at: str = "everywhere"
    """`everywhere`, or `facility` where the fact holds for one facility only (a sibling there)."""
    bands: tuple[tuple[int, int], ...] = ()
    """For a number, metres or days a week: (up to, points), the smallest first."""
    proof: bool = False
    basis: str = ""
    """Legal or local basis, shown to case workers."""


class TieBreak(StrEnum):
    """What decides between equals, in the order given."""

    OLDER_FIRST = "older_first"
    YOUNGER_FIRST = "younger_first"
    EARLIER_APPLICATION = "earlier_application"
    LOTTERY = "lottery"


class Reserve(Part, frozen=True, kw_only=True):
    """Seats at a facility that children with a tag get first."""

    facility: str
    tag: str
    seats: Annotated[int, Meta(ge=1)]
    open: bool = True


class Statute(Part, frozen=True, kw_only=True):
    """What differs at a house, or at the houses of an owner: private statutes, catchment areas.

    Statutes are laid over the municipality's rules in the order in which they stand: the last one wins.
    """

    facilities: Annotated[tuple[str, ...], Meta(min_length=1)]
    """Register numbers of the houses."""
    rules: tuple[Criterion, ...] = ()
    """Stand in the place of the rules with the same id, or beside the others."""
    without: tuple[Slug, ...] = ()
    """Ids of rules that don't hold here."""
    ties: tuple[TieBreak, ...] | None = None
    postcodes: tuple[str, ...] = ()
    """The catchment area: who lives there has the fact `catchment`."""


class CaseChild(Part, frozen=True, kw_only=True):
    """A child of a test case, by what is known of it."""

    holds: tuple[str, ...] = ()
    """Facts that hold, at the house of the case where they hold at one."""
    open: tuple[str, ...] = ()
    """Facts that nobody has decided on."""
    born_on: date = date(2025, 6, 1)
    applied_on: date = date(2027, 2, 1)
    distance_m: int | None = None
    days: int | None = None
    """Days a week asked for."""
    postcode: str = ""
    late: bool = False


class Case(Part, frozen=True, kw_only=True):
    """What the criteria must amount to: one child comes before another, or lots are drawn between them."""

    says: Annotated[str, Meta(min_length=1)]
    first: CaseChild
    then: CaseChild
    facility: str = ""
    """Register number of the house they ask for; empty for one without a statute."""
    equal: bool = False
    """Nothing but the lottery may decide between them."""


class Criteria(Part, frozen=True, kw_only=True):
    """The rules of admission, in force from a date."""

    valid_from: date
    base_tier: Annotated[int, Meta(ge=0)] = 9
    rules: tuple[Criterion, ...]
    ties: tuple[TieBreak, ...] = (TieBreak.OLDER_FIRST, TieBreak.LOTTERY)
    reserves: tuple[Reserve, ...] = ()
    algorithm: Algorithm = Algorithm.DEFERRED_ACCEPTANCE
    """How places are given out: an algorithm of `docs/reference/allocation-rules.md`."""
    siblings: SiblingRule = SiblingRule.SEPARATE_OK
    """What is done for siblings who apply together; anything but `separate_ok` needs `families`."""
    statutes: tuple[Statute, ...] = ()
    cases: tuple[Case, ...] = ()
    """Looked at before this version can be used: one that fails refuses it."""
    guarantee: bool = True
    """Whether children with a statutory right accept places elsewhere as fallback."""


class FeeTable(Part, frozen=True, kw_only=True):
    """Monthly prices from a date, in the minor unit, by days a week."""

    valid_from: date
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] = "NOK"
    by_days: dict[str, Annotated[int, Meta(ge=0)]]
    meals_minor: Annotated[int, Meta(ge=0)] = 0
    payments_a_year: Annotated[int, Meta(ge=1, le=12)] = 11
    basis: str = ""


class Fees(Part, frozen=True, kw_only=True):
    """All fee tables, oldest first."""

    tables: tuple[FeeTable, ...]


class TenantDocument(Part, frozen=True, kw_only=True):
    """One municipality (or association of them)."""

    format: Annotated[str, Meta(pattern=r"^opptak-tenant/1$")] = "opptak-tenant/1"
    slug: Slug
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    country: Annotated[str, Meta(pattern=r"^[a-z]{2}$")]
    municipalities: tuple[Annotated[str, Meta(pattern=r"^[0-9]{2,8}$")], ...]
    organisation_number: str = ""
    hosts: tuple[str, ...] = ()
    time_zone: str
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    languages: tuple[Language, ...]
    """The first is the one used when nobody has chosen."""
    equal_languages: tuple[Language, ...] = ()
    """Languages the law puts beside the first one here, as Sami is in its administrative area: they follow it
    in every choice, and the portal and each letter say that one may use them."""
    fallbacks: dict[str, tuple[Language, ...]] = {}
    names: dict[str, str] = {}
    """The municipality's name by language, where it has more than one."""
    contact_email: str = ""
    contact_phone: str = ""
    training: bool = False
    """Synthetic families and fake post; shown on every page."""
    brand: Brand
    modules: tuple[Module, ...] | Modules
    """The names of those that are on, or a table that says for whom and where."""
    plugins: dict[str, PluginChoice]
    rounds: tuple[RoundConfig, ...]
    criteria: tuple[Criteria, ...]
    fees: Fees
    texts: dict[str, dict[str, str]] = {}
    """Own texts: language → message key → text."""
    assets: dict[str, str] = {}
    """Files of `brand/` in base64, by name."""
    retention_months: Annotated[int, Meta(ge=1)] = 60

    def title(self, language: str) -> str:
        """Return the municipality's name in a language."""
        return self.names.get(language, self.name)

    def criteria_on(self, day: date) -> Criteria:
        """Return the criteria in force on a day; raises LookupError when none are."""
        valid = [version for version in self.criteria if version.valid_from <= day]
        if not valid:
            raise LookupError(day.isoformat())
        return max(valid, key=lambda version: version.valid_from)

    def round(self, intake: str) -> RoundConfig:
        """Return the configuration of an intake; raises LookupError."""
        for candidate in self.rounds:
            if candidate.intake == intake:
                return candidate
        raise LookupError(intake)

    def reach(self, module: Module) -> Reach:
        """Return how far a module is switched on."""
        if isinstance(self.modules, tuple):
            return _EVERYWHERE if module in self.modules else _OFF
        chosen: bool | Reach = getattr(self.modules, module)
        if isinstance(chosen, Reach):
            return chosen
        return _EVERYWHERE if chosen else _OFF

    def has(self, module: Module, space: Space = Space.SYSTEM) -> bool:
        """Return whether those of a space have a module; parents reach all of theirs through the portal."""
        if space is Space.PARENTS and not self.reach(Module.PORTAL).parents:
            return False
        return self.reach(module).includes(space)

    def takes_part(self, module: Module, facility: str) -> bool:
        """Return whether a module that is on concerns the facility of a register number."""
        pilot = self.reach(module).facilities
        return not pilot or facility in pilot

    def modules_on(self) -> tuple[Module, ...]:
        """Return the modules that are on for anybody."""
        return tuple(module for module in Module if self.has(module))

    def enabled_plugins(self) -> Mapping[str, PluginChoice]:
        """Return the plugins that are switched on."""
        return {name: choice for name, choice in self.plugins.items() if choice.enabled}
