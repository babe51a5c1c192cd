"""Pages: one template environment a site, compiled once, and the frame every page stands in.

A page's context may carry `values` and `errors` (by field name, the errors as message keys); the
form components read both.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from html import escape
from importlib.resources import files
from pathlib import Path

import msgspec
from minijinja import Environment, safe

from opptak.kit.i18n import Translator
from opptak.ui.assets import assets
from opptak.ui.dates import format_date, format_moment, format_money, format_weekdays
from opptak.ui.theme import Brand, theme_url

__all__ = ("Flash", "FlashColor", "Language", "NavItem", "PageFrame", "Templates")

FUEL = 5_000_000
"""Instructions one rendering may take; a page of a thousand table rows needs a tenth of it."""


class FlashColor(StrEnum):
    """How a message after an action went, in Designsystemet's colours."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"


class Flash(msgspec.Struct, frozen=True):
    """A message shown once, on the page after an action."""

    key: str
    color: FlashColor = FlashColor.SUCCESS
    params: Mapping[str, str | int] = {}


class Language(msgspec.Struct, frozen=True):
    """A language the reader may choose, named in itself."""

    code: str
    name: str


class NavItem(msgspec.Struct, frozen=True):
    """An entry of the main menu; `label` is a message key."""

    label: str
    href: str
    current: bool = False


class PageFrame(msgspec.Struct, frozen=True, kw_only=True):
    """What surrounds a page's own content; `title` and `site` are message keys."""

    title: str
    title_params: Mapping[str, str | int] = {}
    site: str
    brand: Brand
    logo: str | None = None
    """Address of the logo; without one, the first letter of the name."""
    languages: tuple[Language, ...] = ()
    path: str = "/"
    """Address of this page, to come back to in another language."""
    user: str | None = None
    """Name of the person who is logged in."""
    csrf_token: str = ""
    flashes: tuple[Flash, ...] = ()
    training: bool = False
    nav: tuple[NavItem, ...] = ()
    home: str = "/"
    """The site's first page; empty where it has none."""
    login: str | None = None
    logout: str = "/logout"
    information: bool = True
    """Whether there are pages that say whom to ask and what becomes of one's data: they are the portal's."""


class Templates:
    """Templates of this package and of the packages added; a later package wins a name."""

    def __init__(self, *packages: str, asset_url: Callable[[str], str] | None = None) -> None:
        self._folders: list[Path] = []
        # Full error texts would print the variables of the page, names and addresses among them.
        self._environment = Environment(
            loader=self._load, fuel=FUEL, undefined_behavior="strict", debug=False
        )
        address = asset_url or assets(*packages).url
        self._environment.add_global("asset", lambda name: safe(address(name)))
        for package in ("opptak.ui", *packages):
            self.add_package(package)

    def add_package(self, package: str) -> None:
        """Look for templates in the package's `templates` folder first."""
        self._folders.insert(0, Path(str(files(package))) / "templates")

    def render(
        self, name: str, context: Mapping[str, object], *, translator: Translator, page: PageFrame
    ) -> str:
        """Return the page; raises minijinja.TemplateError when the template asks for more."""
        form: dict[str, object] = {"values": {}, "errors": {}}
        return self._environment.render_template(name, **{**form, **context, **_frame(translator, page)})

    def _load(self, name: str) -> str | None:
        for folder in self._folders:
            path = folder / name
            if path.is_file():
                return path.read_text(encoding="utf-8")
        return None


def _frame(translator: Translator, page: PageFrame) -> dict[str, object]:
    language = translator.language
    csrf = safe(f'<input type="hidden" name="_csrf_token" value="{escape(page.csrf_token)}">')
    return {
        "_": translator,
        "n_": translator.plural,
        "csrf_field": lambda: csrf,
        "flashes": [{"color": f.color, "text": translator(f.key, **f.params)} for f in page.flashes],
        "format_date": partial(format_date, language=language),
        "format_moment": partial(format_moment, language=language),
        "format_weekdays": partial(format_weekdays, language=language),
        "format_money": partial(format_money, language=language),
        "language": language,
        "page": page,
        "site": translator(page.site),
        "theme_url": safe(theme_url(page.brand)),
        "title": translator(page.title, **page.title_params),
    }
