"""Logging in as staff, with a password."""

from datetime import timedelta
from html import unescape

import pytest
from tests.conftest import WorkAs
from tests.core.web.browser import Browser
from tests.core.web.conftest import PASSWORD

from opptak.authz.actions import Role
from opptak.identity.staff import Staff
from opptak.kit.clock import TravelClock
from opptak.kit.subject import SYSTEM


async def _log_in(browser: Browser, email: str, password: str = PASSWORD) -> int:
    await browser.get("/staff/login?next=/staff/runs")
    answer = await browser.post("/staff/login", {"email": email, "password": password, "next": "/staff/runs"})
    return answer.status_code


async def test_staff_page_sends_strangers_to_the_login_and_back(browser: Browser, case_worker: str) -> None:
    away = await browser.get("/staff")
    assert away.headers["location"] == "/staff/login?next=%2Fstaff"
    await browser.get(away.headers["location"])
    answer = await browser.post(
        "/staff/login", {"email": f" {case_worker.upper()} ", "password": PASSWORD, "next": "/staff"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff")
    page = await browser.get("/staff")
    assert page.status_code == 200
    assert "Anne" in page.text


async def test_staff_cookie_is_for_the_staff_site_alone(browser: Browser, case_worker: str) -> None:
    await browser.get("/staff/login")
    answer = await browser.post("/staff/login", {"email": case_worker, "password": PASSWORD, "next": ""})
    assert answer.headers["location"] == "/staff/"
    [cookie] = [value for value in answer.headers.get_list("set-cookie") if value.startswith("staff=")]
    assert "Path=/staff" in cookie
    assert "HttpOnly" in cookie


async def test_role_decides_what_staff_may_open_and_see(
    browser: Browser, case_worker: str, work_as: WorkAs
) -> None:
    assert await _log_in(browser, case_worker) == 303
    refused = await browser.get("/staff/runs")
    assert refused.status_code == 403
    assert "Du har ikke tilgang" in refused.text
    assert 'href="/staff/runs"' not in unescape(refused.text)
    async with work_as(SYSTEM) as work:
        await Staff(work).add(
            email="per@kommune.example", name="Per", roles=[Role.APPROVER], password=PASSWORD
        )
    assert await _log_in(browser, "per@kommune.example") == 303
    browser.client.cookies.clear()
    assert await _log_in(browser, "per@kommune.example") == 303
    allowed = await browser.get("/staff/runs")
    assert allowed.status_code == 200
    assert 'href="/staff/runs" aria-current="page"' in unescape(allowed.text)


@pytest.mark.parametrize("email", ["anne@kommune.example", "nobody@kommune.example", ""])
async def test_wrong_password_tells_nothing_about_the_account(
    browser: Browser, case_worker: str, email: str
) -> None:
    await browser.get("/staff/login")
    answer = await browser.post("/staff/login", {"email": email, "password": "wrong", "next": "/staff/runs"})
    assert answer.status_code == 422
    assert "hører ikke sammen" in answer.text
    assert "wrong" not in answer.text
    assert 'name="next" value="/staff/runs"' in unescape(answer.text)
    assert "staff" not in browser.client.cookies


async def test_guessing_is_slowed_down(browser: Browser, case_worker: str, clock: TravelClock) -> None:
    for _ in range(5):
        assert await _log_in(browser, case_worker, "wrong") == 422
    assert await _log_in(browser, case_worker) == 429
    clock.travel(timedelta(seconds=31))
    assert await _log_in(browser, case_worker) == 303


async def test_login_form_needs_its_own_token(browser: Browser, case_worker: str) -> None:
    fields = {"email": case_worker, "password": PASSWORD}
    assert (await browser.post("/staff/login", fields)).status_code == 403
    await browser.get("/staff/login")
    browser.client.cookies.delete("form")
    assert (await browser.post("/staff/login", fields)).status_code == 403


async def test_logout_of_staff_ends_the_login(browser: Browser, case_worker: str) -> None:
    await _log_in(browser, case_worker)
    await browser.get("/staff")
    answer = await browser.post("/staff/logout", {})
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/login")
    assert "Du er logget ut" in (await browser.get("/staff/login")).text
    assert (await browser.get("/staff")).status_code == 303
