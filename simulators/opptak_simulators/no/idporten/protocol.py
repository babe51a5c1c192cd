"""What a client asks of the provider, and the checks before anybody sees a page."""

import base64
import hashlib
import re
from enum import StrEnum

import msgspec
from msgspec import Struct

from opptak_simulators.ground import TrainingGround
from opptak_simulators.no.refusals import Refusal

UI_LOCALES = ("nb", "nn", "se", "en")

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class Level(StrEnum):
    """Assurance of a login (`acr`), weakest first."""

    LOW = "idporten-loa-low"
    SUBSTANTIAL = "idporten-loa-substantial"
    HIGH = "idporten-loa-high"


class AuthorizeRequest(Struct, frozen=True):
    """Parameters of the authorization endpoint; the ones not named here are let through."""

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    scope: str = ""
    state: str = ""
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    acr_values: str = ""
    ui_locales: str = ""
    response_mode: str = "query"
    request_uri: str = ""

    @property
    def level(self) -> Level:
        """The first level asked for that exists, else substantial."""
        asked = (value for value in self.acr_values.split() if value in set(Level))
        return Level(next(asked, Level.SUBSTANTIAL))

    @property
    def locale(self) -> str:
        """The first language asked for that the page speaks, else Bokmål."""
        return next((tag for tag in self.ui_locales.split() if tag in UI_LOCALES), "nb")


class Fault(Struct, frozen=True):
    """An error the client is told about through its redirect address."""

    error: str
    description: str


def parse(parameters: dict[str, str]) -> AuthorizeRequest:
    return msgspec.convert(parameters, AuthorizeRequest)


def check_client(request: AuthorizeRequest, ground: TrainingGround) -> None:
    """400 without a redirect when the client or its address is not to be trusted."""
    if request.client_id != ground.idporten_client_id:
        raise Refusal(400, "Unknown client_id", code="invalid_client")
    if not ground.allows_redirect(request.redirect_uri):
        raise Refusal(400, "redirect_uri is not registered", code="invalid_request")


def check(request: AuthorizeRequest) -> Fault | None:
    """The first rule a trusted client breaks; PKCE, state and nonce are not optional."""
    rules = (
        (request.response_type == "code", "unsupported_response_type", "only code is supported"),
        ("openid" in request.scope.split(), "invalid_scope", "openid is missing"),
        (bool(request.state), "invalid_request", "state is missing"),
        (bool(request.nonce), "invalid_request", "nonce is missing"),
        (request.code_challenge_method == "S256", "invalid_request", "PKCE must be S256"),
        (
            _CHALLENGE.fullmatch(request.code_challenge) is not None,
            "invalid_request",
            "code_challenge is malformed",
        ),
        (request.response_mode == "query", "invalid_request", "response_mode must be query"),
    )
    return next((Fault(error, text) for kept, error, text in rules if not kept), None)


def proves(verifier: str, challenge: str) -> bool:
    """Whether the verifier is the secret behind the challenge (RFC 7636, S256)."""
    if _VERIFIER.fullmatch(verifier) is None:
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
