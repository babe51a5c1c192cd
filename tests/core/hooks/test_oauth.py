"""Tokens by JWT grant: what is asked, how often, and what a refusal means."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs

import httpx
import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from opptak.hooks.errors import Configuration, Temporary
from opptak.hooks.oauth import GRANT_TYPE, JwtGrant, JwtGrantTokens
from opptak.testing import StoppedClock


@pytest.fixture(scope="session")
def key() -> RSAKey:
    """A private key, made once."""
    return RSAKey.generate_key(2048, {"kid": "k-1", "alg": "RS256"})


@pytest.fixture
def grant(key: RSAKey) -> JwtGrant:
    return JwtGrant(
        issuer="http://issuer.test/",
        token_url="http://issuer.test/token",
        client_id="client",
        key=msgspec.json.encode(key.as_dict(private=True)).decode(),
        scope="a:read b:read",
        claims={"consumer_org": "310000026"},
        hints={"XY-251": "own.hint"},
    )


class Issuer:
    """Gives numbered tokens and remembers what it was asked."""

    def __init__(self, *, status: int = 200, body: object = None) -> None:
        self.asked: list[httpx.Request] = []
        self.status = status
        self.body = body

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        await asyncio.sleep(0)
        granted = {"access_token": f"t{len(self.asked)}", "expires_in": 120}
        return httpx.Response(self.status, json=granted if self.body is None else self.body)


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


Tokens = Callable[[Issuer], JwtGrantTokens]


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def tokens(grant: JwtGrant, clock: StoppedClock) -> Tokens:
    return lambda issuer: JwtGrantTokens(
        grant, http=httpx.AsyncClient(transport=httpx.MockTransport(issuer)), clock=clock
    )


async def test_assertion_says_who_asks_for_what(
    tokens: Tokens, issuer: Issuer, key: RSAKey, clock: StoppedClock
) -> None:
    assert await tokens(issuer).token() == "t1"
    form = parse_qs(issuer.asked[0].content.decode())
    assert form["grant_type"] == [GRANT_TYPE]
    read = jwt.decode(form["assertion"][0], key)
    now = int(clock.now().timestamp())
    assert read.header == {"typ": "JWT", "alg": "RS256", "kid": "k-1"}
    assert len(read.claims.pop("jti")) == 36
    assert read.claims == {
        "aud": "http://issuer.test/",
        "iss": "client",
        "scope": "a:read b:read",
        "iat": now,
        "exp": now + 100,
        "consumer_org": "310000026",
    }


async def test_token_is_asked_for_once_whoever_wants_it(tokens: Tokens, issuer: Issuer) -> None:
    source = tokens(issuer)
    got = await asyncio.gather(*(source.token() for _ in range(50)))
    assert set(got) == {"t1"}
    assert await source.token() == "t1"
    assert len(issuer.asked) == 1


async def test_token_is_renewed_shortly_before_its_end(
    tokens: Tokens, issuer: Issuer, clock: StoppedClock
) -> None:
    source = tokens(issuer)
    await source.token()
    clock.moment += timedelta(seconds=109)
    assert await source.token() == "t1"
    clock.moment += timedelta(seconds=1)
    assert await source.token() == "t2"


async def test_forgotten_token_is_asked_for_again(tokens: Tokens, issuer: Issuer) -> None:
    source = tokens(issuer)
    await source.token()
    source.forget()
    assert await source.token() == "t2"


async def test_assertion_is_never_used_twice(tokens: Tokens, issuer: Issuer) -> None:
    source = tokens(issuer)
    for _ in range(2):
        await source.token()
        source.forget()
    sent = [parse_qs(request.content.decode())["assertion"][0] for request in issuer.asked]
    assert len(set(sent)) == 2


async def test_caller_that_gives_up_leaves_the_token_to_the_others(tokens: Tokens, issuer: Issuer) -> None:
    source = tokens(issuer)
    impatient = asyncio.ensure_future(source.token())
    patient = asyncio.ensure_future(source.token())
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == "t1"
    assert len(issuer.asked) == 1


async def test_failure_reaches_all_and_is_not_kept(tokens: Tokens) -> None:
    issuer = Issuer(status=503)
    source = tokens(issuer)
    failures = await asyncio.gather(*(source.token() for _ in range(5)), return_exceptions=True)
    assert all(isinstance(failure, Temporary) for failure in failures)
    assert len(issuer.asked) == 1
    issuer.status = 200
    assert await source.token() == "t2"


@pytest.mark.parametrize(
    ("description", "code", "hint"),
    [
        ("XY-251: not delegated", "XY-251", "own.hint"),
        ("XY-100: unknown client", "XY-100", "plugin.hint.credentials"),
        ("wrong signature of Ola", "invalid_grant", "plugin.hint.credentials"),
    ],
)
async def test_refusal_is_a_matter_of_settings(
    tokens: Tokens, description: str, code: str, hint: str
) -> None:
    body = {"error": "invalid_grant", "error_description": description}
    with pytest.raises(Configuration) as caught:
        await tokens(Issuer(status=400, body=body)).token()
    assert (caught.value.code, caught.value.hint) == (code, hint)


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, {"access_token": ""}), (200, {"access_token": "t", "expires_in": 0}), (200, []), (400, "no")],
)
async def test_nonsense_from_the_issuer_is_temporary(tokens: Tokens, status: int, body: object) -> None:
    with pytest.raises(Temporary):
        await tokens(Issuer(status=status, body=body)).token()


@pytest.mark.parametrize("text", ["", "not json", "{}", '{"kty": "RSA", "n": "x", "e": "AQAB"}'])
async def test_unreadable_key_is_not_quoted(grant: JwtGrant, clock: StoppedClock, text: str) -> None:
    broken = msgspec.structs.replace(grant, key=text)
    client = httpx.AsyncClient(transport=httpx.MockTransport(Issuer()))
    with pytest.raises(Configuration) as caught:
        await JwtGrantTokens(broken, http=client, clock=clock).token()
    assert (caught.value.code, caught.value.hint) == ("key_unreadable", "plugin.hint.key")
    assert caught.value.__suppress_context__
