"""Every component on one page, for looking at and for the accessibility test.

`python -m opptak.ui.gallery OUT.html [language] [#accent]` writes it with addresses of local files (some
browsers load no font from there).
"""

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from opptak.kit.i18n import Catalogues
from opptak.kit.money import Money
from opptak.ui.assets import STATIC
from opptak.ui.engine import Flash, FlashColor, Language, NavItem, PageFrame, Templates
from opptak.ui.theme import Brand, theme_css, theme_url

__all__ = ("gallery_html", "gallery_page", "write_gallery")

SAMPLE = Path(__file__).parent / "gallery.json"
LANGUAGES = (
    Language("nb", "Norsk bokmål"),
    Language("nn", "Norsk nynorsk"),
    Language("se", "Davvisámegiella"),
    Language("en", "English"),
)


def gallery_page(brand: Brand) -> PageFrame:
    """Return a frame with everything in it that a frame can have."""
    return PageFrame(
        title="ui.gallery.title",
        site="ui.gallery.site",
        brand=brand,
        languages=LANGUAGES,
        path="/gallery",
        user="Máret Østbø",
        flashes=(Flash("ui.gallery.saved", FlashColor.SUCCESS),),
        training=True,
        nav=(NavItem("ui.to_start", "/"), NavItem("ui.gallery.title", "/gallery", current=True)),
    )


def gallery_html(templates: Templates, *, language: str, brand: Brand) -> str:
    """Return the gallery in one of `LANGUAGES`."""
    context: dict[str, object] = msgspec.json.decode(SAMPLE.read_bytes(), type=dict[str, object])
    context |= {
        "day": date(2026, 3, 1),
        "moment": datetime(2026, 3, 1, 13, 5, tzinfo=UTC),
        "amount": Money(123_450),
    }
    translator = Catalogues.load().translator(language)
    return templates.render("gallery.html", context, translator=translator, page=gallery_page(brand))


def write_gallery(target: Path, language: str = "nb", accent: str = "#0b4f6c") -> None:
    """Write the gallery and its theme so that a browser can open it from disk."""
    brand = Brand(name="Storslett", accent=accent, support="#8a1538")
    theme = target.with_suffix(".theme.css")
    theme.write_text(theme_css(brand), encoding="utf-8")
    templates = Templates(asset_url=lambda name: (STATIC / name).as_uri())
    html = gallery_html(templates, language=language, brand=brand)
    target.write_text(html.replace(theme_url(brand), theme.as_uri()), encoding="utf-8")


if __name__ == "__main__":
    write_gallery(Path(sys.argv[1]).resolve(), *sys.argv[2:])
