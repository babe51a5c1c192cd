"""The plugin manager: what it takes in, what it refuses, and what it asks whom."""

from importlib.metadata import EntryPoint
from typing import Any

import pytest

from opptak import hookimpl
from opptak.builtin import PLUGINS
from opptak.hooks import manager as module
from opptak.hooks.context import PluginContext
from opptak.hooks.manager import PluginBroken, PluginManager
from opptak.hooks.plugin import PluginInfo
from opptak.hooks.providers import (
    AddressService,
    DeliveryChannel,
    PopulationRegister,
    RuleSet,
)
from opptak.hooks.types import AddressHit
from opptak.kit.i18n import PACKAGES, Catalogues
from opptak.runtime import _text_packages
from opptak.testing import ContextFactory

INSTALLED = {"billing", "fiks", "registry_de", "registry_no"}


class Addresses(AddressService):
    """Knows nothing, under a name."""

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]

    async def search(self, text: str, *, municipality: str = "", limit: int = 10) -> list[AddressHit]:
        return []


class Plugin:
    """An object with hooks."""

    def __init__(self, **hooks: Any) -> None:
        vars(self).update(hooks)


def plugin(name: str, *, requires: str = ">=1.0,<2", gives: object = None, **hooks: Any) -> Plugin:
    """Return a plugin object with an address service, or something else in its place."""

    @hookimpl
    def opptak_plugin() -> PluginInfo:
        return PluginInfo(
            name=name, title=name, requires=requires, version="1", provides=frozenset({"addresses"})
        )

    @hookimpl
    def opptak_addresses(context: PluginContext) -> object:
        return gives

    return Plugin(opptak_plugin=opptak_plugin, opptak_addresses=opptak_addresses, **hooks)


def test_discover_finds_what_is_installed() -> None:
    manager = PluginManager.discover(PLUGINS)
    assert manager.plugins.keys() >= INSTALLED | {"accounts", "administration", "outbox"}
    assert manager.failures == {}
    assert manager.implements("fiks", DeliveryChannel)
    assert not manager.implements("fiks", PopulationRegister)


def test_texts_of_installed_plugins_are_read() -> None:
    packages = _text_packages(PluginManager.discover(PLUGINS))
    assert packages == ["opptak_billing", "opptak_fiks", "opptak_registry_de", "opptak_registry_no"]
    texts = Catalogues.load((*PACKAGES, *packages)).translator("en")
    assert texts.knows("registry_no.right.older")


def test_provider_is_asked_of_one_plugin(plugin_context: ContextFactory) -> None:
    manager = PluginManager()
    for name in ("one", "two"):
        manager.register(plugin(name, gives=Addresses(name)))
    found = manager.provider("one", AddressService, plugin_context())
    assert found is not None
    assert found.name == "one"


def test_plugin_may_have_no_provider_yet(plugin_context: ContextFactory) -> None:
    manager = PluginManager()
    manager.register(plugin("empty", gives=None))
    assert manager.provider("empty", AddressService, plugin_context()) is None
    assert manager.provider("empty", RuleSet, plugin_context()) is None


def test_provider_of_another_kind_is_refused(plugin_context: ContextFactory) -> None:
    manager = PluginManager()
    manager.register(plugin("odd", gives="a street"))
    with pytest.raises(PluginBroken, match="plugin odd: opptak_addresses returned str"):
        manager.provider("odd", AddressService, plugin_context())


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Plugin(), "does not declare itself"),
        (Plugin(opptak_plugin=lambda: "me"), "does not declare itself"),
        (plugin("old", requires=">=2"), "plugin old wants hook API >=2"),
        (plugin("odd", requires="soon"), "plugin odd: Invalid specifier"),
    ],
)
def test_plugin_that_breaks_the_contract_is_refused(broken: Plugin, message: str) -> None:
    manager = PluginManager()
    with pytest.raises(PluginBroken, match=message):
        manager.register(broken)
    assert manager.plugins == {}


def test_misspelt_hook_is_refused_and_harms_nobody_else() -> None:
    @hookimpl
    def opptak_adresses(context: PluginContext) -> None:
        """Not a hook."""

    manager = PluginManager()
    with pytest.raises(PluginBroken, match="plugin misspelt: unknown hook 'opptak_adresses'"):
        manager.register(plugin("misspelt", opptak_adresses=opptak_adresses))
    assert manager.register(plugin("good")).name == "good"
    assert manager.plugins.keys() == {"good"}


def test_name_is_taken_once() -> None:
    manager = PluginManager()
    manager.register(plugin("same", gives=Addresses("first")))
    with pytest.raises(PluginBroken, match="plugin same"):
        manager.register(plugin("same", gives=Addresses("second")))
    assert manager.implements("same", AddressService)


def test_broken_distribution_does_not_take_the_others_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        EntryPoint("absent", "opptak_absent.plugin", module.ENTRY_POINTS),
        EntryPoint("billing", "opptak_billing.plugin", module.ENTRY_POINTS),
    ]
    monkeypatch.setattr(module, "entry_points", lambda group: entries)
    manager = PluginManager.discover()
    assert manager.plugins.keys() == {"billing"}
    assert manager.failures == {"absent": "No module named 'opptak_absent'"}
