"""What a wheel of the platform holds beside its modules: made files and templates come along."""

from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.build import build_wheel

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel made now."""
    folder = tmp_path_factory.mktemp("wheel")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(ROOT)
        made = build_wheel(str(folder))
    with ZipFile(folder / made) as wheel:
        return set(wheel.namelist())


@pytest.mark.parametrize(
    ("folder", "inside"),
    [
        ("tenants/_countries", "opptak/countries"),
        ("core/opptak/ui/static", "opptak/ui/static"),
        ("core/opptak/ui/templates", "opptak/ui/templates"),
        ("core/opptak/locale", "opptak/locale"),
        ("admin_ui/opptak_admin/locale", "opptak_admin/locale"),
        ("portal/opptak_portal/locale", "opptak_portal/locale"),
    ],
)
def test_whole_folder_comes_along(names: set[str], folder: str, inside: str) -> None:
    wanted = {
        f"{inside}/{path.relative_to(ROOT / folder).as_posix()}"
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    assert wanted
    assert wanted - names == set()


def test_nothing_else_does(names: set[str]) -> None:
    packages = {"opptak", "opptak_admin", "opptak_portal", "opptak_verifier"}
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == packages
    assert [name for name in names if "node_modules" in name or "__pycache__" in name] == []
