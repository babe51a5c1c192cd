"""The breaker: a service that fails and fails is left in peace, and asked again with one call."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from opptak.hooks.breaker import MOST_FAILURES, Outage, guarded
from opptak.hooks.calls import Service
from opptak.hooks.errors import Resting, Temporary
from opptak.kit.clock import TravelClock
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.tenancy.outages import OutageBook, outages

ADDRESS = "http://service.test/thing"


class Line:
    """A service at the other end, and what was noted of it."""

    def __init__(self, clock: TravelClock) -> None:
        self.clock = clock
        self.asked = 0
        self.status: int | BaseException = 503
        self.retry_after = ""
        self.noted: list[Outage] = []
        inner = httpx.AsyncClient(transport=httpx.MockTransport(self._answer), headers={"User-Agent": "us"})
        self.http = guarded(inner, clock, self._note)

    async def fail(self, times: int = MOST_FAILURES) -> None:
        for _ in range(times):
            await self.http.get(ADDRESS)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        await asyncio.sleep(0)
        if isinstance(self.status, BaseException):
            raise self.status
        headers = {"X-Agent": request.headers["User-Agent"]}
        if self.retry_after:
            headers["Retry-After"] = self.retry_after
        return httpx.Response(self.status, headers=headers, text="å")

    async def _note(self, outage: Outage) -> None:
        self.noted.append(outage)


@pytest.fixture
def line(clock: TravelClock) -> Line:
    return Line(clock)


async def test_answers_come_through_as_they_are(line: Line) -> None:
    line.status = 404
    response = await line.http.get(ADDRESS)
    assert (response.status_code, response.text, response.headers["X-Agent"]) == (404, "å", "us")
    assert line.noted == []


@pytest.mark.parametrize("failure", [503, 500, 429, httpx.ReadTimeout("x"), httpx.ConnectError("x")])
async def test_service_that_fails_and_fails_is_not_asked(line: Line, failure: int | Exception) -> None:
    line.status = failure
    for _ in range(MOST_FAILURES):
        if isinstance(failure, int):
            await line.fail(1)
        else:
            with pytest.raises(type(failure)):
                await line.fail(1)
    with pytest.raises(Resting) as caught:
        await line.http.get(ADDRESS)
    assert line.asked == MOST_FAILURES
    assert (caught.value.code, caught.value.retry_after) == ("resting", 30.0)
    assert line.noted == [Outage("service.test", line.clock.now() + timedelta(seconds=30))]


async def test_failures_in_between_are_forgiven(line: Line) -> None:
    for status in (503, 503, 503, 503, 200, 503, 503, 503, 503):
        line.status = status
        await line.fail(1)
    assert line.noted == []


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_refusals_are_answers(line: Line, status: int) -> None:
    line.status = status
    await line.fail(2 * MOST_FAILURES)
    assert line.noted == []


async def test_other_services_of_the_plugin_are_asked(line: Line) -> None:
    await line.fail()
    assert (await line.http.get("http://other.test/")).status_code == 503


async def test_one_call_finds_out_whether_it_lives(line: Line) -> None:
    await line.fail()
    line.clock.travel(timedelta(seconds=31))
    line.status = 200
    both = await asyncio.gather(line.http.get(ADDRESS), line.http.get(ADDRESS), return_exceptions=True)
    assert sorted(type(one).__name__ for one in both) == ["Response", "Resting"]
    assert line.asked == MOST_FAILURES + 1
    await line.fail(3)
    assert line.noted[-1] == Outage("service.test", None)


async def test_pause_grows_while_it_stays_away(line: Line) -> None:
    await line.fail()
    pauses = []
    for _ in range(6):
        line.clock.travel(timedelta(hours=1))
        await line.fail(1)
        until = line.noted[-1].until
        assert until is not None
        pauses.append((until - line.clock.now()).total_seconds())
    assert pauses == [60, 120, 240, 480, 600, 600]


@pytest.mark.parametrize(
    ("asked", "unit", "seconds"),
    [("120", 1.0, 120), ("2500", 0.001, 2.5), ("0", 1.0, 1), ("999999", 1.0, 3600), ("soon", 1.0, 30)],
)
async def test_pause_is_what_a_throttled_service_asks_for(
    line: Line, asked: str, unit: float, seconds: float
) -> None:
    line.status, line.retry_after = 429, asked
    service = Service(line.http, ADDRESS, retry_after_unit=unit)
    for _ in range(MOST_FAILURES):
        with pytest.raises(Temporary):
            await service.request("GET", "")
    assert line.noted == [Outage("service.test", line.clock.now() + timedelta(seconds=seconds))]
    line.clock.travel(timedelta(seconds=seconds))
    line.status = 200
    assert (await service.request("GET", "")).status_code == 200


async def test_our_own_lack_of_connections_is_nobodys_failure(line: Line) -> None:
    line.status = httpx.PoolTimeout("x")
    for _ in range(2 * MOST_FAILURES):
        with pytest.raises(httpx.PoolTimeout):
            await line.fail(1)
    assert line.noted == []


async def test_probe_that_is_given_up_leaves_room_for_the_next(line: Line) -> None:
    await line.fail()
    line.clock.travel(timedelta(seconds=31))
    line.status = asyncio.CancelledError()
    with pytest.raises(asyncio.CancelledError):
        await line.http.get(ADDRESS)
    line.status = 200
    assert (await line.http.get(ADDRESS)).status_code == 200


async def test_clock_that_is_set_back_does_not_make_the_pause_longer(line: Line) -> None:
    await line.fail()
    line.clock.travel(-timedelta(days=300))
    with pytest.raises(Resting) as caught:
        await line.http.get(ADDRESS)
    assert caught.value.retry_after == 30


async def test_call_goes_on_though_nobody_could_note_it(clock: TravelClock) -> None:
    async def refuse(outage: Outage) -> None:
        raise OSError

    inner = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(503)))
    http = guarded(inner, clock, refuse)
    for _ in range(MOST_FAILURES):
        assert (await http.get(ADDRESS)).status_code == 503


async def test_outages_are_seen_by_every_process_of_that_tenant_alone(
    runtime: Runtime, tenant: TenantContext, other_tenant: TenantContext, clock: TravelClock
) -> None:
    book = OutageBook(runtime.database, tenant.id, "fiks")
    for minutes in (1, 2):
        await book.note(Outage("a.test", clock.now() + timedelta(minutes=minutes)))
    await book.note(Outage("b.test", clock.now() + timedelta(minutes=1)))

    async def seen(which: TenantContext) -> list[str]:
        async with runtime.database.tenant(which.id) as session:
            return [outage.host for outage in await outages(session, now=clock.now())]

    assert await seen(tenant) == ["a.test", "b.test"]
    assert await seen(other_tenant) == []
    await book.note(Outage("a.test", None))
    assert await seen(tenant) == ["b.test"]
    clock.travel(timedelta(hours=1))
    assert await seen(tenant) == [], "whoever noted it is gone"
