import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from opptak_simulators.ground import MunicipalAccess, TrainingGround
from opptak_simulators.no.maskinporten import CONTACT_SCOPE, FIKS_SCOPE, FREG_SCOPE, GRANT_TYPE
from opptak_simulators.no.tokens import imported
from tests.simulators.conftest import START, Grant, StillClock

NOW = int(START.timestamp())


async def ask(client: httpx.AsyncClient, assertion: str, **form: str) -> httpx.Response:
    data = {"grant_type": GRANT_TYPE, "assertion": assertion} | form
    return await client.post("/maskinporten/token", data=data)


async def test_metadata_names_issuer_and_endpoints(client: httpx.AsyncClient, ground: TrainingGround) -> None:
    answer = await client.get("/maskinporten/.well-known/oauth-authorization-server")

    metadata = answer.json()
    assert metadata["issuer"] == ground.maskinporten_issuer
    assert metadata["token_endpoint"] == f"{ground.maskinporten_issuer}token"
    assert metadata["jwks_uri"] == f"{ground.maskinporten_issuer}jwk"


async def test_keys_are_public_only(client: httpx.AsyncClient) -> None:
    [key] = (await client.get("/maskinporten/jwk")).json()["keys"]

    assert key.keys() & {"d", "p", "q", "dp", "dq", "qi"} == set()


async def test_token_speaks_for_the_municipality(
    client: httpx.AsyncClient, grant: Grant, ground: TrainingGround, access: MunicipalAccess
) -> None:
    answer = await ask(client, grant(scope=f"{FREG_SCOPE} {CONTACT_SCOPE}"))
    keys = KeySet.import_key_set((await client.get("/maskinporten/jwk")).json())

    body = answer.json()
    claims = jwt.decode(body["access_token"], keys).claims
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 120)
    assert body["scope"] == f"{FREG_SCOPE} {CONTACT_SCOPE}"
    del claims["jti"]
    assert claims == {
        "iss": ground.maskinporten_issuer,
        "client_id": access.client_id,
        "client_amr": "private_key_jwt",
        "consumer": {"authority": "iso6523-actorid-upis", "ID": "0192:943350833"},
        "supplier": {"authority": "iso6523-actorid-upis", "ID": f"0192:{ground.supplier}"},
        "delegation_source": "https://tt02.altinn.no/",
        "scope": f"{FREG_SCOPE} {CONTACT_SCOPE}",
        "token_type": "Bearer",
        "iat": NOW,
        "exp": NOW + 120,
        "aud": "unspecified",
    }


async def test_token_of_the_vendor_itself_has_no_supplier(
    client: httpx.AsyncClient, grant: Grant, ground: TrainingGround
) -> None:
    answer = await ask(client, grant(scope=FIKS_SCOPE, consumer_org=None, resource="https://fiks"))

    token = jwt.decode(answer.json()["access_token"], imported(ground.maskinporten_key))
    assert token.claims["consumer"]["ID"] == f"0192:{ground.supplier}"
    assert token.claims["aud"] == "https://fiks"
    assert "supplier" not in token.claims


@pytest.mark.parametrize(
    ("claims", "status", "error", "start"),
    [
        ({"iss": "nobody"}, 400, "invalid_grant", "MP-100"),
        ({"aud": f"{'http://authorities.test'}/maskinporten"}, 400, "invalid_grant", "MP-110"),
        ({"aud": "http://authorities.test/maskinporten/token"}, 400, "invalid_grant", "MP-110"),
        ({"iat": NOW - 130, "exp": NOW - 10}, 400, "invalid_grant", "MP-130"),
        ({"exp": NOW + 121}, 400, "invalid_grant", "Invalid assertion"),
        ({"iat": NOW + 11, "exp": NOW + 20}, 400, "invalid_grant", "Invalid assertion"),
        ({"surprise": "claim"}, 400, "invalid_grant", "Invalid assertion"),
        ({"jti": None}, 400, "invalid_grant", "Invalid assertion"),
        ({"scope": "nav:something"}, 400, "invalid_scope", "MP-200"),
        ({"consumer_org": None}, 403, "invalid_scope", "MP-250"),
        ({"consumer_org": "940363586"}, 403, "invalid_scope", "MP-251"),
        ({"scope": FIKS_SCOPE}, 403, "invalid_scope", "MP-251"),
        ({"consumer_org": "310000026"}, 400, "invalid_request", "consumer_org"),
    ],
)
async def test_grant_with_a_fault_is_refused_with_its_code(
    client: httpx.AsyncClient,
    grant: Grant,
    claims: dict[str, object],
    status: int,
    error: str,
    start: str,
) -> None:
    answer = await ask(client, grant(**claims))

    body = answer.json()
    assert (answer.status_code, body["error"]) == (status, error)
    assert body["error_description"].startswith(start)
    assert body.keys() == {"error", "error_description", "error_uri"}


async def test_grant_works_once(client: httpx.AsyncClient, grant: Grant) -> None:
    assertion = grant()

    answers = [await ask(client, assertion) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json()["error_description"].startswith("MP-012")


async def test_grant_signed_by_another_key_is_refused(
    client: httpx.AsyncClient, grant: Grant, ground: TrainingGround
) -> None:
    stranger = imported(ground.municipalities[1].client_key)

    answers = [await ask(client, grant(key=stranger)), await ask(client, grant(kid="other"))]

    texts = [answer.json()["error_description"][:6] for answer in answers]
    assert texts == ["MP-124", "MP-124"]


@pytest.mark.parametrize("assertion", ["", "a.b.c", "nonsense", "ø.ø.ø"])
async def test_grant_that_is_no_token_is_refused(client: httpx.AsyncClient, assertion: str) -> None:
    answer = await ask(client, assertion)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_other_grant_type_is_refused(client: httpx.AsyncClient, grant: Grant) -> None:
    answer = await ask(client, grant(), grant_type="client_credentials")

    assert answer.json()["error_description"].startswith("MP-011")


async def test_service_refuses_missing_expired_and_foreign_tokens(
    client: httpx.AsyncClient, freg: dict[str, str], ground: TrainingGround, clock: StillClock
) -> None:
    url = "/folkeregisteret/offentlig-med-hjemmel/api/v1/hendelser/siste/sekvensnummer"
    forged = jwt.encode(
        {"alg": "RS256"},
        {"iss": ground.maskinporten_issuer, "scope": FREG_SCOPE, "exp": NOW + 100},
        imported(ground.municipalities[0].client_key),
    )

    missing = await client.get(url)
    foreign = await client.get(url, headers={"Authorization": f"Bearer {forged}"})
    valid = await client.get(url, headers=freg)
    clock.move(seconds=120)
    expired = await client.get(url, headers=freg)

    codes = [answer.status_code for answer in (missing, foreign, valid, expired)]
    assert codes == [401, 401, 200, 401]


async def test_service_refuses_a_token_for_something_else(
    client: httpx.AsyncClient, krr: dict[str, str]
) -> None:
    url = "/folkeregisteret/offentlig-med-hjemmel/api/v1/hendelser/siste/sekvensnummer"

    assert (await client.get(url, headers=krr)).status_code == 403
