"""Signed tokens: how the issuers write them and how the services behind them read them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from opptak_simulators.ground import Jwk, TrainingGround
from opptak_simulators.no.refusals import AnyRequest, Refusal

Clock = Callable[[], datetime]
"""The time in UTC."""


class WorldClock:
    """The country's time: the clock underneath until somebody sets it, then on from there."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return self._clock() + self._ahead

    def set(self, now: datetime) -> None:
        self._ahead = now - self._clock()


Claims = dict[str, Any]

ALGORITHMS = ("RS256", "RS384", "RS512")


def imported(key: Jwk) -> RSAKey:
    """The key behind its JSON; checking a private one takes its time, so each is read once."""
    return _imported(msgspec.json.encode(key, order="sorted"))


@cache
def _imported(text: bytes) -> RSAKey:
    return RSAKey.import_key(msgspec.json.decode(text, type=dict[str, str | list[str]]))


def public(key: Jwk) -> Jwk:
    """The half of a key everybody may see."""
    return dict(imported(key).as_dict(private=False))


def sign(claims: Claims, *, key: Jwk) -> str:
    """A token over the claims (RS256)."""
    return jwt.encode({"alg": "RS256", "kid": key["kid"]}, claims, imported(key))


def read(token: str, *, key: Jwk) -> Claims | None:
    """The claims of a token if the key signed it, whatever its age."""
    try:
        return jwt.decode(token, imported(key), algorithms=ALGORITHMS).claims
    except (JoseError, ValueError):
        return None


def bearer(request: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The token of the Authorization header; 401 without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refusal(401, "Missing bearer token")
    return token.strip()


class Doorman:
    """Guard of an API behind Maskinporten: any one of the scopes opens it."""

    def __init__(self, ground: TrainingGround, *, clock: Clock, scopes: frozenset[str]) -> None:
        self._key = ground.maskinporten_key
        self._issuer = ground.maskinporten_issuer
        self._clock = clock
        self._scopes = scopes

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        """Litestar guard: 401 for a bad token, 403 for a token without the scope."""
        claims = read(bearer(connection), key=self._key)
        if claims is None or claims["iss"] != self._issuer:
            raise Refusal(401, "Invalid token")
        if claims["exp"] <= self._clock().timestamp():
            raise Refusal(401, "Token expired")
        if not self._scopes & set(claims["scope"].split()):
            raise Refusal(403, "Missing scope")
        connection.state.claims = claims


def claims_of(request: AnyRequest) -> Claims:
    """The claims the doorman has read."""
    claims: Claims = request.state.claims
    return claims


def scopes_of(request: AnyRequest) -> frozenset[str]:
    return frozenset(claims_of(request)["scope"].split())


def consumer_of(request: AnyRequest) -> str:
    """Organisation number of the body on whose behalf the call is made."""
    consumer: str = claims_of(request)["consumer"]["ID"]
    return consumer.removeprefix("0192:")
