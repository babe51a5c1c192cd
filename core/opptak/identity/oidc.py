"""Logging in with OpenID Connect: the code flow with PKCE, as the relying party.

No cookie and no session is known here. `begin` returns what the browser must carry until it comes back;
`finish` trusts nothing but that and the provider's signature.
"""

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import quote_plus, urlencode

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import import_key

from opptak.hooks.calls import attempt, decode
from opptak.hooks.errors import Temporary
from opptak.hooks.types import OidcConfiguration
from opptak.identity.errors import LoginFailed, ProviderUnavailable
from opptak.identity.issuers import Issuers, Metadata
from opptak.kit.clock import Clock

__all__ = ("Handshake", "OidcLogin", "Proof")

T = TypeVar("T")

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Signatures accepted on an id token."""

_LEEWAY = 30
"""Seconds by which the provider's clock may differ from ours."""

_ASSERTION_SECONDS = 60


class Handshake(msgspec.Struct, frozen=True):
    """The browser's half of a login under way; it is sealed before it is handed out."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


class Proof(msgspec.Struct, frozen=True):
    """A finished login: the verified claims, and the id token for the logout."""

    claims: dict[str, Any]
    id_token: str


class _Tokens(msgspec.Struct):
    id_token: str


class _Pushed(msgspec.Struct):
    request_uri: str


class OidcLogin:
    """One provider, as one tenant is registered with it."""

    def __init__(
        self, configuration: OidcConfiguration, *, issuers: Issuers, http: httpx.AsyncClient, clock: Clock
    ) -> None:
        self._configuration = configuration
        self._issuers = issuers
        self._http = http
        self._clock = clock

    async def begin(self, *, redirect_uri: str, language: str) -> tuple[str, Handshake]:
        """Return where to send the browser, and what it must bring back; raises ProviderUnavailable."""
        metadata = await self._issuers.metadata(self._configuration.issuer)
        handshake = Handshake(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=redirect_uri,
        )
        query = self._authorization(handshake, language)
        if metadata.pushed_authorization_request_endpoint:
            pushed = await self._post(
                metadata, metadata.pushed_authorization_request_endpoint, query, _Pushed
            )
            query = {"client_id": self._configuration.client_id, "request_uri": pushed.request_uri}
        return _with_query(metadata.authorization_endpoint, query), handshake

    async def finish(self, handshake: Handshake, *, code: str) -> Proof:
        """Exchange the code; raises LoginFailed for an id token that does not hold, ProviderUnavailable."""
        metadata = await self._issuers.metadata(self._configuration.issuer)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": handshake.redirect_uri,
            "code_verifier": handshake.verifier,
        }
        tokens = await self._post(metadata, metadata.token_endpoint, form, _Tokens)
        claims = await self._verified(metadata, tokens.id_token)
        if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), handshake.nonce.encode()):
            raise LoginFailed
        return Proof(claims, tokens.id_token)

    async def logout_url(self, id_token: str, *, return_to: str) -> str:
        """Return where to log out at the provider; empty when it offers no logout or is away."""
        try:
            metadata = await self._issuers.metadata(self._configuration.issuer)
        except (LoginFailed, ProviderUnavailable):
            return ""
        if not metadata.end_session_endpoint:
            return ""
        query = {"id_token_hint": id_token, "post_logout_redirect_uri": return_to}
        return _with_query(metadata.end_session_endpoint, query)

    def _authorization(self, handshake: Handshake, language: str) -> dict[str, str]:
        configuration = self._configuration
        challenge = urlsafe_b64encode(sha256(handshake.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": configuration.client_id,
            "redirect_uri": handshake.redirect_uri,
            "scope": configuration.scope,
            "state": handshake.state,
            "nonce": handshake.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "acr_values": configuration.required_level,
            "ui_locales": configuration.ui_locales.get(language, language),
        }
        return {name: value for name, value in query.items() if value}

    async def _verified(self, metadata: Metadata, id_token: str) -> dict[str, Any]:
        try:
            token = await self._opened(metadata, id_token)
            jwt.JWTClaimsRegistry(
                now=int(self._clock.now().timestamp()),
                leeway=_LEEWAY,
                iss={"essential": True, "value": metadata.issuer},
                aud={"essential": True, "value": self._configuration.client_id},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
            ).validate(token.claims)
        except (JoseError, ValueError) as invalid:
            raise LoginFailed from invalid
        authorized = token.claims.get("azp", self._configuration.client_id)
        if authorized != self._configuration.client_id:
            raise LoginFailed
        return token.claims

    async def _opened(self, metadata: Metadata, id_token: str) -> jwt.Token:
        try:
            return jwt.decode(id_token, await self._issuers.keys(metadata), algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            newer = await self._issuers.keys(metadata, unknown_key=True)
            return jwt.decode(id_token, newer, algorithms=ALGORITHMS)

    async def _post(self, metadata: Metadata, url: str, form: dict[str, str], answer: type[T]) -> T:
        credentials, basic = self._credentials(metadata)
        try:
            response = await attempt(
                self._http.post(url, data={**form, **credentials}, auth=basic or httpx.USE_CLIENT_DEFAULT)
            )
            if response.status_code >= 500:
                raise ProviderUnavailable
            if not response.is_success:
                raise LoginFailed
            return decode(response, answer)
        except Temporary as away:
            raise ProviderUnavailable from away

    def _credentials(self, metadata: Metadata) -> tuple[dict[str, str], httpx.BasicAuth | None]:
        """Return form fields and header that prove who we are (OpenID Connect Core 1.0 §9)."""
        configuration = self._configuration
        if configuration.private_jwk is not None:
            return {
                "client_id": configuration.client_id,
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": self._assertion(metadata),
            }, None
        if configuration.client_secret:
            # RFC 6749 §2.3.1 wants both encoded before they are joined.
            name, secret = quote_plus(configuration.client_id), quote_plus(configuration.client_secret)
            return {}, httpx.BasicAuth(name, secret)
        return {"client_id": configuration.client_id}, None

    def _assertion(self, metadata: Metadata) -> str:
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": self._configuration.client_id,
            "sub": self._configuration.client_id,
            "aud": metadata.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
        }
        try:
            key = import_key(dict(self._configuration.private_jwk or {}))
            algorithm = key.alg or "RS256"
            return jwt.encode({"alg": algorithm, "kid": key.kid}, claims, key, algorithms=[algorithm])
        except (JoseError, ValueError, KeyError):
            # Whatever is wrong with a private key, the cause could quote it.
            raise LoginFailed from None


def _with_query(url: str, query: dict[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
