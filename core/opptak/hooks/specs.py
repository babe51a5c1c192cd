"""The hooks. Each takes the context alone, is cheap and synchronous, and returns providers (or none).

A hook is called only on the plugins the tenant has enabled. All since API 1.0.
"""

import pluggy

from opptak.hooks.context import PluginContext
from opptak.hooks.plugin import PluginInfo
from opptak.hooks.providers import (
    AddressService,
    AdministrationSystem,
    Archive,
    ConsentExchange,
    ContactRegister,
    DeliveryChannel,
    FacilityRegister,
    IdentityProvider,
    IncomeSource,
    IntakeChannel,
    Ledger,
    PopulationRegister,
    RuleSet,
    Translation,
    TravelTimes,
    VirusScanner,
)

hookspec = pluggy.HookspecMarker("opptak")


@hookspec
def opptak_plugin() -> PluginInfo:  # type: ignore[empty-body]
    """Declare the plugin: name, title, version range, settings, languages, training settings."""


@hookspec
def opptak_identity_providers(context: PluginContext) -> IdentityProvider | None:
    """Log people in."""


@hookspec(firstresult=True)
def opptak_population_register(context: PluginContext) -> PopulationRegister | None:
    """Give access to the register of residents."""


@hookspec(firstresult=True)
def opptak_contact_register(context: PluginContext) -> ContactRegister | None:
    """Give access to people's digital contact data."""


@hookspec
def opptak_delivery(context: PluginContext) -> DeliveryChannel | None:
    """Deliver letters."""


@hookspec
def opptak_intake(context: PluginContext) -> IntakeChannel | None:
    """Bring applications that arrive from other portals."""


@hookspec(firstresult=True)
def opptak_income(context: PluginContext) -> IncomeSource | None:
    """Look up a household's income basis."""


@hookspec(firstresult=True)
def opptak_facility_register(context: PluginContext) -> FacilityRegister | None:
    """Give access to the register of facilities."""


@hookspec(firstresult=True)
def opptak_addresses(context: PluginContext) -> AddressService | None:
    """Search and geocode addresses; give map layers."""


@hookspec(firstresult=True)
def opptak_ledger(context: PluginContext) -> Ledger | None:
    """Take charges over for invoicing."""


@hookspec
def opptak_administration(context: PluginContext) -> AdministrationSystem | None:
    """Take placements over, and give those that exist."""


@hookspec(firstresult=True)
def opptak_archive(context: PluginContext) -> Archive | None:
    """File documents in the public record."""


@hookspec(firstresult=True)
def opptak_rules(context: PluginContext) -> RuleSet | None:
    """Give the law of the tenant's country."""


@hookspec(firstresult=True)
def opptak_travel_time(context: PluginContext) -> TravelTimes | None:
    """Compute minutes on the way."""


@hookspec(firstresult=True)
def opptak_virus_scan(context: PluginContext) -> VirusScanner | None:
    """Scan uploads."""


@hookspec(firstresult=True)
def opptak_translation(context: PluginContext) -> Translation | None:
    """Translate messages."""


@hookspec(firstresult=True)
def opptak_consents(context: PluginContext) -> ConsentExchange | None:
    """Ask other authorities for consent and cost sharing."""
