from collections.abc import Callable

import pytest

from opptak.kit.i18n import Catalogues, Translator
from opptak.ui.engine import PageFrame, Templates, _frame
from opptak.ui.theme import Brand

Render = Callable[..., str]


@pytest.fixture
def brand() -> Brand:
    return Brand(name="Nordreisa", accent="#0b4f6c")


@pytest.fixture
def page(brand: Brand) -> PageFrame:
    return PageFrame(title="ui.contact", site="ui.gallery.site", brand=brand, csrf_token="0f5a")


@pytest.fixture
def nb() -> Translator:
    return Catalogues.load().translator("nb")


@pytest.fixture(scope="session")
def templates() -> Templates:
    return Templates()


@pytest.fixture
def render(templates: Templates, page: PageFrame, nb: Translator) -> Render:
    """Render a line of template in which every component is at hand as `ui`."""

    def rendered(source: str, **context: object) -> str:
        form: dict[str, object] = {"values": {}, "errors": {}}
        template = '{%- import "ui.html" as ui -%}' + source
        return templates._environment.render_str(
            template, "line.html", **{**form, **_frame(nb, page), **context}
        )

    return rendered
