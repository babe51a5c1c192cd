"""Logins under way: requests waiting for a person, codes waiting for a client, open sessions."""

import base64
import hashlib
import secrets
from datetime import datetime, timedelta

from msgspec import Struct

from opptak_simulators.ground import TrainingGround
from opptak_simulators.no.idporten.protocol import AuthorizeRequest, Level, parse, proves
from opptak_simulators.no.refusals import Refusal
from opptak_simulators.no.tokens import Claims, Clock, read, sign

REQUEST_URI_SECONDS = 120
TOKEN_SECONDS = 600
_LOGIN_LASTS = timedelta(minutes=30)
_CODE_LASTS = timedelta(minutes=2)
_REQUEST_URI = "urn:idporten:request:"


class Login(Struct, frozen=True):
    """What a person did on the page."""

    request: AuthorizeRequest
    pid: str
    level: Level
    locale: str
    at: datetime


class Tokens(Struct, frozen=True):
    access_token: str
    token_type: str
    expires_in: int
    id_token: str
    scope: str


class Provider:
    """Everything in it is used once or runs out."""

    def __init__(self, ground: TrainingGround, *, clock: Clock) -> None:
        self.ground = ground
        self._clock = clock
        self._pushed: dict[str, tuple[AuthorizeRequest, datetime]] = {}
        self._waiting: dict[str, tuple[AuthorizeRequest, datetime]] = {}
        self._codes: dict[str, Login] = {}
        self._open: dict[str, Login] = {}

    def push(self, parameters: dict[str, str]) -> str:
        """Keep a request (PAR, RFC 9126) and name it for two minutes."""
        request_uri = f"{_REQUEST_URI}{secrets.token_urlsafe(16)}"
        lasts = timedelta(seconds=REQUEST_URI_SECONDS)
        self._pushed[request_uri] = (parse(parameters), self._clock() + lasts)
        return request_uri

    def resolve(self, request: AuthorizeRequest) -> AuthorizeRequest:
        """The pushed request behind a `request_uri`, or the request itself."""
        if not request.request_uri:
            return request
        pushed, until = self._pushed.pop(request.request_uri, (None, self._clock()))
        if pushed is None or until <= self._clock() or pushed.client_id != request.client_id:
            raise Refusal(400, "request_uri is unknown or expired", code="invalid_request")
        return pushed

    def begin(self, request: AuthorizeRequest) -> str:
        """Put a request aside until a person has chosen an identity; the key of the page."""
        transaction = secrets.token_urlsafe(16)
        self._waiting[transaction] = (request, self._clock() + _LOGIN_LASTS)
        return transaction

    def waiting(self, transaction: str) -> AuthorizeRequest:
        """The request of a page that is still open."""
        request, until = self._waiting.get(transaction, (None, self._clock()))
        if request is None or until <= self._clock():
            raise Refusal(400, "The login has expired", code="invalid_request")
        return request

    def cancel(self, transaction: str) -> AuthorizeRequest:
        request = self.waiting(transaction)
        del self._waiting[transaction]
        return request

    def log_in(self, transaction: str, *, pid: str, level: Level, locale: str) -> tuple[Login, str]:
        """Close the page and give out a code."""
        request = self.cancel(transaction)
        login = Login(request, pid, level, locale, self._clock())
        code = secrets.token_urlsafe(24)
        self._codes[code] = login
        return login, code

    def redeem(self, code: str, *, redirect_uri: str, verifier: str) -> Tokens:
        """Tokens for a code, once; any mismatch burns the code."""
        login = self._codes.pop(code, None)
        if login is None or self._clock() - login.at > _CODE_LASTS:
            raise Refusal(400, "The code is unknown, used or expired", code="invalid_grant")
        if login.request.redirect_uri != redirect_uri:
            raise Refusal(400, "redirect_uri differs", code="invalid_grant")
        if not proves(verifier, login.request.code_challenge):
            raise Refusal(400, "code_verifier does not fit", code="invalid_grant")
        access_token = secrets.token_urlsafe(24)
        self._open[access_token] = login
        return Tokens(
            access_token=access_token,
            token_type="Bearer",  # noqa: S106 - a scheme, not a secret
            expires_in=TOKEN_SECONDS,
            id_token=sign(self._identity(login), key=self.ground.idporten_key),
            scope=login.request.scope,
        )

    def userinfo(self, access_token: str) -> Claims:
        login = self._open.get(access_token)
        if login is None or self._clock() - login.at > timedelta(seconds=TOKEN_SECONDS):
            raise Refusal(401, "Invalid token", code="invalid_token")
        return {"sub": self._subject(login.pid), "pid": login.pid, "locale": login.locale}

    def recognises(self, id_token: str) -> bool:
        """Whether the hint of a logout is a token of ours for this client, of any age."""
        claims = read(id_token, key=self.ground.idporten_key)
        return claims is not None and claims["aud"] == self.ground.idporten_client_id

    def _identity(self, login: Login) -> Claims:
        issued = int(self._clock().timestamp())
        return {
            "iss": self.ground.idporten_issuer,
            "aud": self.ground.idporten_client_id,
            "sub": self._subject(login.pid),
            "pid": login.pid,
            "acr": login.level,
            "amr": ["TestID"],
            "auth_time": int(login.at.timestamp()),
            "iat": issued,
            "exp": issued + TOKEN_SECONDS,
            "jti": secrets.token_urlsafe(16),
            "nonce": login.request.nonce,
            "locale": login.locale,
        }

    def _subject(self, pid: str) -> str:
        """Pairwise: the same person is another subject to another client."""
        text = f"{self.ground.idporten_client_id}/{pid}/{self.ground.idporten_client_secret}"
        return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
