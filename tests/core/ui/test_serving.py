from collections.abc import AsyncIterator

import pytest
from litestar import Litestar, Request, Response, get
from litestar.datastructures import State
from litestar.testing import AsyncTestClient, create_async_test_client

from opptak.kit.errors import NotFound
from opptak.ui.assets import assets
from opptak.ui.serving import assets_handler, theme_response
from opptak.ui.theme import Brand, theme_css, theme_url

FOR_GOOD = "public, max-age=31536000, immutable"


def gone(request: Request[object, object, State], error: NotFound) -> Response[str]:
    return Response("", status_code=error.status)


@pytest.fixture
async def client(brand: Brand) -> AsyncIterator[AsyncTestClient[Litestar]]:
    @get("/theme/{name:str}")
    async def theme(request: Request[object, object, State]) -> Response[str]:
        return theme_response(brand, request.url.path)

    handlers = [assets_handler(assets()), theme]
    async with create_async_test_client(handlers, exception_handlers={NotFound: gone}) as made:
        yield made


async def test_asset_is_kept_for_good(client: AsyncTestClient[Litestar]) -> None:
    answer = await client.get(assets().url("opptak.css"))

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == FOR_GOOD
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "Inter" in answer.text


async def test_asset_is_compressed_for_who_can_read_that(client: AsyncTestClient[Litestar]) -> None:
    url = assets().url("opptak.css")
    small = await client.get(url, headers={"accept-encoding": "br, gzip"})
    plain = await client.get(url, headers={"accept-encoding": "identity"})

    assert small.headers["content-encoding"] == "gzip"
    assert small.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in plain.headers
    assert int(small.headers["content-length"]) < int(plain.headers["content-length"])
    assert small.text == plain.text


async def test_font_in_a_folder_is_found(client: AsyncTestClient[Litestar]) -> None:
    answer = await client.get(assets().url("vendor/fonts/inter.woff2"))

    assert answer.headers["content-type"] == "font/woff2"
    assert answer.content.startswith(b"wOF2")


async def test_asset_of_another_release_is_asked_for_again(client: AsyncTestClient[Litestar]) -> None:
    answer = await client.get("/assets/0f5a0f5a0f5a/opptak.css")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["nowhere.css", "..%2f..%2fengine.py", "vendor/.stamp"])
async def test_anything_else_is_not_there(client: AsyncTestClient[Litestar], name: str) -> None:
    answer = await client.get(f"/assets/{assets().digest}/{name}")

    assert answer.status_code == 404


async def test_theme_is_kept_for_good(client: AsyncTestClient[Litestar], brand: Brand) -> None:
    answer = await client.get(theme_url(brand))

    assert answer.headers["cache-control"] == FOR_GOOD
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.text == theme_css(brand)


async def test_theme_of_other_colours_is_asked_for_again(client: AsyncTestClient[Litestar]) -> None:
    answer = await client.get(theme_url(Brand(name="Nordreisa", accent="#000000")))

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
