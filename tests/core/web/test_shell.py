"""What every request meets: its host, its form, its language; and what every answer carries."""

import logging
from datetime import timedelta
from html import unescape

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import Receive, Scope, Send
from tests.asgi import within
from tests.core.web.browser import Browser
from tests.core.web.pages import PORTAL

from opptak.kit.clock import TravelClock
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.web import create_app
from opptak.webkit import KnownPerson


def _client(app: Litestar, host: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=within(app), base_url=f"http://{host}")


@pytest.mark.parametrize(
    ("language", "words"),
    [("nb", "Ingen kommune"), ("en;q=0.8,xx", "No municipality"), ("fr", "Ingen kommune")],
)
async def test_unknown_host_gets_a_kind_page_that_names_nobody(
    app: Litestar, tenant: TenantContext, language: str, words: str
) -> None:
    async with _client(app, "nowhere.localhost") as client:
        answer = await client.get("/staff", headers={"Accept-Language": language})
        theme = await client.get("/theme/0.css")
    assert answer.status_code == 404
    assert words in answer.text
    assert tenant.document.name not in answer.text
    assert theme.headers["content-type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize("extra", [":80@evil.example", "/evil", ":x", ""])
async def test_host_header_that_would_lead_elsewhere_is_nobodys(
    app: Litestar, tenant: TenantContext, extra: str
) -> None:
    host = f"{tenant.slug}.localhost"
    async with _client(app, host) as client:
        answer = await client.get("/", headers={"Host": host + extra})
    assert answer.status_code == (404 if extra else 200)


async def test_every_answer_carries_the_headers_that_protect(browser: Browser) -> None:
    for path in ("/", "/nowhere", "/api/v1", "/form"):
        answer = await browser.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert len(answer.headers["x-request-id"]) == 32
        assert "strict-transport-security" not in answer.headers


async def test_secure_deployment_marks_cookies_and_transport(
    web_runtime: Runtime, tenant: TenantContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = msgspec.structs.replace(web_runtime.settings, secure_cookies=True)
    monkeypatch.setattr(web_runtime, "settings", settings)
    async with _client(create_app(web_runtime, (PORTAL,)), f"{tenant.slug}.localhost") as client:
        answer = await client.get("/login/start?provider=test_op")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert "redirect_uri=https%3A%2F%2F" in answer.headers["location"]
    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-login=")
    assert {"Secure", "HttpOnly", "Path=/"} < {part.strip() for part in cookie.split(";")}


async def test_server_still_knows_that_it_was_head(app: Litestar, tenant: TenantContext) -> None:
    seen: list[object] = []

    async def server(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        # A server that reads GET by now misses the body it was promised.
        assert scope["type"] == ScopeType.HTTP
        seen.append(scope["method"])

    transport = httpx.ASGITransport(server)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{tenant.slug}.localhost") as client:
        whole, head = await client.get("/"), await client.head("/")
    assert seen == ["GET", "HEAD"]
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]


@pytest.mark.parametrize("path", ["/a%00b", "/?next=%00", "/form?x=a%00"])
async def test_null_characters_are_refused(browser: Browser, path: str) -> None:
    assert (await browser.get(path)).status_code == 400


async def test_null_character_in_a_form_is_refused(browser: Browser, parent: KnownPerson) -> None:
    await browser.log_in()
    await browser.get("/form")
    assert (await browser.post("/form", {"note": "a\0b"})).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
    ids=lambda headers: "-".join(headers.values()),
)
async def test_post_from_another_site_is_refused(
    browser: Browser, parent: KnownPerson, headers: dict[str, str]
) -> None:
    await browser.log_in()
    await browser.get("/form")
    fields = {"_csrf_token": browser.token, "note": "hei"}
    answer = await browser.client.post("/form", data=fields, headers=headers)
    assert answer.status_code == 403


async def test_post_without_the_token_of_the_login_is_refused(browser: Browser, parent: KnownPerson) -> None:
    await browser.log_in()
    await browser.get("/form")
    right, browser.token = browser.token, "another"
    assert (await browser.post("/form", {"note": "hei"})).status_code == 403
    browser.token = ""
    assert (await browser.post("/form", {"note": "hei"}, **{"X-CSRFToken": right})).status_code == 303


async def test_head_is_answered_like_get_without_the_body(browser: Browser) -> None:
    answer = await browser.client.head("/")
    assert (answer.status_code, answer.text) == (200, "")
    assert int(answer.headers["content-length"]) > 0


async def test_body_has_a_limit(browser: Browser, parent: KnownPerson) -> None:
    await browser.log_in()
    await browser.get("/form")
    answer = await browser.post("/form", {"note": "x" * 1_100_000})
    assert answer.status_code == 413
    assert "for stort" in answer.text


async def test_language_is_the_one_chosen_then_the_persons_then_the_browsers(
    browser: Browser, parent: KnownPerson, clock: TravelClock
) -> None:
    asked = {"Accept-Language": "fr, nn-NO;q=0.9, en;q=0.5"}
    assert '<html lang="nb"' in (await browser.get("/")).text
    assert '<html lang="nn"' in (await browser.get("/", **asked)).text
    await browser.log_in()
    assert '<html lang="se"' in (await browser.get("/", **asked)).text
    chosen = await browser.get("/?language=en&step=2", **asked)
    assert '<html lang="en"' in chosen.text
    assert "/?step=2&language=nb" in unescape(chosen.text)
    assert '<html lang="en"' in (await browser.get("/", **asked)).text
    clock.travel(timedelta(hours=1))
    assert '<html lang="en"' in (await browser.get("/?language=xx", **asked)).text


async def test_log_has_the_route_and_no_address(
    browser: Browser, parent: KnownPerson, caplog: pytest.LogCaptureFixture
) -> None:
    await browser.log_in()
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="opptak.access"):
        await browser.get("/others/0190163d-8694-739b-aea5-966c26f8ad91?name=secret")
    [line] = [record for record in caplog.records if record.name == "opptak.access"]
    assert (line.__dict__["route"], line.__dict__["status"]) == ("/others/{other}", 404)
    assert line.__dict__["tenant"] == browser.client.base_url.host.partition(".")[0]
    assert "secret" not in str(line.__dict__)


async def test_theme_logo_and_assets_are_served_for_good(browser: Browser, tenant: TenantContext) -> None:
    page = unescape((await browser.get("/")).text)
    for start in ("/theme/", f"/brand/{tenant.version}/logo.svg", "/assets/"):
        address = page[page.index(start) :].split('"')[0]
        answer = await browser.client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert (await browser.get("/brand/1/other.svg")).status_code == 404
