"""The contracts in pyproject.toml: kept by the tree, and broken by what they are there to forbid."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = [f"plugins/{path.parent.name}" for path in (ROOT / "plugins").glob("*/pyproject.toml")]
FOLDERS = ["core", "admin_ui", "portal", "simulators", *PLUGINS]
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS = {contract["name"] for contract in CONFIGURATION["contracts"]}
FORBIDDEN = {
    "admin_ui/opptak_admin/planted.py": "import opptak_portal",
    "core/opptak/allocation/planted.py": "import sqlalchemy",
    "core/opptak/hooks/planted.py": "import opptak.kit.ids",
    "core/opptak/kit/planted.py": "import opptak.people",
    "core/opptak/offers/planted.py": "import opptak.people.models",
    "core/opptak/people/events.py": "import opptak.people.repository",
    "plugins/billing/opptak_billing/planted.py": "import opptak.kit.ids",
    "plugins/fiks/opptak_fiks/planted.py": "import opptak_billing",
    "simulators/opptak_simulators/planted.py": "import opptak",
}


def verdicts(root: Path) -> dict[str, str]:
    """KEPT or BROKEN by contract, for the packages under `root`."""
    folders = os.pathsep.join(str(root / folder) for folder in FOLDERS)
    done = subprocess.run(  # noqa: S603 -- our own tool
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=root,
        env={**os.environ, "COLUMNS": "200", "PYTHONPATH": folders},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"^(?P<name>.+?) (KEPT|BROKEN)", done.stdout, re.MULTILINE)
    return dict(found) or {"nothing was checked": done.stdout + done.stderr}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages' Python files, to plant something in."""
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            if "node_modules" not in path.parts:
                target = tmp_path / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def test_tree_keeps_every_contract() -> None:
    assert verdicts(ROOT) == dict.fromkeys(CONTRACTS, "KEPT")


def test_every_contract_is_broken_by_what_it_forbids(copy: Path) -> None:
    for path, line in FORBIDDEN.items():
        with (copy / path).open("a") as module:
            module.write(f"\n{line}\n")
    (copy / "core/opptak/people/repository.py").touch()

    assert verdicts(copy) == dict.fromkeys(CONTRACTS, "BROKEN")
