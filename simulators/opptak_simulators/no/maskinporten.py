"""Maskinporten: tokens for machines (JWT grant, RFC 7523), first cut.

Rules and error codes: Digdir, Maskinporten guide and error list.
"""

import secrets
from typing import Annotated

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from litestar import Litestar, get, post
from litestar.di import NamedDependency as Given
from msgspec import Struct

from opptak_simulators.ground import MunicipalAccess, TrainingGround
from opptak_simulators.no.app_kit import application
from opptak_simulators.no.refusals import AnyRequest, Refusal
from opptak_simulators.no.tokens import Claims, Clock, public, read, sign

FREG_SCOPE = "folkeregister:deling/offentligmedhjemmel"
CONTACT_SCOPE = "krr:global/kontaktinformasjon.read"
MAILBOX_SCOPE = "krr:global/digitalpost.read"
FIKS_SCOPE = "ks:fiks"

DELEGATED_SCOPES = frozenset({FREG_SCOPE, CONTACT_SCOPE, MAILBOX_SCOPE})
"""Granted to the municipality, which has delegated them to the vendor."""

OWN_SCOPES = frozenset({FIKS_SCOPE})
"""Granted to the vendor itself."""

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_SECONDS = 120
_LONGEST_ASSERTION = 120
_CLOCK_SKEW = 10
_DELEGATION_SOURCE = "https://tt02.altinn.no/"


class Assertion(Struct, frozen=True, forbid_unknown_fields=True):
    """Claims of the grant; any other claim refuses it."""

    aud: str
    iss: str
    iat: int
    exp: int
    jti: Annotated[str, msgspec.Meta(min_length=1)]
    scope: Annotated[str, msgspec.Meta(min_length=1)]
    resource: list[str] | str | None = None
    pid: str | None = None
    consumer_org: str | None = None


class GrantForm(Struct, frozen=True):
    grant_type: str = ""
    assertion: str = ""


class Token(Struct, frozen=True):
    access_token: str
    token_type: str
    expires_in: int
    scope: str


def refused(error: str, description: str, *, code: str | None = None, status: int = 400) -> Refusal:
    """A refusal with the code at the start of its description."""
    text = f"{code}: {description}" if code else description
    return Refusal(status, text, code=error)


class Issuer:
    """Checks grants and writes tokens; remembers each `jti` as long as it could be replayed."""

    def __init__(self, ground: TrainingGround, *, clock: Clock) -> None:
        self.ground = ground
        self._clock = clock
        self._clients = {access.client_id: access for access in ground.municipalities}
        self._spent: dict[str, int] = {}

    def issue(self, form: GrantForm) -> Token:
        """A token for a grant, or a `Refusal`."""
        if form.grant_type != GRANT_TYPE:
            raise refused("invalid_request", "Unsupported grant_type", code="MP-011")
        client, assertion = self._verified(form.assertion)
        now = int(self._clock().timestamp())
        self._check_times(assertion, now=now)
        self._check_scopes(assertion)
        self._spend(assertion, now=now)
        token = sign(self._claims(client, assertion, now=now), key=self.ground.maskinporten_key)
        return Token(token, "Bearer", TOKEN_SECONDS, assertion.scope)

    def _verified(self, text: str) -> tuple[MunicipalAccess, Assertion]:
        assertion = _parsed(text)
        client = self._clients.get(assertion.iss)
        if client is None:
            raise refused("invalid_grant", "Unknown client", code="MP-100")
        if assertion.aud != self.ground.maskinporten_issuer:
            raise refused("invalid_grant", "Wrong audience", code="MP-110")
        if _key_id(text) != client.client_key["kid"] or read(text, key=client.client_key) is None:
            raise refused("invalid_grant", "Invalid signature", code="MP-124")
        return client, assertion

    def _check_times(self, assertion: Assertion, *, now: int) -> None:
        if assertion.exp - assertion.iat > _LONGEST_ASSERTION:
            raise refused("invalid_grant", "Invalid assertion: lives longer than 120 seconds")
        if assertion.iat > now + _CLOCK_SKEW:
            raise refused("invalid_grant", "Invalid assertion: issued in the future")
        if assertion.exp <= now:
            raise refused("invalid_grant", "The assertion has expired", code="MP-130")

    def _check_scopes(self, assertion: Assertion) -> None:
        scopes, consumer = set(assertion.scope.split()), assertion.consumer_org
        if not scopes <= DELEGATED_SCOPES | OWN_SCOPES:
            raise refused("invalid_scope", "Scope not granted to the client", code="MP-200")
        if consumer is None and not scopes <= OWN_SCOPES:
            raise refused("invalid_scope", "Consumer lacks the scope", code="MP-250", status=403)
        if consumer == self.ground.supplier:
            raise refused("invalid_request", "consumer_org is the client's own organisation")
        if consumer is not None and not self._delegated(assertion, consumer, scopes):
            raise refused("invalid_scope", "Scope is not delegated", code="MP-251", status=403)

    def _delegated(self, assertion: Assertion, consumer: str, scopes: set[str]) -> bool:
        """A municipality delegates to its own client only."""
        own = self._clients[assertion.iss].organisation == consumer
        return own and scopes <= DELEGATED_SCOPES

    def _spend(self, assertion: Assertion, *, now: int) -> None:
        self._spent = {jti: exp for jti, exp in self._spent.items() if exp > now}
        if assertion.jti in self._spent:
            raise refused("invalid_grant", "The grant has been used before", code="MP-012")
        self._spent[assertion.jti] = assertion.exp

    def _claims(self, client: MunicipalAccess, assertion: Assertion, *, now: int) -> Claims:
        claims: Claims = {
            "iss": self.ground.maskinporten_issuer,
            "client_id": client.client_id,
            "client_amr": "private_key_jwt",
            "consumer": _organisation(assertion.consumer_org or self.ground.supplier),
            "scope": assertion.scope,
            "token_type": "Bearer",
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "jti": secrets.token_urlsafe(16),
            "aud": assertion.resource or "unspecified",
        }
        if assertion.consumer_org is not None:
            claims["supplier"] = _organisation(self.ground.supplier)
            claims["delegation_source"] = _DELEGATION_SOURCE
        return claims


def _parsed(text: str) -> Assertion:
    """The claims before anything is believed; unknown ones refuse the grant."""
    try:
        return msgspec.json.decode(jws.extract_compact(text.encode()).payload, type=Assertion)
    except (JoseError, ValueError) as error:
        raise refused("invalid_grant", "Invalid assertion") from error


def _key_id(text: str) -> object:
    """The `kid` of the header; a certificate in `x5c` is not taken."""
    return jws.extract_compact(text.encode()).headers().get("kid")


def _organisation(number: str) -> dict[str, str]:
    return {"authority": "iso6523-actorid-upis", "ID": f"0192:{number}"}


def _error(_: AnyRequest, refusal: Refusal) -> object:
    return {
        "error": refusal.code or "invalid_request",
        "error_description": refusal.message,
        "error_uri": "https://docs.digdir.no/docs/Maskinporten/maskinporten_feilmeldinger",
    }


@get("/.well-known/oauth-authorization-server")
async def metadata(issuer: Given[Issuer]) -> dict[str, object]:
    """Server metadata (RFC 8414)."""
    root = issuer.ground.maskinporten_issuer
    return {
        "issuer": root,
        "token_endpoint": f"{root}token",
        "jwks_uri": f"{root}jwk",
        "grant_types_supported": [GRANT_TYPE],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "RS384", "RS512"],
    }


@get("/jwk")
async def keys(issuer: Given[Issuer]) -> dict[str, object]:
    return {"keys": [public(issuer.ground.maskinporten_key)]}


@post("/token", status_code=200)
async def token(request: AnyRequest, issuer: Given[Issuer]) -> Token:
    form = await request.form()
    return issuer.issue(msgspec.convert(dict(form), GrantForm))


def create_app(ground: TrainingGround, *, clock: Clock) -> Litestar:
    issuer = Issuer(ground, clock=clock)
    return application(
        [metadata, keys, token],
        shape=_error,
        dependencies={"issuer": issuer},
    )
