"""The plugin: which families it provides."""

from opptak import hookimpl
from opptak.hooks.context import PluginContext
from opptak.hooks.plugin import PluginInfo
from opptak.hooks.providers import (
    AddressService,
    ContactRegister,
    FacilityRegister,
    IdentityProvider,
    PopulationRegister,
    RuleSet,
)
from opptak_registry_no.addresses import Kartverket
from opptak_registry_no.contacts import ContactAndReservationRegister
from opptak_registry_no.facilities import KindergartenRegister
from opptak_registry_no.folkeregister import Folkeregister
from opptak_registry_no.idporten import IdPorten
from opptak_registry_no.rules import NorwegianRules
from opptak_registry_no.settings import RegistrySettings, training_settings


@hookimpl
def opptak_plugin() -> PluginInfo:
    """Declare the plugin."""
    return PluginInfo(
        name="registry_no",
        title="registry_no.title",
        requires=">=1.0,<2",
        version="0.1.0",
        country="no",
        provides=frozenset(
            {
                "addresses",
                "contact_register",
                "facility_register",
                "identity_providers",
                "population_register",
                "rules",
            }
        ),
        settings=RegistrySettings,
        training=training_settings,
        package="opptak_registry_no",
    )


@hookimpl
def opptak_identity_providers(context: PluginContext) -> IdentityProvider | None:
    """ID-porten, once it knows the municipality."""
    return IdPorten(context) if context.settings.idporten_client_id else None


@hookimpl
def opptak_population_register(context: PluginContext) -> PopulationRegister | None:
    """Folkeregisteret, once there are credentials."""
    return Folkeregister(context) if context.settings.client_id else None


@hookimpl
def opptak_contact_register(context: PluginContext) -> ContactRegister | None:
    """Kontakt- og reservasjonsregisteret, once there are credentials."""
    return ContactAndReservationRegister(context) if context.settings.client_id else None


@hookimpl
def opptak_facility_register(context: PluginContext) -> FacilityRegister:
    """Nasjonalt barnehageregister."""
    return KindergartenRegister(context)


@hookimpl
def opptak_addresses(context: PluginContext) -> AddressService:
    """Kartverket."""
    return Kartverket(context)


@hookimpl
def opptak_rules(context: PluginContext) -> RuleSet:
    """Norwegian law."""
    return NorwegianRules()
