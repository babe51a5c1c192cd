"""Finds plugins and calls their hooks through a typed façade.

pluggy compares names of positional arguments only, so what crosses this module is checked here: a hook that
returns something other than its family's provider is refused with the plugin's name.
"""

import logging
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import TypeVar

import pluggy
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from opptak.hooks import API_VERSION, specs
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
    Provider,
    RuleSet,
    Translation,
    TravelTimes,
    VirusScanner,
)

__all__ = ("ENTRY_POINTS", "FAMILIES", "PluginBroken", "PluginManager")

ENTRY_POINTS = "opptak.plugins"
"""Entry-point group of plugins."""

FAMILIES: Mapping[type[Provider], str] = MappingProxyType(
    {
        IdentityProvider: "opptak_identity_providers",
        PopulationRegister: "opptak_population_register",
        ContactRegister: "opptak_contact_register",
        DeliveryChannel: "opptak_delivery",
        IntakeChannel: "opptak_intake",
        IncomeSource: "opptak_income",
        FacilityRegister: "opptak_facility_register",
        AddressService: "opptak_addresses",
        Ledger: "opptak_ledger",
        AdministrationSystem: "opptak_administration",
        Archive: "opptak_archive",
        RuleSet: "opptak_rules",
        TravelTimes: "opptak_travel_time",
        VirusScanner: "opptak_virus_scan",
        Translation: "opptak_translation",
        ConsentExchange: "opptak_consents",
    }
)
"""Provider family → the hook that returns it."""

P = TypeVar("P", bound=Provider)

_log = logging.getLogger(__name__)


class PluginBroken(Exception):
    """A plugin can't be loaded, or broke the contract of a hook; the message names it."""


class PluginManager:
    """All installed plugins, core's own among them."""

    def __init__(self) -> None:
        self._pluggy = pluggy.PluginManager("opptak")
        self._pluggy.add_hookspecs(specs)
        self._info: dict[str, PluginInfo] = {}
        self._failures: dict[str, str] = {}

    @classmethod
    def discover(cls, builtin: Iterable[object] = ()) -> "PluginManager":
        """Register core's own plugins and those found by entry point; a broken one is kept as a failure."""
        manager = cls()
        for plugin in builtin:
            manager.register(plugin)
        for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda found: found.name):
            manager._load(entry)
        return manager

    @property
    def plugins(self) -> Mapping[str, PluginInfo]:
        """Declarations by name."""
        return MappingProxyType(self._info)

    @property
    def failures(self) -> Mapping[str, str]:
        """Plugins that could not be used, by name, with one line that says why."""
        return MappingProxyType(self._failures)

    def register(self, plugin: object) -> PluginInfo:
        """Register a plugin object; raises PluginBroken when it breaks the contract."""
        declare = getattr(plugin, "opptak_plugin", None)
        info = declare() if callable(declare) else None
        if not isinstance(info, PluginInfo):
            raise PluginBroken(f"{plugin!r} does not declare itself with opptak_plugin()")
        if not _compatible(info):
            raise PluginBroken(f"plugin {info.name} wants hook API {info.requires}, this is {API_VERSION}")
        try:
            self._pluggy.register(plugin, info.name)
            self._pluggy.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            if self._pluggy.get_plugin(info.name) is plugin:
                self._pluggy.unregister(plugin)
            raise PluginBroken(f"plugin {info.name}: {error}") from error
        self._info[info.name] = info
        return info

    def implements(self, plugin: str, family: type[Provider]) -> bool:
        """Return whether the plugin offers a family."""
        hook = getattr(self._pluggy.hook, FAMILIES[family])
        return any(found.plugin_name == plugin for found in hook.get_hookimpls())

    def provider(self, plugin: str, family: type[P], context: PluginContext) -> P | None:
        """Ask one plugin for its provider of a family; raises PluginBroken for one of another kind."""
        hook = FAMILIES[family]
        others = [known for name, known in self._pluggy.list_name_plugin() if name != plugin]
        answer = self._pluggy.subset_hook_caller(hook, remove_plugins=others)(context=context)
        found = answer[0] if isinstance(answer, list) and answer else answer
        if not found:
            return None
        if not isinstance(found, family):
            raise PluginBroken(f"plugin {plugin}: {hook} returned {type(found).__name__}")
        return found

    def _load(self, entry: EntryPoint) -> None:
        # One at a time: a single broken distribution must not take the others with it.
        try:
            self.register(entry.load())
        except Exception as error:  # noqa: BLE001 -- whatever a stranger's import raises
            self._failures[entry.name] = str(error).splitlines()[0] if str(error) else repr(error)
            _log.warning("plugin %s can't be used", entry.name)


def _compatible(info: PluginInfo) -> bool:
    try:
        return API_VERSION in SpecifierSet(info.requires)
    except InvalidSpecifier as error:
        raise PluginBroken(f"plugin {info.name}: {error}") from error
