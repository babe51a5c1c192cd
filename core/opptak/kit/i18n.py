"""Message catalogues: every sentence a person reads is looked up here by a symbolic key.

A package keeps its texts in `locale/<language>/<topic>.po`; the catalogues of all packages are merged by
language. A language falls back along a chain (a tenant's, else the default one), and a tenant may
override single texts.
"""

import gettext
import io
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

__all__ = ("FALLBACKS", "PACKAGES", "Catalogues", "Translator")

PACKAGES = ("opptak", "opptak_portal", "opptak_admin")
"""Packages whose `locale` folder is read; plugins bring their own through their declaration."""

FALLBACKS: Mapping[str, tuple[str, ...]] = {
    "nb": ("nn", "en"),
    "nn": ("nb", "en"),
    "se": ("nb", "nn", "en"),
    "de": ("en",),
    "da": ("nb", "en"),
    "en": ("nb",),
}
"""Default fallback chain of a language, tried in order after the language itself."""


class Translator:
    """Texts in one language with its fallbacks and the tenant's overrides."""

    __slots__ = ("_chain", "_overrides", "language")

    def __init__(
        self,
        language: str,
        chain: Sequence[gettext.GNUTranslations],
        overrides: Sequence[Mapping[str, str]] = (),
    ) -> None:
        self.language = language
        self._chain = tuple(chain)
        self._overrides = tuple(overrides)

    def __call__(self, key: str, /, **params: object) -> str:
        """Return the text of `key` with `{name}` placeholders filled; an unknown key is returned as it is."""
        text = self._find(key)
        return text.format_map(params) if params else text

    def plural(self, key: str, n: int, /, **params: object) -> str:
        """Return the plural form of `key` that the language uses for `n`; `{n}` is filled too."""
        for overrides in self._overrides:
            if key in overrides:
                return overrides[key].format_map({"n": n, **params})
        for catalogue in self._chain:
            text = catalogue.ngettext(key, key, n)
            if text != key:
                return text.format_map({"n": n, **params})
        return key

    def knows(self, key: str) -> bool:
        """Return whether any language of the chain has the text."""
        return self._find(key) != key

    def _find(self, key: str) -> str:
        for overrides in self._overrides:
            if key in overrides:
                return overrides[key]
        for catalogue in self._chain:
            text = catalogue.gettext(key)
            if text != key:
                return text
        return key


class Catalogues:
    """All languages' texts, read once at start."""

    def __init__(self, by_language: Mapping[str, gettext.GNUTranslations], keys: Iterable[str]) -> None:
        self._by_language = dict(by_language)
        self.keys = frozenset(keys)
        """Every text's key, of any language."""

    @classmethod
    def load(cls, packages: Iterable[str] = PACKAGES) -> "Catalogues":
        """Read the `locale` folders of the packages; a package that is not installed is left out."""
        return _load(tuple(packages))

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages with at least one text."""
        return tuple(sorted(self._by_language))

    @property
    def complete(self) -> tuple[str, ...]:
        """Languages with every text that any language has: pages can be read in them from end to end."""
        return tuple(
            language
            for language in self.languages
            if all(_has(self._by_language[language], key) for key in self.keys)
        )

    def knows(self, key: str) -> bool:
        """Return whether any language has the text."""
        return any(_has(texts, key) for texts in self._by_language.values())

    def placeholders(self, key: str) -> frozenset[str] | None:
        """Return the names that a text fills in, in any language; None where there is no such text."""
        texts = [text for catalogue in self._by_language.values() for text in _forms(catalogue, key)]
        if not texts:
            return None
        return frozenset(name for text in texts for _, name, _, _ in Formatter().parse(text) if name)

    def translator(
        self,
        language: str,
        *,
        fallbacks: Sequence[str] | None = None,
        overrides: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Translator:
        """Return the texts of a language; `overrides` are a tenant's own texts by language."""
        chain = [language, *(FALLBACKS.get(language, ("en",)) if fallbacks is None else fallbacks)]
        known = [self._by_language[code] for code in chain if code in self._by_language]
        own = overrides or {}
        return Translator(language, known, [own[language]] if language in own else ())


def _forms(catalogue: gettext.GNUTranslations, key: str) -> set[str]:
    """Return a text in its singular and plural forms; nothing for an unknown key."""
    return {catalogue.gettext(key), *(catalogue.ngettext(key, key, n) for n in (1, 2, 5))} - {key}


@lru_cache
def _load(packages: tuple[str, ...]) -> Catalogues:
    merged: dict[str, Catalog] = {}
    for package in packages:
        try:
            root = Path(str(files(package))) / "locale"
        except ModuleNotFoundError:
            continue
        for path in sorted(root.glob("*/*.po")):
            _merge(merged, path.parent.name, path)
    compiled = {language: _compiled(catalogue) for language, catalogue in merged.items()}
    # The message without an id is the header; a plural's id is both of its forms, of which one is the key.
    ids = [message.id for catalogue in merged.values() for message in catalogue if message.id]
    return Catalogues(compiled, (one if isinstance(one, str) else one[0] for one in ids))


def _has(texts: gettext.GNUTranslations, key: str) -> bool:
    return texts.gettext(key) != key or texts.ngettext(key, key, 1) != key


def _merge(merged: dict[str, Catalog], language: str, path: Path) -> None:
    with path.open("rb") as source:
        read = read_po(source, locale=None)
    whole = merged.setdefault(language, read)
    for message in read:
        # The message without an id is the header, which the first file has given.
        if whole is not read and message.id:
            whole[message.id] = message


def _compiled(catalogue: Catalog) -> gettext.GNUTranslations:
    # Babel gives Northern Sami two plural forms; the file's own header has the dual as well.
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
