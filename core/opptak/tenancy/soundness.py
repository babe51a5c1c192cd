"""What a tenant document's parts must have to do with each other, beyond the type of each. Pure."""

import zoneinfo
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import pairwise
from string import Formatter

import msgspec

from opptak.hooks.plugin import PluginInfo
from opptak.kit.mistakes import Mistake, did_you_mean, nearest
from opptak.tenancy.config import Criteria, RoundConfig, TenantDocument
from opptak.tenancy.hosts import HostInvalid, host_name

__all__ = ("Known", "find_unsound")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What a document may refer to."""

    plugins: Mapping[str, PluginInfo]
    languages: Collection[str]
    placeholders: Callable[[str], Collection[str] | None]
    """Return the names a text fills in; None where there is no such text."""
    texts: Collection[str]
    """The keys of all texts."""
    criteria: Callable[[Criteria, str], Iterable[Mistake]]
    """Return what is wrong with a version of the criteria in a country, by the way inside it."""


def find_unsound(document: TenantDocument, known: Known) -> Iterator[Mistake]:
    """Yield every mistake."""
    yield from _in_hosts(document)
    yield from _in_languages(document, known)
    yield from _in_texts(document, known)
    yield from _in_plugins(document, known)
    yield from _in_criteria(document, known)
    for position, round_ in enumerate(document.rounds):
        for mistake in _in_round(round_):
            yield msgspec.structs.replace(mistake, path=("rounds", position, *mistake.path))
    if document.time_zone not in zoneinfo.available_timezones():
        yield Mistake(("time_zone",), f"there is no `{document.time_zone}`", "such as Europe/Oslo")
    if document.brand.logo and document.brand.logo not in document.assets:
        files = ", ".join(sorted(document.assets)) or "none is there"
        yield Mistake(("brand", "logo"), f"there is no file `{document.brand.logo}`", files)


def _in_hosts(document: TenantDocument) -> Iterator[Mistake]:
    for position, host in enumerate(document.hosts):
        try:
            host_name(host)
        except HostInvalid:
            right = "a name such as sign-up.town.example, without https:// and port"
            yield Mistake(("hosts", position), f"`{host}` is no host name", right)


def _in_languages(document: TenantDocument, known: Known) -> Iterator[Mistake]:
    if not document.languages:
        yield Mistake(("languages",), "none is named", "one at least")
    for position, language in enumerate(document.languages):
        if language not in known.languages:
            told = f"the texts in `{language}` are not all there"
            yield Mistake(("languages", position), told, nearest(language, sorted(known.languages)))
    equal = document.equal_languages
    if document.languages[1 : len(equal) + 1] != equal:
        wanted = ", ".join((*document.languages[:1], *equal))
        yield Mistake(("languages",), "equal languages don't follow the first", f"{wanted} first")
    for position, language in enumerate(equal):
        if known.placeholders(f"equal_language.{language}") is None:
            yield Mistake(("equal_languages", position), f"nothing says that one may use `{language}`")


def _in_texts(document: TenantDocument, known: Known) -> Iterator[Mistake]:
    for language, texts in document.texts.items():
        if language not in document.languages:
            told = f"`{language}` is none of the languages"
            yield Mistake(("texts", language), told, nearest(language, document.languages))
        for key, text in texts.items():
            filled = known.placeholders(key)
            if filled is None:
                right = did_you_mean(key, sorted(known.texts))
                yield Mistake(("texts", language, key), f"there is no text `{key}` to override", right)
            elif strange := _names(text) - set(filled):
                told = f"nothing fills in {', '.join(f'{{{name}}}' for name in sorted(strange))}"
                right = ", ".join(f"{{{name}}}" for name in sorted(filled)) or "no braces"
                yield Mistake(("texts", language, key), told, right)


def _names(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return {text}


def _in_plugins(document: TenantDocument, known: Known) -> Iterator[Mistake]:
    for name, choice in document.plugins.items():
        info = known.plugins.get(name)
        if info is None:
            yield Mistake(
                ("plugins", name), "no such plugin is installed", nearest(name, list(known.plugins))
            )
        elif info.country not in {None, document.country}:
            yield Mistake(
                ("plugins", name), f"this is for {info.country}, the municipality in {document.country}"
            )
        elif choice.enabled and choice.settings:
            for key in choice.settings.keys() - {
                field.name for field in msgspec.structs.fields(info.settings)
            }:
                fields = [field.name for field in msgspec.structs.fields(info.settings)]
                yield Mistake(
                    ("plugins", name, "settings", key), "there is no such setting", nearest(key, fields)
                )


def _in_criteria(document: TenantDocument, known: Known) -> Iterator[Mistake]:
    for version, criteria in enumerate(document.criteria):
        for mistake in known.criteria(criteria, document.country):
            yield msgspec.structs.replace(mistake, path=("criteria", version, *mistake.path))
        if criteria.valid_from in {one.valid_from for one in document.criteria[:version]}:
            told = f"another version is in force from {criteria.valid_from}"
            yield Mistake(("criteria", version, "valid_from"), told, "a day of its own")
    if not document.criteria:
        yield Mistake(("criteria",), "none are given", "one version at least")


def _in_round(round_: RoundConfig) -> Iterator[Mistake]:
    days = ("opens_on", "deadline", "starts_on", "latest_start")
    for earlier, later in pairwise(days):
        first, second = getattr(round_, earlier), getattr(round_, later)
        if first > second:
            yield Mistake((later,), f"{second} is before {earlier}", f"{first} or later")
