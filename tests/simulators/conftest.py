"""The Norwegian authorities in-process, with a clock that stands still and keys made once."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from opptak_simulators.asgi import Asgi
from opptak_simulators.ground import MunicipalAccess, TrainingGround
from opptak_simulators.no.app import create_app
from opptak_simulators.no.maskinporten import CONTACT_SCOPE, FIKS_SCOPE, FREG_SCOPE, GRANT_TYPE
from opptak_simulators.no.tokens import imported
from opptak_simulators.population import country as make_country
from opptak_simulators.society.model import Country

START = datetime(2027, 1, 11, 9, tzinfo=UTC)
BASE_URL = "http://authorities.test"

Headers = dict[str, str]
Grant = Callable[..., str]
TokenFor = Callable[[str], Awaitable[Headers]]


class StillClock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture(scope="session")
def ground() -> TrainingGround:
    return TrainingGround.generate(BASE_URL, ["nordreisa", "kafjord"])


@pytest.fixture(scope="session")
def country() -> Country:
    return make_country(["nordreisa"], seed=1, today=START.date())


@pytest.fixture(scope="session")
def access(ground: TrainingGround) -> MunicipalAccess:
    found = ground.access("5544")
    assert found is not None
    return found


@pytest.fixture(scope="session")
def still_clock() -> StillClock:
    return StillClock()


@pytest.fixture
def clock(still_clock: StillClock) -> Iterator[StillClock]:
    """The authorities' clock, set back after the test."""
    yield still_clock
    still_clock.now = START


@pytest.fixture(scope="session")
async def client(
    country: Country, ground: TrainingGround, still_clock: StillClock
) -> AsyncIterator[httpx.AsyncClient]:
    """Authorities all tests share."""
    async with calling(create_app(country, ground, clock=still_clock)) as made:
        yield made


@pytest.fixture
async def fresh(
    country: Country, ground: TrainingGround, clock: StillClock
) -> AsyncIterator[httpx.AsyncClient]:
    """Authorities of this test's own, that nobody has talked to."""
    async with calling(create_app(country, ground, clock=clock)) as made:
        yield made


def calling(app: Asgi) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL)


@pytest.fixture
def grant(ground: TrainingGround, access: MunicipalAccess, clock: StillClock) -> Grant:
    """Signs an assertion; a claim given as None is left out."""

    def signed(*, kid: str | None = None, key: RSAKey | None = None, **claims: object) -> str:
        issued = int(clock().timestamp())
        body = {
            "aud": ground.maskinporten_issuer,
            "iss": access.client_id,
            "iat": issued,
            "exp": issued + 120,
            "jti": str(uuid.uuid4()),
            "scope": FREG_SCOPE,
            "consumer_org": access.organisation,
        } | claims
        header = {"alg": "RS256", "kid": kid or access.client_key["kid"]}
        signer = key or imported(access.client_key)
        return jwt.encode(header, {k: v for k, v in body.items() if v is not None}, signer)

    return signed


@pytest.fixture
def token_for(client: httpx.AsyncClient, grant: Grant, access: MunicipalAccess) -> TokenFor:
    """Fetches a token for scopes, as the Authorization header."""

    async def fetched(scope: str) -> Headers:
        consumer = None if scope == FIKS_SCOPE else access.organisation
        form = {"grant_type": GRANT_TYPE, "assertion": grant(scope=scope, consumer_org=consumer)}
        answer = await client.post("/maskinporten/token", data=form)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    return fetched


@pytest.fixture
async def freg(token_for: TokenFor) -> Headers:
    return await token_for(FREG_SCOPE)


@pytest.fixture
async def krr(token_for: TokenFor) -> Headers:
    return await token_for(CONTACT_SCOPE)


@pytest.fixture
async def fiks(token_for: TokenFor, access: MunicipalAccess) -> Headers:
    return {
        **await token_for(FIKS_SCOPE),
        "IntegrasjonId": access.integration_id,
        "IntegrasjonPassord": access.integration_password,
    }
