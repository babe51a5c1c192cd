"""The training ground: every key, client and password two sides must agree on, in one file."""

import secrets
import uuid
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec
from joserfc.jwk import RSAKey
from msgspec import Struct

from opptak_simulators.society import places

SUPPLIER = "310000026"
"""Organisation number of the invented vendor that acts for the municipalities."""

FOUNDED = date(2027, 1, 1)
"""Day the people are made for when nobody says otherwise: the count of the admission of 2027."""

Jwk = dict[str, Any]
"""A JSON Web Key (RFC 7517) as it stands in the file."""


class MunicipalAccess(Struct, frozen=True, kw_only=True):
    """What one municipality's tenant needs: `client_key` is private, the rest are names and secrets."""

    municipality: str
    slug: str
    organisation: str
    client_id: str
    client_key: Jwk
    integration_id: str
    integration_password: str
    account_id: str
    administration_key: str


class TrainingGround(Struct, frozen=True, kw_only=True):
    """The platform reads the file, the simulators obey it.

    `founded` is the day the people are made for: it stays when the country's clock moves on, and the
    people with it. `redirect_uris` hold `*` for any port.
    """

    base_url: str
    founded: date = FOUNDED
    supplier: str
    municipalities: tuple[MunicipalAccess, ...]
    maskinporten_key: Jwk
    idporten_key: Jwk
    idporten_client_id: str
    idporten_client_secret: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]

    @classmethod
    def generate(cls, base_url: str, municipalities: Iterable[str], *, founded: date = FOUNDED) -> Self:
        """Fresh keys and secrets for the municipalities named by preset or number."""
        chosen = [places.municipality(name) for name in municipalities]
        hosts = [f"{part.slug}.localhost" for part in chosen]
        return cls(
            base_url=base_url.rstrip("/"),
            founded=founded,
            supplier=SUPPLIER,
            municipalities=tuple(_access(part) for part in chosen),
            maskinporten_key=_key("maskinporten"),
            idporten_key=_key("idporten"),
            idporten_client_id=str(uuid.uuid4()),
            idporten_client_secret=secrets.token_urlsafe(32),
            redirect_uris=tuple(f"http://{host}:*/login/callback" for host in hosts),
            post_logout_redirect_uris=tuple(f"http://{host}:*/" for host in hosts),
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file; OSError when there is none, `msgspec.ValidationError` when it is not one."""
        return msgspec.json.decode(path.read_bytes(), type=cls)

    def save(self, path: Path) -> None:
        """Write the file so that only its owner can read it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self)))

    @property
    def maskinporten_issuer(self) -> str:
        """Issuer of machine tokens; the trailing slash is part of it."""
        return f"{self.base_url}/maskinporten/"

    @property
    def idporten_issuer(self) -> str:
        """Issuer of identity tokens; no trailing slash."""
        return f"{self.base_url}/idporten"

    def access(self, municipality: str) -> MunicipalAccess | None:
        """The access of a municipality by its number."""
        return next((a for a in self.municipalities if a.municipality == municipality), None)

    def allows_redirect(self, uri: str) -> bool:
        """Whether a login may return to the address."""
        return any(_matches(uri, pattern) for pattern in self.redirect_uris)

    def allows_post_logout(self, uri: str) -> bool:
        """Whether a logout may return to the address."""
        return any(_matches(uri, pattern) for pattern in self.post_logout_redirect_uris)


def _access(part: places.Municipality) -> MunicipalAccess:
    return MunicipalAccess(
        municipality=part.number,
        slug=part.slug,
        organisation=part.organisation,
        client_id=str(uuid.uuid4()),
        client_key=_key(f"{part.slug}-1"),
        integration_id=str(uuid.uuid4()),
        integration_password=secrets.token_urlsafe(24),
        account_id=str(uuid.uuid4()),
        administration_key=secrets.token_urlsafe(24),
    )


def _key(kid: str) -> Jwk:
    key = RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})
    return dict(key.as_dict(private=True))


def _matches(uri: str, pattern: str) -> bool:
    """Same scheme, host and path; any port; nothing after the path."""
    try:
        given, allowed = urlsplit(uri), urlsplit(pattern.replace(":*", ""))
        _ = given.port
    except ValueError:
        return False
    plain = not (given.query or given.fragment or given.username or given.password)
    return plain and (given.scheme, given.hostname, given.path) == (
        allowed.scheme,
        allowed.hostname,
        allowed.path,
    )
