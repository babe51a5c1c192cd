"""The hook surface stays what plugins were written against."""

import copy
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

import msgspec
import pytest
from tools.docs_hooks import DOCUMENT, PROVIDERS, SNAPSHOT, breaking, encoded, markdown, surface

from opptak import testing
from opptak.builtin import PLUGINS
from opptak.hooks import specs
from opptak.hooks.manager import FAMILIES, PluginManager

LATER = {
    "opptak_archive",
    "opptak_consents",
    "opptak_income",
    "opptak_translation",
    "opptak_travel_time",
    "opptak_virus_scan",
}
"""Hooks that no plugin in this repository implements yet."""

Content = dict[str, dict[str, Any]]


@pytest.fixture
def old() -> Content:
    """The surface as it was written down."""
    found: Content = msgspec.json.decode(SNAPSHOT.read_bytes())
    return found


def hooks() -> dict[str, Callable[..., object]]:
    """Return the specifications by name."""
    return {name: found for name, found in vars(specs).items() if name.startswith("opptak_")}


def test_snapshot_is_current() -> None:
    assert SNAPSHOT.read_text(encoding="utf-8") == encoded(surface())


def test_page_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == markdown()


def test_unchanged_surface_breaks_nothing(old: Content) -> None:
    assert breaking(old, surface()) == []


def _remove(content: Content, part: str, *path: str) -> None:
    place: Any = content[part]
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]


@pytest.mark.parametrize(
    ("part", "path", "line"),
    [
        ("hooks", ("opptak_rules",), "opptak_rules is gone"),
        ("providers", ("RuleSet", "right"), "RuleSet.right is gone"),
        ("values", ("Contact", "fields", "email"), "Contact.email is gone"),
        ("values", ("Protection", "members", "STRICT"), "Protection.STRICT is gone"),
        ("outcomes", ("Neutral",), "Neutral is gone"),
        ("tools", ("calls.Service",), "calls.Service is gone"),
    ],
)
def test_removal_breaks(old: Content, part: str, path: tuple[str, ...], line: str) -> None:
    new = copy.deepcopy(old)
    _remove(new, part, *path)
    assert breaking(old, new) == [line]


def test_changes_break(old: Content) -> None:
    new = copy.deepcopy(old)
    new["hooks"]["opptak_rules"]["firstresult"] = False
    new["providers"]["RuleSet"]["right"]["signature"] = "(self)"
    new["values"]["Contact"]["fields"]["email"]["type"] = "bytes"
    assert breaking(old, new) == [
        "opptak_rules has changed",
        "RuleSet.right has changed",
        "Contact.email has changed",
    ]


def test_additions_break_only_when_they_are_required(old: Content) -> None:
    new = copy.deepcopy(old)
    new["hooks"]["opptak_new"] = {"signature": "(context)", "firstresult": True}
    new["providers"]["RuleSet"]["extra"] = {"signature": "(self)", "abstract": False, "coroutine": True}
    new["values"]["Contact"]["fields"]["fax"] = {"type": "str", "default": "''"}
    assert breaking(old, new) == []
    new["providers"]["RuleSet"]["extra"]["abstract"] = True
    del new["values"]["Contact"]["fields"]["fax"]["default"]
    assert breaking(old, new) == ["RuleSet.extra is new and required", "Contact.fax is new and required"]


def test_every_hook_is_documented() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    for name, function in hooks().items():
        assert inspect.getdoc(function), name
        assert f"`{name}`" in page
    for family in PROVIDERS:
        for operation, found in vars(family).items():
            if inspect.isfunction(found) and not operation.startswith("_"):
                assert inspect.getdoc(found), f"{family.__name__}.{operation}"


def test_facade_and_specification_agree() -> None:
    assert {*FAMILIES.values(), "opptak_plugin"} == hooks().keys()
    for family, name in FAMILIES.items():
        hints = get_type_hints(hooks()[name])
        assert list(hints) == ["context", "return"]
        assert hints["return"] == family | None


def test_implementations_have_the_specification_s_types() -> None:
    manager = PluginManager.discover(PLUGINS)
    for name in hooks():
        for found in getattr(manager._pluggy.hook, name).get_hookimpls():
            hints, wanted = get_type_hints(found.function), get_type_hints(hooks()[name])
            assert hints.get("context") == wanted.get("context"), found.plugin_name
            assert {hints["return"], hints["return"] | None} & {wanted["return"]}, found.plugin_name


def test_every_hook_is_implemented_but_those_for_later() -> None:
    manager = PluginManager.discover(PLUGINS)
    missing = {
        hook
        for family, hook in FAMILIES.items()
        if not any(manager.implements(name, family) for name in manager.plugins)
    }
    assert missing == LATER


def test_every_family_has_a_contract() -> None:
    for family in FAMILIES:
        contract = getattr(testing, f"{family.__name__}Contract")
        assert contract.family is family
