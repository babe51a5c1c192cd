"""Logging in as a parent: over the provider and back, out again, and what goes wrong on the way."""

from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
import pytest
from sqlalchemy import func, select
from tests.core.web.browser import Browser, OpenBrowser
from tests.core.web.pages import PEOPLE, PORTAL
from tests.core.web.provider import CLIENT, ISSUER, STRONG, TestProvider

from opptak.audit.models import AuditEntry
from opptak.authz.actions import Action
from opptak.identity.logins import Logins
from opptak.kit.clock import TravelClock
from opptak.kit.ids import new_id
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.web import create_app
from opptak.webkit import KnownPerson, MenuItem


async def test_login_brings_the_parent_back_to_the_page_they_wanted(
    browser: Browser, parent: KnownPerson
) -> None:
    turned_away = await browser.get("/form?step=2")
    assert (turned_away.status_code, turned_away.headers["location"]) == (
        303,
        "/login?next=%2Fform%3Fstep%3D2",
    )
    back = await browser.log_in(turned_away.headers["location"])
    assert (back.status_code, back.headers["location"]) == (303, "/form?step=2")
    page = await browser.get("/form")
    assert page.status_code == 200
    assert f'<p id="who">{parent.id}</p>' in page.text
    assert "Máret Østbø" in page.text
    assert '<html lang="se"' in page.text


async def test_login_from_the_front_page_leads_to_what_is_behind_it(
    web_runtime: Runtime, tenant: TenantContext, provider: TestProvider, parent: KnownPerson
) -> None:
    item = MenuItem("ui.page", "/mine", Action.OWN_CHILDREN_READ)
    app = create_app(web_runtime, (msgspec.structs.replace(PORTAL, menu=(item,)),))
    browser = Browser(app, provider.app(), host=tenant.host)
    try:
        for asked, landing in (
            ("/login?next=/", "/mine"),
            ("/login", "/mine"),
            ("/login?next=/form", "/form"),
        ):
            browser.client.cookies.clear()
            back = await browser.log_in(asked)
            assert (back.status_code, back.headers["location"]) == (303, landing)
    finally:
        await browser.client.aclose()


async def test_login_asks_the_provider_as_registered(browser: Browser, parent: KnownPerson) -> None:
    start = await browser.get("/login/start?provider=test_op", **{"Accept-Language": "se"})
    asked = parse_qs(urlsplit(start.headers["location"]).query)
    assert start.headers["location"].startswith(f"{ISSUER}/authorize?")
    assert asked["client_id"] == [CLIENT]
    assert asked["redirect_uri"] == [f"{browser.client.base_url}/login/callback".replace("//login", "/login")]
    assert asked["acr_values"] == ["high"]
    assert asked["ui_locales"] == ["sme"]
    assert asked["code_challenge_method"] == ["S256"]


async def test_login_pushes_its_request_where_the_provider_wants_that(
    browser: Browser, parent: KnownPerson, provider: TestProvider
) -> None:
    provider.pushed_only = True
    await browser.log_in()
    assert "par" in provider.asked
    assert (await browser.get("/form")).status_code == 200


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\r\n", ""]
)
async def test_login_returns_to_pages_of_ours_only(
    browser: Browser, parent: KnownPerson, wanted: str
) -> None:
    back = await browser.log_in(f"/login/start?{urlencode({'provider': 'test_op', 'next': wanted})}")
    assert (back.status_code, back.headers["location"]) == (303, "/")


async def test_login_sets_a_cookie_no_script_reads_and_a_fresh_one_each_time(
    browser: Browser, parent: KnownPerson
) -> None:
    first = await browser.log_in()
    second = await browser.log_in("/login/start?provider=test_op")
    cookies = [
        next(value for value in answer.headers.get_list("set-cookie") if value.startswith("session="))
        for answer in (first, second)
    ]
    assert cookies[0] != cookies[1]
    assert {part.strip() for part in cookies[0].split(";")[1:]} == {"HttpOnly", "Path=/", "SameSite=lax"}
    browser.client.cookies.clear()
    browser.client.headers["Cookie"] = cookies[0].split(";")[0]
    assert (await browser.get("/form")).status_code == 303


async def test_login_of_somebody_unknown_gets_in_and_is_settled_when_the_register_has_told(
    browser: Browser, provider: TestProvider, web_runtime: Runtime, tenant: TenantContext
) -> None:
    provider.person = "15924512399"
    await browser.log_in()
    assert (await browser.get("/mine")).status_code == 404
    async with web_runtime.work(tenant) as work:
        identity = await Logins(work).identity(PEOPLE.missed[0])
    assert identity is not None
    assert identity.identity_number == provider.person
    person = KnownPerson(id=new_id(), name="Ola")
    PEOPLE.known[provider.person] = person
    page = await browser.get("/mine")
    assert f'<p id="who">{person.id}</p>' in page.text
    PEOPLE.known.clear()
    assert (await browser.get("/mine")).status_code == 200
    async with web_runtime.work(tenant) as work:
        assert await Logins(work).identity(PEOPLE.missed[0]) is None


async def test_login_turned_back_at_the_provider_says_so(
    browser: Browser, parent: KnownPerson, provider: TestProvider
) -> None:
    provider.refuse = "access_denied"
    answer = await browser.log_in()
    assert answer.status_code == 400
    assert 'href="/login"' in unescape(answer.text)
    assert "Innloggingen ble avbrutt" in answer.text
    provider.refuse = "server_error"
    assert (await browser.log_in()).status_code == 502


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "another"},
        {"iss": "http://another.test"},
        {"exp": 1},
        {"azp": "another"},
        {"pid": None},
    ],
    ids=lambda claims: next(iter(claims)),
)
async def test_login_refuses_an_id_token_that_does_not_hold(
    browser: Browser, parent: KnownPerson, provider: TestProvider, claims: dict[str, object]
) -> None:
    provider.claims = claims
    assert (await browser.log_in()).status_code == 502
    assert (await browser.get("/form")).status_code == 303


async def test_login_that_fails_is_noted_without_saying_whose(
    browser: Browser, parent: KnownPerson, provider: TestProvider, web_runtime: Runtime, tenant: TenantContext
) -> None:
    provider.level = "low"
    await browser.log_in()
    provider.level, provider.claims = STRONG, {"nonce": "another"}
    await browser.log_in()
    async with web_runtime.work(tenant) as work:
        found = (await work.session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
    assert [(one.action, one.outcome, one.subject_id, one.target_id, one.details) for one in found] == [
        ("login.begin", "refused", None, None, {"provider": "test_op", "code": code})
        for code in ("stronger_login_required", "login_failed")
    ]


async def test_login_that_nobody_vouched_for_leaves_nothing(
    browser: Browser, provider: TestProvider, web_runtime: Runtime, tenant: TenantContext
) -> None:
    """Else anybody could fill the log, which only grows."""
    await browser.get("/login/callback?state=x&code=y")
    provider.refuse = "server_error"
    await browser.log_in()
    async with web_runtime.work(tenant) as work:
        assert await work.session.scalar(select(func.count()).select_from(AuditEntry)) == 0


async def test_login_refuses_a_weaker_level_than_the_tenant_asks_for(
    browser: Browser, parent: KnownPerson, provider: TestProvider
) -> None:
    provider.level = "low"
    assert (await browser.log_in()).status_code == 401
    assert (await browser.get("/form")).status_code == 303


async def test_login_fetches_keys_again_when_the_provider_has_a_new_one(
    browser: Browser, parent: KnownPerson, provider: TestProvider, clock: TravelClock
) -> None:
    await browser.log_in()
    provider.rotate_key()
    clock.travel(timedelta(minutes=2))
    answer = await browser.log_in("/login/start?provider=test_op")
    assert answer.status_code == 303


async def test_login_says_when_the_provider_is_down(
    browser: Browser, parent: KnownPerson, provider: TestProvider
) -> None:
    provider.down = True
    answer = await browser.log_in()
    assert answer.status_code == 503
    assert "Innloggingstjenesten svarer ikke" in answer.text
    provider.down = False
    assert (await browser.log_in()).status_code == 303


@pytest.mark.parametrize("query", ["", "?state=x&code=y", "?code=y"])
async def test_login_answer_that_belongs_to_no_login_is_refused(browser: Browser, query: str) -> None:
    answer = await browser.get(f"/login/callback{query}")
    assert answer.status_code == 400
    assert "Logg inn på nytt" in answer.text


async def test_login_answer_works_once(browser: Browser, parent: KnownPerson, provider: TestProvider) -> None:
    start = await browser.client.get("/login/start?provider=test_op")
    used = await browser.at_provider(start.headers["location"])
    assert (await browser.client.get(used)).status_code == 303
    assert (await browser.client.get(used)).status_code == 400


async def test_login_of_an_unknown_provider_is_refused(browser: Browser) -> None:
    assert (await browser.get("/login/start?provider=nobody")).status_code == 502


async def test_login_page_goes_on_for_who_is_logged_in_already(browser: Browser, parent: KnownPerson) -> None:
    await browser.log_in()
    answer = await browser.get("/login?next=/form")
    assert (answer.status_code, answer.headers["location"]) == (303, "/form")


async def test_login_ends_after_half_an_hour_without_a_request(
    browser: Browser, parent: KnownPerson, clock: TravelClock
) -> None:
    await browser.log_in()
    for _ in range(3):
        clock.travel(timedelta(minutes=20))
        assert (await browser.get("/form")).status_code == 200
    clock.travel(timedelta(minutes=31))
    assert (await browser.get("/form")).status_code == 303


async def test_login_holds_at_its_own_tenant_alone(
    browser: Browser, parent: KnownPerson, open_browser: OpenBrowser, other_tenant: TenantContext
) -> None:
    await browser.log_in()
    other = open_browser(other_tenant)
    other.client.headers["Cookie"] = f"session={browser.client.cookies['session']}"
    assert (await other.get("/form")).status_code == 303


async def test_login_of_a_parent_opens_no_staff_page(browser: Browser, parent: KnownPerson) -> None:
    await browser.log_in()
    token = browser.client.cookies["session"]
    browser.client.headers["Cookie"] = f"staff={token}; session={token}"
    answer = await browser.get("/staff")
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/login?next=%2Fstaff")


async def test_logout_ends_the_login_here_and_at_the_provider(browser: Browser, parent: KnownPerson) -> None:
    await browser.log_in()
    await browser.get("/form")
    token = browser.client.cookies["session"]
    answer = await browser.post("/logout", {})
    assert answer.status_code == 200
    assert answer.headers["refresh"].startswith(f"0; url={ISSUER}/logout?id_token_hint=")
    assert "session" not in browser.client.cookies
    browser.client.headers["Cookie"] = f"session={token}"
    assert (await browser.get("/form")).status_code == 303


async def test_logout_needs_the_token_of_the_login(browser: Browser, parent: KnownPerson) -> None:
    await browser.log_in()
    browser.token = "guessed"
    assert (await browser.post("/logout", {})).status_code == 403
    assert (await browser.get("/form")).status_code == 200
