"""Calls to services: typed answers, and the outcome of everything that can go wrong."""

import asyncio
from collections.abc import Callable

import httpx
import msgspec
import pytest

from opptak.hooks.calls import Service, chunks, gather, probe
from opptak.hooks.errors import (
    Configuration,
    NotFound,
    Outcome,
    Permanent,
    Temporary,
    Unsupported,
)

Answer = Callable[[httpx.Request], httpx.Response]


class Thing(msgspec.Struct):
    """An answer."""

    name: str


class Keys:
    """Tokens that are numbered."""

    def __init__(self) -> None:
        self.number = 1

    async def token(self) -> str:
        """Return the token in use."""
        return f"t{self.number}"

    def forget(self) -> None:
        """Take the next one."""
        self.number += 1


def service(answer: Answer, *, tokens: Keys | None = None, retry_after_unit: float = 1.0) -> Service:
    """Return a service that answers so."""
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Service(
        client,
        "http://service.test/api/",
        tokens=tokens,
        headers={"X-Tenant": "t"},
        code_fields=("kode", "code"),
        retry_after_unit=retry_after_unit,
    )


async def test_answer_comes_as_its_type() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"name": "n", "more": 1})

    found = await service(answer).get("/thing", Thing, params={"part": ["a", "b"]})
    assert found == Thing("n")
    assert str(asked[0].url) == "http://service.test/api/thing?part=a&part=b"
    assert (asked[0].headers["X-Tenant"], asked[0].headers["Accept"]) == ("t", "application/json")
    assert "Authorization" not in asked[0].headers


async def test_document_is_sent_as_json() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Content-Type"] == "application/json"
        return httpx.Response(200, json={"name": msgspec.json.decode(request.content)["wish"]})

    assert await service(answer).post("/thing", Thing, json={"wish": "w"}) == Thing("w")


async def test_parts_are_sent_in_order() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        body = request.read()
        assert body.index(b'name="order"') < body.index(b'name="file"; filename="a.pdf"')
        return httpx.Response(200, json={"name": "n"})

    parts = [
        ("order", (None, b"{}", "application/json")),
        ("file", ("a.pdf", b"%PDF", "application/pdf")),
    ]
    assert await service(answer).post("/thing", Thing, files=parts) == Thing("n")


@pytest.mark.parametrize(
    ("status", "outcome", "hint"),
    [
        (400, Permanent, ""),
        (401, Configuration, "plugin.hint.credentials"),
        (403, Configuration, "plugin.hint.rights"),
        (302, Configuration, "plugin.hint.address"),
        (404, NotFound, ""),
        (410, NotFound, ""),
        (406, Permanent, ""),
        (408, Temporary, ""),
        (429, Temporary, ""),
        (500, Temporary, ""),
        (503, Temporary, ""),
    ],
)
async def test_status_has_an_outcome(status: int, outcome: type[Outcome], hint: str) -> None:
    with pytest.raises(outcome) as caught:
        await service(lambda _: httpx.Response(status)).get("/thing", Thing)
    assert (caught.value.code, caught.value.hint) == (f"http_{status}", hint)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"kode": "FREG-001", "code": "second"}', "FREG-001"),
        (b'{"code": "second"}', "second"),
        (b'{"kode": "no such person as Ola"}', "http_400"),
        (b'{"kode": 7}', "http_400"),
        (b"<html>Support ID: 4711</html>", "http_400"),
        (b"[]", "http_400"),
        (b"\xff", "http_400"),
    ],
)
async def test_code_is_the_service_s_own_and_never_a_sentence(body: bytes, code: str) -> None:
    with pytest.raises(Permanent) as caught:
        await service(lambda _: httpx.Response(400, content=body)).get("/thing", Thing)
    assert caught.value.code == code


@pytest.mark.parametrize(("unit", "seconds"), [(1.0, 1500.0), (0.001, 1.5)])
async def test_retry_after_counts_in_the_service_s_unit(unit: float, seconds: float) -> None:
    busy = httpx.Response(429, headers={"Retry-After": "1500"})
    with pytest.raises(Temporary) as caught:
        await service(lambda _: busy, retry_after_unit=unit).get("/thing", Thing)
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "Mon, 11 Jan 2027 09:00:30 GMT", "Date": "Mon, 11 Jan 2027 09:00:00 GMT"}, 30.0),
        ({"Retry-After": "Mon, 11 Jan 2027 09:00:00 GMT", "Date": "Mon, 11 Jan 2027 09:00:30 GMT"}, 0.0),
        ({"Retry-After": "Mon, 11 Jan 2027 09:00:00 GMT"}, None),
        ({"Retry-After": "Mon, 11 Jan 2027 09:00:30 GMT", "Date": "yesterday"}, None),
        ({"Retry-After": "2.5"}, 2.5),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "9" * 400}, None),
    ],
)
async def test_retry_after_as_a_date_counts_from_the_service_s_own_clock(
    headers: dict[str, str], seconds: float | None
) -> None:
    busy = httpx.Response(503, headers=headers)
    with pytest.raises(Temporary) as caught:
        await service(lambda _: busy).get("/thing", Thing)
    assert caught.value.retry_after == seconds


async def test_malformed_answer_is_not_quoted() -> None:
    with pytest.raises(Temporary) as caught:
        await service(lambda _: httpx.Response(200, json={"name": 17859010067})).get("/thing", Thing)
    assert caught.value.code == "malformed"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


async def test_expected_status_is_no_failure() -> None:
    response = await service(lambda _: httpx.Response(404)).request("GET", "/thing", also=(404,))
    assert response.status_code == 404


async def test_refused_token_is_replaced_once() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        good = request.headers["Authorization"] == "Bearer t2"
        return httpx.Response(200, json={"name": "n"}) if good else httpx.Response(401)

    assert await service(answer, tokens=Keys()).get("/thing", Thing) == Thing("n")


async def test_second_refusal_is_a_matter_of_settings() -> None:
    keys = Keys()
    with pytest.raises(Configuration):
        await service(lambda _: httpx.Response(401), tokens=keys).get("/thing", Thing)
    assert keys.number == 2


async def test_probe_tells_the_hint_or_the_kind_of_outcome() -> None:
    async def fail(outcome: Outcome) -> None:
        raise outcome

    told = await probe(fail(Configuration("c", hint="own.hint")))
    assert (told.ok, told.hint, told.detail) == (False, "own.hint", "c")
    assert (await probe(fail(Unsupported()))).hint == "plugin.outcome.unsupported"
    assert (await probe(fail(NotFound("x")))).hint == "plugin.outcome.notfound"
    assert (await probe(asyncio.sleep(0))).ok


async def test_gather_keeps_the_order_and_the_limit() -> None:
    running, most = 0, 0

    async def call(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return number * 2

    assert await gather(call, range(20), at_once=3) == [number * 2 for number in range(20)]
    assert most == 3


async def test_gather_ends_with_the_first_failure() -> None:
    started: list[int] = []

    async def call(number: int) -> int:
        started.append(number)
        await asyncio.sleep(0)
        if number == 1:
            raise Temporary("down")
        return number

    with pytest.raises(Temporary):
        await gather(call, range(100), at_once=2)
    assert len(started) < 10


@pytest.mark.parametrize(("size", "lengths"), [(2, [2, 2, 1]), (5, [5]), (9, [5])])
def test_chunks_lose_nothing(size: int, lengths: list[int]) -> None:
    assert [len(chunk) for chunk in chunks("abcde", size)] == lengths
    assert "".join("".join(chunk) for chunk in chunks("abcde", size)) == "abcde"
    assert chunks([], size) == []
