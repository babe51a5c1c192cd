"""Errors as pages and as problem details."""

import logging
from html import unescape

import msgspec
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from tests.core.web.browser import Browser

from opptak.audit.models import AuditEntry
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.webkit import KnownPerson


async def _notes(runtime: Runtime, tenant: TenantContext) -> int:
    async with runtime.database.tenant(tenant.id) as session:
        stored = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "note.write")
        return await session.scalar(stored) or 0


async def test_success_is_committed_before_the_answer_and_told_once(
    browser: Browser, parent: KnownPerson, web_runtime: Runtime, tenant: TenantContext
) -> None:
    await browser.log_in()
    await browser.get("/form")
    answer = await browser.post("/form", {"note": "hei"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/form")
    assert await _notes(web_runtime, tenant) == 1
    told = "Rievdadusat leat vurkejuvvon"
    assert told in (await browser.get("/form")).text
    assert told not in (await browser.get("/form")).text


@pytest.mark.parametrize(
    ("note", "status", "words"),
    [
        ("refused", 422, 'value="refused"'),
        ("wrong", 422, "Juoga das maid čállet"),
        ("late", 409, "Juoga lea rievdan"),
        ("broken", 500, "Mis dáhpáhuvai meattáhus"),
    ],
)
async def test_failure_is_a_page_and_leaves_nothing_behind(
    browser: Browser,
    parent: KnownPerson,
    web_runtime: Runtime,
    tenant: TenantContext,
    note: str,
    status: int,
    words: str,
) -> None:
    await browser.log_in()
    await browser.get("/form")
    answer = await browser.post("/form", {"note": note})
    assert answer.status_code == status
    assert words in unescape(answer.text)
    assert "Máret Østbø" in answer.text
    assert await _notes(web_runtime, tenant) == 0


async def test_bug_is_logged_with_its_place_and_without_its_words(
    browser: Browser, parent: KnownPerson, caplog: pytest.LogCaptureFixture
) -> None:
    await browser.log_in()
    await browser.get("/form")
    with caplog.at_level(logging.ERROR):
        answer = await browser.post("/form", {"note": "broken"})
    [line] = [record for record in caplog.records if record.name == "opptak.webkit.errors"]
    assert "ZeroDivisionError at Pages.save:" in line.getMessage()
    assert "somebody" not in caplog.text
    assert "somebody" not in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert line.__dict__["trace"] == answer.headers["x-request-id"]


async def test_missing_page_and_wrong_method_are_pages(browser: Browser, parent: KnownPerson) -> None:
    await browser.log_in()
    missing = await browser.get("/nowhere")
    assert (missing.status_code, "Siden finnes ikke" in missing.text) == (404, True)
    assert (await browser.post("/mine", {})).status_code == 405
    assert (await browser.get("/others/1")).status_code == 404


async def test_script_without_login_is_told_where_to_go(browser: Browser) -> None:
    answer = await browser.get("/form", **{"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/login?next=%2Fform")


async def test_database_that_is_away_is_said_to_be(
    browser: Browser, parent: KnownPerson, web_runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.log_in()

    def away(*_: object) -> None:
        raise OperationalError("select", {}, Exception())

    monkeypatch.setattr(web_runtime.database, "tenant", away)
    assert (await browser.get("/form")).status_code == 503
    monkeypatch.setattr(web_runtime.database, "unscoped", away)
    monkeypatch.setattr(web_runtime.tenants, "at_host", away)
    nowhere = await browser.get("/form")
    assert nowhere.status_code == 503
    assert ">Tjenesten svarer ikke</h1>" in nowhere.text
    ready = await browser.client.get("/health/ready")
    assert (ready.status_code, ready.json()) == (503, {"database": False, "schema": False})


async def test_api_answers_problem_details(browser: Browser) -> None:
    answer = await browser.get("/api/v1/nowhere", **{"Accept-Language": "en"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = msgspec.json.decode(answer.content)
    assert problem["code"] == "not_found"
    assert problem["trace"] == answer.headers["x-request-id"]


async def test_api_describes_itself(browser: Browser, tenant: TenantContext) -> None:
    root = (await browser.get("/api/v1")).json()
    assert root["municipality"] == tenant.document.name
    schema = (await browser.get(root["openapi"])).json()
    assert "/api/v1" in schema["paths"]


async def test_health_and_metrics_answer_at_any_host(browser: Browser, parent: KnownPerson) -> None:
    await browser.log_in()
    await browser.get("/form")
    client = browser.client
    assert (await client.get("http://10.0.0.1/health/live")).json() == {"alive": True}
    ready = await client.get("http://10.0.0.1/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"database": True, "schema": True})
    metrics = (await client.get("http://10.0.0.1/metrics")).text
    assert 'opptak_requests_total{method="GET",route="/form",status="200"} 1' in metrics
    assert 'opptak_request_seconds_bucket{route="/form",le="+Inf"} 1' in metrics
