"""Budgets and promises that hold for the code as a whole."""

import ast
import re
import statistics
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("core", "portal", "admin_ui", "plugins", "simulators", "tools")
LONGEST_MEDIAN = 12
COMMAND = re.compile(r"\bmake (?P<target>[a-z0-9]+)\b(?! [a-z]+ )")


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            if "node_modules" not in path.parts:
                yield path


def imported(path: Path) -> set[str]:
    """The top-level packages a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=found):
                names.update(one.name for one in found)
            case ast.ImportFrom(module=str(module)):
                names.add(module)
    return {name.partition(".")[0] for name in names}


def test_functions_are_short() -> None:
    lengths = [
        (node.end_lineno or 0) - node.lineno + 1
        for path in modules(*PRODUCT)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert statistics.median(lengths) <= LONGEST_MEDIAN


def test_verifier_stands_on_the_standard_library_alone() -> None:
    on_columns = {"arrays.py"}  # stands on numpy, and is left out of the verifier that is handed out
    paths = [path for path in modules("core/opptak_verifier") if path.name not in on_columns]
    found = {name for path in paths for name in imported(path)}

    assert found - sys.stdlib_module_names <= {"opptak_verifier"}


def test_annotations_are_there_at_run_time() -> None:
    delayed = [path.name for path in modules(*PRODUCT) if "__future__" in imported(path)]

    assert delayed == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-helm.lock"])
def test_lock_pins_every_package_by_hash_and_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.split(r"\n(?=[a-zA-Z])", text)

    assert re.findall(r"https?:|file:|^-", text, re.MULTILINE) == []
    assert [one.split()[0] for one in entries if "==" not in one or "--hash=sha256:" not in one] == []


def test_lock_has_every_requirement_in_an_allowed_version() -> None:
    locked = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    wanted = {one for one in requirements() if not canonicalize_name(one.name).startswith("opptak")}

    assert {str(one) for one in wanted if not one.specifier.contains(locked.get(one.name, "0"))} == set()


def requirements() -> Iterator[Requirement]:
    """What the distributions and the tools of this repository ask for."""
    for path in (
        ROOT / "pyproject.toml",
        *ROOT.glob("*/pyproject.toml"),
        *ROOT.glob("plugins/*/pyproject.toml"),
    ):
        declared = tomllib.loads(path.read_text())
        project, groups = declared["project"], declared.get("dependency-groups", {})
        extras = project.get("optional-dependencies", {}).values()
        for lines in (
            project.get("dependencies", []),
            *extras,
            groups.get("dev", []),
            groups.get("build", []),
        ):
            yield from map(Requirement, lines)


def test_package_lock_of_the_assets_names_no_address() -> None:
    assert "resolved" not in (ROOT / "core/opptak/ui/package-lock.json").read_text()


def test_documents_name_only_commands_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z0-9]+):", makefile, re.MULTILINE))
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    code = "\n".join(
        part for page in pages for part in re.findall(r"`[^`]+`|^```.*?^```", page.read_text(), re.M | re.S)
    )

    assert {match["target"] for match in COMMAND.finditer(code)} <= targets


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    [phony] = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)

    assert set(re.findall(r"^([a-z0-9-]+):.*## ", makefile, re.MULTILINE)) == set(phony.split())
