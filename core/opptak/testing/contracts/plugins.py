"""Contract of a plugin as a whole: its declaration, its settings and its texts."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from babel.messages.pofile import read_po

from opptak.hooks.manager import FAMILIES, PluginManager
from opptak.hooks.plugin import PluginInfo

__all__ = ("PluginContract",)

PREFIX = "opptak_"


class PluginContract:
    """Fixtures: `plugin`, the object behind the entry point. `languages` are those its texts must be in."""

    languages: tuple[str, ...] = ("en",)

    @pytest.fixture
    def info(self, plugin: ModuleType) -> PluginInfo:
        """The declaration, as the platform reads it."""
        return PluginManager().register(plugin)

    def test_plugin_provides_what_it_says(self, plugin: ModuleType, info: PluginInfo) -> None:
        manager = PluginManager()
        manager.register(plugin)
        offered = {
            hook.removeprefix(PREFIX)
            for family, hook in FAMILIES.items()
            if manager.implements(info.name, family)
        }
        assert info.provides == offered

    def test_settings_are_described(self, info: PluginInfo) -> None:
        for field, schema in _fields(info.settings):
            assert schema.get("description"), field

    def test_secrets_are_texts_without_default(self, info: PluginInfo) -> None:
        for field in msgspec.structs.fields(info.settings):
            if _is_secret(field.type):
                assert field.default in {msgspec.NODEFAULT, ""}, field.name

    def test_texts_are_there_in_every_language(self, info: PluginInfo) -> None:
        wanted = {info.title, *(schema["description"] for _, schema in _fields(info.settings))}
        for language in self.languages:
            missing = wanted - _texts(info.package, language).keys()
            assert not missing, f"{language}: {sorted(missing)}"

    def test_languages_have_the_same_texts(self, info: PluginInfo) -> None:
        catalogues = [_texts(info.package, language) for language in self.languages]
        for language, texts in zip(self.languages, catalogues, strict=True):
            assert texts.keys() == catalogues[0].keys(), language
            assert all(texts.values()), language


def _fields(settings: type[msgspec.Struct]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    _, components = msgspec.json.schema_components([settings])
    own: Mapping[str, Mapping[str, Any]] = components[settings.__name__].get("properties", {})
    yield from own.items()


def _is_secret(kind: Any) -> bool:
    marks = getattr(kind, "__metadata__", ())
    return any(isinstance(mark, msgspec.Meta) and (mark.extra or {}).get("secret") for mark in marks)


def _texts(package: str, language: str) -> Mapping[str, str]:
    """Return the package's texts in a language by key; a plural counts once."""
    texts: dict[str, str] = {}
    for path in sorted((Path(str(files(package))) / "locale" / language).glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source):
                key = message.id if isinstance(message.id, str) else message.id[0]
                plain = isinstance(message.string, str)
                texts[key] = str(message.string) if plain else "|".join(message.string or ())
    texts.pop("", None)
    return texts
