"""A small OpenID provider for tests: a real program that does what a relying party must withstand."""

import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode

import msgspec
from joserfc import jwt
from joserfc.jwk import RSAKey
from litestar import Litestar, Request, Response, get, post
from litestar.exceptions import NotAuthorizedException, ServiceUnavailableException
from litestar.response import Redirect

from opptak.hooks.providers import IdentityProvider
from opptak.hooks.types import Identity, OidcConfiguration

ISSUER = "http://op.test"
CLIENT = "opptak-test"
SECRET = "a secret of the tests"
STRONG = "high"


class TestProvider:
    """Who logs in next, and what goes wrong, is set by the test."""

    __test__ = False

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.person = ""
        self.level = STRONG
        self.claims: dict[str, Any] = {}
        self.down = False
        self.pushed_only = False
        self.refuse = ""
        self.asked: list[str] = []
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self._codes: dict[str, dict[str, str]] = {}
        self._pushed: dict[str, dict[str, str]] = {}

    def rotate_key(self) -> None:
        """Sign with a new key from now on."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})

    def app(self) -> Litestar:
        """Return the provider as an application."""

        @get("/.well-known/openid-configuration")
        async def discovery() -> dict[str, str]:
            self._answer("discovery")
            published = {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/jwks",
                "end_session_endpoint": f"{ISSUER}/logout",
            }
            pushed = {"pushed_authorization_request_endpoint": f"{ISSUER}/par"} if self.pushed_only else {}
            return published | pushed

        @get("/jwks")
        async def jwks() -> dict[str, list[dict[str, Any]]]:
            self._answer("jwks")
            return {"keys": [self.key.as_dict(private=False)]}

        @post("/par")
        async def push(request: Request[Any, Any, Any]) -> dict[str, Any]:
            self._answer("par")
            _authenticate(request)
            uri = f"urn:test:{secrets.token_hex(8)}"
            self._pushed[uri] = dict(parse_qsl((await request.body()).decode()))
            return {"request_uri": uri, "expires_in": 60}

        @get("/authorize")
        async def authorize(request: Request[Any, Any, Any]) -> Redirect:
            self._answer("authorize")
            query = dict(parse_qsl(request.url.query))
            if self.pushed_only:
                query = self._pushed.pop(query["request_uri"])
            assert query["response_type"] == "code"
            assert query["code_challenge_method"] == "S256"
            back = query["redirect_uri"]
            if self.refuse:
                return Redirect(f"{back}?{urlencode({'error': self.refuse, 'state': query['state']})}")
            code = secrets.token_urlsafe(8)
            self._codes[code] = query
            return Redirect(f"{back}?{urlencode({'code': code, 'state': query['state']})}")

        @post("/token")
        async def token(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
            self._answer("token")
            _authenticate(request)
            form = dict(parse_qsl((await request.body()).decode()))
            asked = self._codes.pop(form["code"], None)
            challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
            if asked is None or asked["code_challenge"].encode() != challenge:
                return Response({"error": "invalid_grant"}, status_code=400)
            return Response({"id_token": self._id_token(asked), "token_type": "Bearer"}, status_code=200)

        return Litestar([discovery, jwks, push, authorize, token], openapi_config=None, logging_config=None)

    def _id_token(self, asked: dict[str, str]) -> str:
        issued = int(self.now().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": CLIENT,
            "sub": f"sub-{self.person}",
            "pid": self.person,
            "acr": self.level,
            "nonce": asked["nonce"],
            "iat": issued,
            "exp": issued + 120,
        }
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims | self.claims, self.key)

    def _answer(self, operation: str) -> None:
        self.asked.append(operation)
        if self.down:
            raise ServiceUnavailableException


class TestIdentityProvider(IdentityProvider):
    """The plugin's side of it."""

    __test__ = False
    name = "test_op"

    async def oidc(self) -> OidcConfiguration:
        return OidcConfiguration(
            issuer=ISSUER,
            client_id=CLIENT,
            client_secret=SECRET,
            required_level=STRONG,
            ui_locales={"se": "sme"},
        )

    def identity(self, claims: Mapping[str, object]) -> Identity:
        given = msgspec.convert(claims, _Claims)
        return Identity(subject=given.sub, identity_number=given.pid, level=given.acr)


class _Claims(msgspec.Struct):
    sub: str
    pid: str
    acr: str


def _authenticate(request: Request[Any, Any, Any]) -> None:
    expected = b64encode(f"{quote_plus(CLIENT)}:{quote_plus(SECRET)}".encode()).decode()
    if request.headers.get("authorization") != f"Basic {expected}":
        raise NotAuthorizedException
