import base64
import hashlib
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from opptak_simulators.ground import TrainingGround
from opptak_simulators.no.idporten.pages import texts
from opptak_simulators.no.idporten.protocol import UI_LOCALES
from opptak_simulators.no.tokens import imported
from opptak_simulators.society.numbers import completed
from tests.simulators.conftest import START, StillClock

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CALLBACK = "http://nordreisa.localhost:8400/login/callback"
PARENT = "17859010067"
REAL_LOOKING = completed("020132999") or ""


class Page(HTMLParser):
    """What matters of a page: language, title, labelled fields, controls."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.lang = ""
        self.values: dict[str, list[str]] = {}
        self.ids: set[str] = set()
        self.labels: set[str] = set()
        self.bare: list[str] = []
        self.tags: set[str] = set()
        self._in_label = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.lang = found.get("lang", "") if tag == "html" else self.lang
        if tag == "label":
            self._in_label = True
            self.labels.add(found.get("for", ""))
        if tag == "input":
            self.ids.add(found.get("id", ""))
            self.values.setdefault(found["name"], []).append(found.get("value", ""))
            if found.get("type") != "hidden" and not self._in_label:
                self.bare.append(found["id"])

    def handle_endtag(self, tag: str) -> None:
        self._in_label = self._in_label and tag != "label"


@pytest.fixture
def asked(ground: TrainingGround) -> dict[str, str]:
    return {
        "client_id": ground.idporten_client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile",
        "state": "the-state",
        "nonce": "the-nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "acr_values": "idporten-loa-high",
        "ui_locales": "se nb",
    }


async def open_page(client: httpx.AsyncClient, asked: dict[str, str]) -> Page:
    redirect = await client.get("/idporten/authorize", params=asked)
    assert redirect.status_code == 303
    answer = await client.get(redirect.headers["location"])
    assert answer.status_code == 200
    return Page(answer.text)


async def log_in(client: httpx.AsyncClient, asked: dict[str, str], **form: str) -> dict[str, list[str]]:
    page = await open_page(client, asked)
    data = {"transaction": page.values["transaction"][0], "number": PARENT, "lang": page.lang} | form
    answer = await client.post("/idporten/testid", data=data)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{CALLBACK}?")
    return parse_qs(urlsplit(answer.headers["location"]).query)


async def redeem(
    client: httpx.AsyncClient, ground: TrainingGround, code: str, **changes: str
) -> httpx.Response:
    data = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    } | changes
    auth = (ground.idporten_client_id, ground.idporten_client_secret)
    return await client.post("/idporten/token", data=data, auth=auth)


async def test_discovery_tells_what_is_supported(client: httpx.AsyncClient, ground: TrainingGround) -> None:
    found = (await client.get("/idporten/.well-known/openid-configuration")).json()

    assert found["issuer"] == ground.idporten_issuer
    assert found["response_types_supported"] == ["code"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["ui_locales_supported"] == ["nb", "nn", "se", "en"]
    assert found["subject_types_supported"] == ["pairwise"]


async def test_login_ends_in_tokens_about_the_person(
    client: httpx.AsyncClient, ground: TrainingGround, asked: dict[str, str]
) -> None:
    back = await log_in(client, asked)

    answer = await redeem(client, ground, back["code"][0])
    keys = KeySet.import_key_set((await client.get("/idporten/jwks")).json())
    body = answer.json()
    claims = jwt.decode(body["id_token"], keys).claims
    bearer = {"Authorization": f"Bearer {body['access_token']}"}
    info = (await client.get("/idporten/userinfo", headers=bearer)).json()

    assert back["state"] == ["the-state"]
    assert answer.headers["cache-control"] == "no-store"
    now = int(START.timestamp())
    known = {name: claims[name] for name in claims.keys() - {"sub", "jti"}}
    assert known == {
        "iss": ground.idporten_issuer,
        "aud": ground.idporten_client_id,
        "pid": PARENT,
        "acr": "idporten-loa-high",
        "amr": ["TestID"],
        "auth_time": now,
        "iat": now,
        "exp": now + 600,
        "nonce": "the-nonce",
        "locale": "se",
    }
    assert info == {"sub": claims["sub"], "pid": PARENT, "locale": "se"}
    assert PARENT not in claims["sub"]


async def test_subject_is_the_same_person_but_another_for_another_client(
    client: httpx.AsyncClient, ground: TrainingGround, asked: dict[str, str]
) -> None:
    subjects = []
    for number in (PARENT, PARENT, "29828810055"):
        back = await log_in(client, asked, number=number)
        token = (await redeem(client, ground, back["code"][0])).json()["id_token"]
        subjects.append(jwt.decode(token, imported(ground.idporten_key)).claims["sub"])

    assert subjects[0] == subjects[1] != subjects[2]


async def test_tester_may_log_in_at_a_lower_level(
    client: httpx.AsyncClient, ground: TrainingGround, asked: dict[str, str]
) -> None:
    back = await log_in(client, asked, level="idporten-loa-substantial")

    token = (await redeem(client, ground, back["code"][0])).json()["id_token"]
    claims = jwt.decode(token, imported(ground.idporten_key)).claims
    assert claims["acr"] == "idporten-loa-substantial"


async def test_code_works_once_soon_and_with_its_verifier(
    client: httpx.AsyncClient, ground: TrainingGround, asked: dict[str, str], clock: StillClock
) -> None:
    used, stale, other, elsewhere = [(await log_in(client, asked))["code"][0] for _ in range(4)]

    answers = [
        await redeem(client, ground, used),
        await redeem(client, ground, used),
        await redeem(client, ground, other, code_verifier="w" * 43),
        await redeem(client, ground, other),
        await redeem(client, ground, elsewhere, redirect_uri="http://kafjord.localhost/login/callback"),
    ]
    clock.move(seconds=121)
    answers.append(await redeem(client, ground, stale))

    assert [answer.status_code for answer in answers] == [200, 400, 400, 400, 400, 400]
    assert {answer.json()["error"] for answer in answers[1:]} == {"invalid_grant"}


async def test_client_must_prove_itself(
    client: httpx.AsyncClient, ground: TrainingGround, asked: dict[str, str]
) -> None:
    code = (await log_in(client, asked))["code"][0]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    named = form | {"client_id": ground.idporten_client_id}
    broken = {"Authorization": "Basic =="}

    answers = [
        await client.post("/idporten/token", data=form),
        await client.post("/idporten/token", data=named | {"client_secret": "x"}),
        await client.post("/idporten/token", data=form, headers=broken),
        await client.post("/idporten/token", data=named | {"client_secret": ground.idporten_client_secret}),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 200]


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "http://evil.test/login/callback"},
        {"redirect_uri": ""},
    ],
)
async def test_untrusted_client_is_not_redirected(
    client: httpx.AsyncClient, asked: dict[str, str], change: dict[str, str]
) -> None:
    answer = await client.get("/idporten/authorize", params=asked | change)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"state": ""}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
    ],
)
async def test_request_with_a_fault_is_sent_back(
    client: httpx.AsyncClient, asked: dict[str, str], change: dict[str, str], error: str
) -> None:
    answer = await client.get("/idporten/authorize", params=asked | change)

    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["error"] == [error]


async def test_request_can_be_pushed_ahead_and_used_once(
    client: httpx.AsyncClient, ground: TrainingGround, asked: dict[str, str], clock: StillClock
) -> None:
    auth = (ground.idporten_client_id, ground.idporten_client_secret)
    first, second = [(await client.post("/idporten/par", data=asked, auth=auth)) for _ in range(2)]
    anonymous = await client.post("/idporten/par", data=asked)
    short = {"client_id": ground.idporten_client_id, "request_uri": first.json()["request_uri"]}

    used = [await client.get("/idporten/authorize", params=short) for _ in range(2)]
    clock.move(seconds=120)
    stale = await client.get(
        "/idporten/authorize", params=short | {"request_uri": second.json()["request_uri"]}
    )

    assert (first.status_code, first.json()["expires_in"]) == (201, 120)
    assert first.json()["request_uri"].startswith("urn:idporten:")
    assert anonymous.status_code == 401
    assert [answer.status_code for answer in (*used, stale)] == [303, 400, 400]


@pytest.mark.parametrize("locale", UI_LOCALES)
async def test_page_speaks_the_language_asked_for(
    client: httpx.AsyncClient, asked: dict[str, str], locale: str
) -> None:
    page = await open_page(client, asked | {"ui_locales": f"xx {locale}"})

    assert page.lang == locale


def test_page_has_every_text_in_every_language() -> None:
    keys = [texts(locale).keys() for locale in UI_LOCALES]

    assert all(found == keys[0] for found in keys)
    assert all(value.strip() for locale in UI_LOCALES for value in texts(locale).values())


async def test_page_labels_every_field_and_runs_no_script(
    client: httpx.AsyncClient, asked: dict[str, str]
) -> None:
    redirect = await client.get("/idporten/authorize", params=asked)
    answer = await client.get(redirect.headers["location"])
    page = Page(answer.text)

    assert set(page.bare) <= page.labels
    assert "script" not in page.tags
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    css = await client.get("/idporten/testid/page.css")
    assert css.headers["content-type"].startswith("text/css")


async def test_page_offers_people_and_finds_them_by_name_and_number(
    client: httpx.AsyncClient, asked: dict[str, str]
) -> None:
    page = await open_page(client, asked)
    offered, transaction = page.values["pid"], page.values["transaction"][0]

    async def found(query: str) -> list[str]:
        params = {"transaction": transaction, "q": query}
        answer = await client.get("/idporten/testid", params=params)
        return Page(answer.text).values.get("pid", [])

    assert len(set(offered)) == 12
    assert await found(offered[0]) == [offered[0]]
    assert await found("<nobody>") == []
    back = await log_in(client, asked, number="", pid=offered[0])
    assert "code" in back


async def test_page_explains_a_number_that_will_not_do(
    client: httpx.AsyncClient, asked: dict[str, str]
) -> None:
    page = await open_page(client, asked)
    data = {"transaction": page.values["transaction"][0], "number": REAL_LOOKING, "lang": "en"}

    answer = await client.post("/idporten/testid", data=data)

    assert answer.status_code == 422
    assert answer.text.count(texts("en")["error_number"]) == 2
    assert 'aria-invalid="true"' in answer.text
    assert Page(answer.text).values["number"] == [REAL_LOOKING]


async def test_tester_can_give_up(client: httpx.AsyncClient, asked: dict[str, str]) -> None:
    page = await open_page(client, asked)
    data = {"transaction": page.values["transaction"][0], "cancel": "1"}

    answer = await client.post("/idporten/testid", data=data)
    again = await client.post("/idporten/testid", data=data)

    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query == {"error": ["access_denied"], "state": ["the-state"]}
    assert again.status_code == 400


async def test_page_runs_out(client: httpx.AsyncClient, asked: dict[str, str], clock: StillClock) -> None:
    location = (await client.get("/idporten/authorize", params=asked)).headers["location"]
    clock.move(minutes=30)

    assert (await client.get(location)).status_code == 400


async def test_userinfo_needs_a_fresh_token(
    client: httpx.AsyncClient, ground: TrainingGround, asked: dict[str, str], clock: StillClock
) -> None:
    code = (await log_in(client, asked))["code"][0]
    token = (await redeem(client, ground, code)).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    clock.move(seconds=601)

    answers: list[Any] = [
        await client.get("/idporten/userinfo"),
        await client.get("/idporten/userinfo", headers={"Authorization": "Bearer x"}),
        await client.get("/idporten/userinfo", headers=bearer),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401]


async def test_logout_returns_to_registered_addresses_only(
    client: httpx.AsyncClient, ground: TrainingGround, asked: dict[str, str]
) -> None:
    code = (await log_in(client, asked))["code"][0]
    hint = (await redeem(client, ground, code)).json()["id_token"]
    home = "http://nordreisa.localhost:8400/"

    async def leave(**params: str) -> httpx.Response:
        return await client.get("/idporten/endsession", params=params)

    good = await leave(id_token_hint=hint, post_logout_redirect_uri=home, state="s")
    named = await leave(client_id=ground.idporten_client_id, post_logout_redirect_uri=home)
    plain = await leave(id_token_hint=hint)
    bad = await leave(id_token_hint=hint, post_logout_redirect_uri="http://evil.test/")
    nobody = await leave(id_token_hint="x.y.z", post_logout_redirect_uri=home)

    assert good.headers["location"] == f"{home}?state=s"
    assert named.headers["location"] == home
    assert [answer.status_code for answer in (plain, bad, nobody)] == [200, 400, 400]
