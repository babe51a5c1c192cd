import gzip
import json
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from opptak.ui.assets import MADE, STATIC, Asset, Assets, AssetsMissing, assets, require_made

LETTERS = "áčđŋšŧžåæøäöüßÁČĐŊŠŦŽÅÆØÄÖÜẞłńśźżąęėįšųžőűșțıİğ–«»„“…€"


def test_web_font_has_the_letters_and_is_small() -> None:
    path = STATIC / "vendor/fonts/inter.woff2"
    font = TTFont(path)

    assert [letter for letter in LETTERS if ord(letter) not in font.getBestCmap()] == []
    assert [(axis.axisTag, axis.minValue, axis.maxValue) for axis in font["fvar"].axes] == [
        ("wght", 400, 700)
    ]
    assert path.stat().st_size <= 35_000


@pytest.mark.parametrize("weight", ["Regular", "SemiBold"])
def test_print_font_is_whole(weight: str) -> None:
    font = TTFont(STATIC / f"vendor/fonts/Inter-{weight}.ttf")

    assert font.flavor is None
    assert [letter for letter in LETTERS if ord(letter) not in font.getBestCmap()] == []


def test_own_files_are_small() -> None:
    assert (STATIC / "opptak.css").stat().st_size <= 10 * 1024
    assert (STATIC / "opptak.js").stat().st_size <= 3 * 1024


def test_stylesheet_knows_every_class_of_the_templates() -> None:
    css = (STATIC / "vendor/designsystemet.css").read_text() + (STATIC / "opptak.css").read_text()
    templates = STATIC.parent / "templates"
    used = {
        name
        for path in templates.rglob("*.html")
        for name in re.findall(
            r"\b(?:ds|op)-[\w-]+", " ".join(re.findall(r'class="([^"]*)"', path.read_text()))
        )
    }

    assert sorted(name for name in used if not re.search(rf"\.{name}(?![\w-])", css)) == []


def test_files_a_stylesheet_names_are_there() -> None:
    named = re.findall(r'url\("?([^")]+)', (STATIC / "opptak.css").read_text())

    assert [name for name in named if assets().find(name) is None] == []


def test_lock_names_no_package_index() -> None:
    lock = json.loads((STATIC.parent / "package-lock.json").read_text())

    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []


def test_url_changes_with_any_content() -> None:
    one = Assets({"a.css": Asset("text/css", b"a", None), "b.css": Asset("text/css", b"b", None)})
    other = Assets({"a.css": Asset("text/css", b"a", None), "b.css": Asset("text/css", b"c", None)})

    assert one.url("a.css").endswith("/a.css")
    assert one.url("a.css") != other.url("a.css")


def test_url_of_a_missing_file_is_an_error() -> None:
    with pytest.raises(KeyError):
        assets().url("nowhere.css")


def test_compressed_file_is_the_same_file() -> None:
    stylesheet = assets().find("vendor/designsystemet.css")

    assert stylesheet is not None
    assert stylesheet.compressed is not None
    assert gzip.decompress(stylesheet.compressed) == stylesheet.body


@pytest.mark.parametrize("name", [".stamp", "fonts/Inter-Regular.ttf", "licences/htmx.txt"])
def test_files_for_others_are_not_served(name: str) -> None:
    assert (STATIC / "vendor" / name).exists()
    assert assets().find(f"vendor/{name}") is None


def test_start_is_refused_without_the_made_files(tmp_path: Path) -> None:
    require_made()
    for name in MADE[1:]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(AssetsMissing, match=r"lacks vendor/designsystemet\.css: "):
        require_made(tmp_path)


def test_later_package_wins_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other_site" / "static").mkdir(parents=True)
    (tmp_path / "other_site" / "__init__.py").touch()
    (tmp_path / "other_site" / "static" / "icon.svg").write_text("<svg/>")
    monkeypatch.syspath_prepend(tmp_path)
    icon = Assets.load("opptak.ui", "other_site").find("icon.svg")

    assert icon is not None
    assert icon.body == b"<svg/>"
