"""Tokens for machines: the JWT bearer grant (RFC 7523), fetched once and shared until near its end."""

import asyncio
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated
from uuid import uuid4

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

from opptak.hooks.calls import asked_pause, attempt, decode
from opptak.hooks.context import Clock
from opptak.hooks.errors import Configuration, Outcome, Temporary

__all__ = ("JwtGrant", "JwtGrantTokens")

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
MARGIN = timedelta(seconds=10)
"""How long before its end a token is not used any more."""

_CODE = re.compile(r"[A-Z]{2,8}-[0-9]{1,5}\b")


class JwtGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What a token is asked for with.

    `key` is a private JSON Web Key as text, with `kid` (and `alg`, else RS256). `claims` are added to the
    assertion; `hints` are message keys by the issuer's own error code, with which it opens its error
    description (`XY-123: …`).
    """

    issuer: str
    token_url: str
    client_id: str
    key: str
    scope: str
    claims: Mapping[str, str] = {}
    hints: Mapping[str, str] = {}
    lifetime: timedelta = timedelta(seconds=100)
    """How long the assertion lives; issuers commonly allow two minutes at most."""


class JwtGrantTokens:
    """One token for all callers, however many ask at the same time."""

    def __init__(self, grant: JwtGrant, *, http: httpx.AsyncClient, clock: Clock) -> None:
        self._grant = grant
        self._http = http
        self._clock = clock
        self._held: tuple[str, datetime] | None = None
        self._coming: asyncio.Future[str] | None = None

    async def token(self) -> str:
        """Return a valid token; raises Configuration when the issuer refuses, Temporary when it is away."""
        if self._held is not None and self._clock.now() < self._held[1]:
            return self._held[0]
        if self._coming is None:
            self._coming = asyncio.ensure_future(self._fetch())
            self._coming.add_done_callback(self._landed)
        # One caller that gives up must not take the token from the others.
        return await asyncio.shield(self._coming)

    def forget(self) -> None:
        """Drop the token: the service refused it."""
        self._held = None

    def _landed(self, fetch: asyncio.Future[str]) -> None:
        self._coming = None
        if not fetch.cancelled():
            fetch.exception()

    async def _fetch(self) -> str:
        asked_at = self._clock.now()
        form = {"grant_type": GRANT_TYPE, "assertion": self._assertion(asked_at)}
        response = await attempt(self._http.post(self._grant.token_url, data=form))
        if not response.is_success:
            raise self._refusal(response)
        answer = decode(response, _Token)
        self._held = (answer.access_token, asked_at + timedelta(seconds=answer.expires_in) - MARGIN)
        return answer.access_token

    def _assertion(self, now: datetime) -> str:
        issued = int(now.timestamp())
        claims: dict[str, object] = {
            "aud": self._grant.issuer,
            "iss": self._grant.client_id,
            "iat": issued,
            "exp": issued + int(self._grant.lifetime.total_seconds()),
            "jti": str(uuid4()),
            "scope": self._grant.scope,
            **self._grant.claims,
        }
        try:
            algorithm = self._key.alg or "RS256"
            header = {"alg": algorithm, "kid": self._key.kid}
            return jwt.encode(header, claims, self._key, algorithms=[algorithm])
        except (JoseError, msgspec.DecodeError, ValueError, KeyError):
            # Whatever is wrong with a private key, the cause could quote it.
            raise Configuration("key_unreadable", hint="plugin.hint.key") from None

    @cached_property
    def _key(self) -> Key:
        """The private key, checked once: that takes longer than many signatures."""
        return import_key(msgspec.json.decode(self._grant.key, type=dict[str, str | list[str]]))

    def _refusal(self, response: httpx.Response) -> Outcome:
        if response.status_code >= 500 or response.status_code in {408, 429}:
            return Temporary(f"token_http_{response.status_code}", retry_after=asked_pause(response))
        try:
            answer = msgspec.json.decode(response.content, type=_Refusal)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Temporary("malformed")
        found = _CODE.match(answer.error_description)
        code = found.group() if found else answer.error
        return Configuration(code, hint=self._grant.hints.get(code, "plugin.hint.credentials"))


class _Token(msgspec.Struct):
    access_token: Annotated[str, msgspec.Meta(min_length=1)]
    expires_in: Annotated[int, msgspec.Meta(gt=0)]


class _Refusal(msgspec.Struct):
    error: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,40}$")]
    error_description: str = ""
