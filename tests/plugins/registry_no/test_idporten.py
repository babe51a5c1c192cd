"""ID-porten: configuration, levels, and claims that must not be believed."""

import msgspec
import pytest

from opptak.hooks.context import PluginContext
from opptak.hooks.errors import Permanent
from opptak_registry_no import plugin
from opptak_registry_no.idporten import IdPorten
from opptak_registry_no.settings import RegistrySettings
from tests.plugins.conftest import BASE_URL
from tests.plugins.registry_no.conftest import Contexts


@pytest.fixture
def provider(registry: PluginContext) -> IdPorten:
    return IdPorten(registry)


async def test_configuration_asks_for_the_high_level(provider: IdPorten) -> None:
    configured = await provider.oidc()
    assert configured.issuer == f"{BASE_URL}/idporten"
    assert configured.client_secret
    assert configured.required_level == "idporten-loa-high"
    assert configured.ui_locales["se"] == "se"


def test_identity_comes_from_the_claims(provider: IdPorten) -> None:
    claims = {"sub": "s", "pid": "17859010067", "acr": "idporten-loa-substantial", "locale": "se"}
    identity = provider.identity(claims)
    assert (identity.subject, identity.identity_number) == ("s", "17859010067")
    assert not provider.strong_enough(identity.level, "idporten-loa-high")


def test_foreign_identity_may_have_no_number(provider: IdPorten) -> None:
    assert provider.identity({"sub": "s", "acr": "idporten-loa-high"}).identity_number is None


@pytest.mark.parametrize(
    "claims",
    [
        {"pid": "17859010067"},
        {"sub": 7},
        {"sub": "s", "pid": "17859010068"},
        {"sub": "s", "pid": 17859010067},
    ],
)
def test_impossible_claims_are_refused(provider: IdPorten, claims: dict[str, object]) -> None:
    with pytest.raises(Permanent):
        provider.identity(claims)


def test_synthetic_number_is_refused_in_production(contexts: Contexts, registry: PluginContext) -> None:
    production = msgspec.structs.replace(contexts.settings, synthetic=False)
    provider = IdPorten(msgspec.structs.replace(registry, settings=production))
    with pytest.raises(Permanent, match="pid_impossible"):
        provider.identity({"sub": "s", "pid": "17859010067"})


def test_open_registers_need_no_credentials(registry: PluginContext) -> None:
    bare = msgspec.structs.replace(registry, settings=RegistrySettings())
    assert plugin.opptak_identity_providers(bare) is None
    assert plugin.opptak_population_register(bare) is None
    assert plugin.opptak_contact_register(bare) is None
    assert plugin.opptak_facility_register(bare).name == "nbr"
    assert plugin.opptak_addresses(bare).name == "kartverket"
    assert plugin.opptak_rules(bare).name == "norway"
