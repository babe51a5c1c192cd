"""A form posted after the login ran out is not lost."""

import secrets
from datetime import timedelta

from tests.core.web.browser import Browser
from tests.core.web.pages import PEOPLE
from tests.core.web.provider import TestProvider

from opptak.kit.clock import TravelClock
from opptak.kit.ids import new_id
from opptak.webkit import KnownPerson

KEPT = "Mii vurkiimet dan maid ledjet deavdán"


async def _post_too_late(browser: Browser, clock: TravelClock, note: str) -> str:
    await browser.log_in()
    await browser.get("/form?step=2")
    clock.travel(timedelta(minutes=31))
    answer = await browser.post("/form", {"note": note})
    assert answer.status_code == 303
    return answer.headers["location"]


async def test_form_is_filled_in_again_after_the_login(
    browser: Browser, parent: KnownPerson, clock: TravelClock
) -> None:
    login = await _post_too_late(browser, clock, "Vi flytter i juli")
    assert login == "/login?next=%2Fform%3Fstep%3D2"
    told = await browser.get(login)
    assert told.status_code == 200
    assert "Vi har tatt vare på det du fylte ut" in told.text
    back = await browser.log_in("/login/start?provider=test_op&next=/form?step=2")
    page = await browser.get(back.headers["location"])
    assert 'value="Vi flytter i juli"' in page.text
    assert KEPT in page.text
    assert (await browser.post("/form", {"note": "Vi flytter i juli"})).status_code == 303
    again = await browser.get("/form")
    assert "Vi flytter" not in again.text
    assert KEPT not in again.text


async def test_form_is_given_back_to_its_writer_alone(
    browser: Browser, parent: KnownPerson, provider: TestProvider, clock: TravelClock
) -> None:
    await _post_too_late(browser, clock, "Vi flytter i juli")
    provider.person = "15924512399"
    PEOPLE.known[provider.person] = KnownPerson(id=new_id(), name="Ola")
    await browser.log_in("/login/start?provider=test_op")
    assert "Vi flytter" not in (await browser.get("/form")).text


async def test_form_is_given_back_on_its_own_page_and_for_a_while(
    browser: Browser, parent: KnownPerson, clock: TravelClock
) -> None:
    await _post_too_late(browser, clock, "Vi flytter i juli")
    await browser.log_in("/login/start?provider=test_op")
    assert "Vi flytter" not in (await browser.get("/")).text
    clock.travel(timedelta(minutes=21))
    assert "Vi flytter" not in (await browser.get("/form")).text


async def test_form_of_somebody_never_logged_in_is_not_kept(browser: Browser) -> None:
    await browser.get("/")
    await browser.post("/form", {"note": "hei"})
    assert "stash" not in browser.client.cookies


async def test_form_that_is_too_long_to_keep_still_leads_to_the_login(
    browser: Browser, parent: KnownPerson, clock: TravelClock
) -> None:
    note = secrets.token_hex(4000)
    await _post_too_late(browser, clock, note)
    assert "stash" not in browser.client.cookies


async def test_stash_can_be_read_by_nobody_else(
    browser: Browser, parent: KnownPerson, clock: TravelClock
) -> None:
    await _post_too_late(browser, clock, "Vi flytter i juli")
    cookie = browser.client.cookies["stash"]
    assert "flytter" not in cookie
    await browser.log_in("/login/start?provider=test_op")
    browser.client.cookies.set("stash", cookie[:-4] + "AAAA", domain=browser.client.base_url.host)
    assert "Vi flytter" not in (await browser.get("/form")).text
