"""What OpenID Connect providers publish of themselves: their addresses and keys, kept for a while."""

from datetime import datetime, timedelta
from typing import TypeVar

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from opptak.hooks.calls import attempt, decode
from opptak.hooks.errors import Temporary
from opptak.identity.errors import LoginFailed, ProviderUnavailable
from opptak.kit.clock import Clock

__all__ = ("Issuers", "Metadata")

T = TypeVar("T")

FRESH = timedelta(hours=24)
_KEYS_AGAIN = timedelta(minutes=1)
"""A token with an unknown key makes us fetch the keys again, but not more often than this."""


class Metadata(msgspec.Struct, frozen=True):
    """The part of a provider's discovery document (OpenID Connect Discovery 1.0 §3) that a login needs."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str = ""
    pushed_authorization_request_endpoint: str = ""


class Issuers:
    """Published documents by issuer: the same for all tenants that use it, and free of personal data."""

    def __init__(self, http: httpx.AsyncClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._metadata: dict[str, tuple[datetime, Metadata]] = {}
        self._keys: dict[str, tuple[datetime, KeySet]] = {}

    async def metadata(self, issuer: str) -> Metadata:
        """Return an issuer's addresses; raises ProviderUnavailable, or LoginFailed for another's."""
        known = self._metadata.get(issuer)
        if known is None or self._older(known[0], FRESH):
            found = await self._fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration", Metadata)
            if found.issuer != issuer:
                raise LoginFailed
            known = self._metadata[issuer] = (self._clock.now(), found)
        return known[1]

    async def keys(self, metadata: Metadata, *, unknown_key: bool = False) -> KeySet:
        """Return an issuer's keys, newer ones for `unknown_key`; raises as `metadata` does."""
        known = self._keys.get(metadata.jwks_uri)
        if known is None or self._older(known[0], _KEYS_AGAIN if unknown_key else FRESH):
            published = await self._fetch(metadata.jwks_uri, KeySetSerialization)
            try:
                known = (self._clock.now(), KeySet.import_key_set(published))
            except (JoseError, ValueError) as unreadable:
                raise LoginFailed from unreadable
            self._keys[metadata.jwks_uri] = known
        return known[1]

    def _older(self, fetched_at: datetime, age: timedelta) -> bool:
        return self._clock.now() - fetched_at > age

    async def _fetch(self, url: str, answer: type[T]) -> T:
        try:
            response = await attempt(self._http.get(url))
            if not response.is_success:
                raise ProviderUnavailable
            return decode(response, answer)
        except Temporary as away:
            raise ProviderUnavailable from away
