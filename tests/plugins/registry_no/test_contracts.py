"""The plugin keeps the contracts of all its families, against the simulated authorities."""

from collections.abc import Callable
from datetime import date
from types import ModuleType

import httpx
import pytest

from opptak.hooks.context import PluginContext, TrainingGround
from opptak.hooks.types import Area
from opptak.testing import (
    AddressServiceContract,
    ContactRegisterContract,
    ContextFactory,
    FacilityRegisterContract,
    Faults,
    IdentityProviderContract,
    PluginContract,
    PopulationRegisterContract,
    RuleSetContract,
)
from opptak_registry_no import plugin as registry_plugin
from opptak_registry_no.addresses import Kartverket
from opptak_registry_no.contacts import ContactAndReservationRegister
from opptak_registry_no.facilities import KindergartenRegister
from opptak_registry_no.folkeregister import Folkeregister
from opptak_registry_no.idporten import IdPorten
from opptak_registry_no.rules import NorwegianRules
from opptak_registry_no.settings import training_settings
from opptak_simulators.society.model import ContactStatus, Country, Persona
from tests.plugins.conftest import NORDREISA
from tests.plugins.registry_no.conftest import Contexts

NOBODY = "01812000051"


async def no_pause(seconds: float) -> None:
    """Wait no time at all."""


class TestPlugin(PluginContract):
    languages = ("nb", "nn", "se", "en")

    @pytest.fixture
    def plugin(self) -> ModuleType:
        return registry_plugin


def test_municipality_the_training_country_does_not_know_has_the_rules_and_open_registers(
    plugin_context: ContextFactory,
) -> None:
    settings = training_settings(TrainingGround(base_url="http://authorities.test"))
    context = plugin_context(settings)
    assert registry_plugin.opptak_population_register(context) is None
    assert registry_plugin.opptak_contact_register(context) is None
    assert registry_plugin.opptak_identity_providers(context) is None
    assert isinstance(registry_plugin.opptak_rules(context), NorwegianRules)
    assert settings.nbr_url.startswith("http://authorities.test/")


class TestFolkeregister(PopulationRegisterContract, Faults):
    @pytest.fixture
    def provider(self, registry: PluginContext) -> Folkeregister:
        return Folkeregister(registry, pause=no_pause)

    @pytest.fixture
    def provider_over(self, contexts: Contexts) -> Callable[[httpx.AsyncBaseTransport], Folkeregister]:
        return lambda transport: Folkeregister(contexts.over(transport), pause=no_pause)

    @pytest.fixture
    def area(self) -> Area:
        return NORDREISA

    @pytest.fixture
    def window(self) -> tuple[date, date]:
        return date(2022, 1, 1), date(2026, 11, 30)

    @pytest.fixture
    def child(self, people: Country) -> str:
        return _child(people, Persona.TWO_PARENTS)

    @pytest.fixture
    def stranger(self) -> str:
        return NOBODY


class TestContactRegister(ContactRegisterContract, Faults):
    @pytest.fixture
    def provider(self, registry: PluginContext) -> ContactAndReservationRegister:
        return ContactAndReservationRegister(registry)

    @pytest.fixture
    def provider_over(
        self, contexts: Contexts
    ) -> Callable[[httpx.AsyncBaseTransport], ContactAndReservationRegister]:
        return lambda transport: ContactAndReservationRegister(contexts.over(transport))

    @pytest.fixture
    def known(self, people: Country) -> str:
        return next(
            number
            for number, contact in people.contacts.items()
            if contact.status is ContactStatus.ACTIVE and contact.email
        )

    @pytest.fixture
    def stranger(self) -> str:
        return NOBODY


class TestIdPorten(IdentityProviderContract):
    @pytest.fixture
    def provider(self, registry: PluginContext) -> IdPorten:
        return IdPorten(registry)

    @pytest.fixture
    def claims(self) -> dict[str, object]:
        return {"sub": "pairwise-1", "pid": "17859010067", "acr": "idporten-loa-high", "amr": ["TestID"]}


class TestKindergartenRegister(FacilityRegisterContract, Faults):
    @pytest.fixture
    def provider(self, registry: PluginContext) -> KindergartenRegister:
        return KindergartenRegister(registry)

    @pytest.fixture
    def provider_over(self, contexts: Contexts) -> Callable[[httpx.AsyncBaseTransport], KindergartenRegister]:
        return lambda transport: KindergartenRegister(contexts.over(transport))

    @pytest.fixture
    def area(self) -> Area:
        return NORDREISA


class TestKartverket(AddressServiceContract, Faults):
    @pytest.fixture
    def provider(self, registry: PluginContext) -> Kartverket:
        return Kartverket(registry)

    @pytest.fixture
    def provider_over(self, contexts: Contexts) -> Callable[[httpx.AsyncBaseTransport], Kartverket]:
        return lambda transport: Kartverket(contexts.over(transport))

    @pytest.fixture
    def text(self) -> str:
        return "Rotsundveien"

    @pytest.fixture
    def municipality(self) -> str:
        return "5544"


class TestRules(RuleSetContract):
    @pytest.fixture
    def provider(self) -> NorwegianRules:
        return NorwegianRules()

    @pytest.fixture
    def intake_year(self) -> int:
        return 2027


def _child(people: Country, persona: Persona) -> str:
    """Return the child of a family of that kind."""
    return next(number for number in people.personas[persona] if people.people[number].custody)
