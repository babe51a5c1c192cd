"""Every page in every language: no key instead of a text, and no text of another language's."""

import re
from collections.abc import Awaitable, Callable
from html import unescape

import pytest

from tests.core.scene import Scene
from tests.portal.album import Leaf, after_release, before_deadline, public_pages
from tests.portal.conftest import LogIn
from tests.portal.visitor import Visitor

LANGUAGES = ("nb", "nn", "se", "en")
ALBUMS = (public_pages, before_deadline, after_release)
KEY = re.compile(r"\b(?:portal|ui|web|letter|facility|allocation|admission)\.[a-z_]+(?:\.[a-z_]+)*\b")
ADDRESS = re.compile(r'(?:href|src|action|content)="[^"]*"')


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("album", ALBUMS)
async def test_page_has_all_its_texts(
    scene: Scene,
    log_in: LogIn,
    stranger: Visitor,
    album: Callable[[Scene], Awaitable[list[Leaf]]],
    language: str,
) -> None:
    for leaf in await album(scene):
        visitor = stranger if leaf.household is None else await log_in(leaf.household)

        page = await visitor.get(f"{leaf.path}?language={language}")

        assert page.status_code == 200, leaf.path
        assert f'<html lang="{language}"' in page.text
        assert KEY.findall(ADDRESS.sub("", unescape(page.text))) == [], leaf.path
