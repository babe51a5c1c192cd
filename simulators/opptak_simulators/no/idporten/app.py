"""The HTTP face of ID-porten (Digdir, OIDC guide)."""

import base64
import binascii
import secrets
from typing import Annotated, Any
from urllib.parse import unquote, urlencode

from litestar import Controller, Litestar, MediaType, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.handlers import route
from litestar.params import FromQuery, QueryParameter
from litestar.response import Redirect

from opptak_simulators.ground import TrainingGround
from opptak_simulators.no.app_kit import application
from opptak_simulators.no.idporten.pages import render, stylesheet
from opptak_simulators.no.idporten.protocol import (
    UI_LOCALES,
    AuthorizeRequest,
    Level,
    check,
    check_client,
    parse,
)
from opptak_simulators.no.idporten.provider import (
    REQUEST_URI_SECONDS,
    Provider,
    Tokens,
)
from opptak_simulators.no.refusals import AnyRequest, Refusal
from opptak_simulators.no.samples import Samples
from opptak_simulators.no.tokens import Claims, Clock, bearer, public
from opptak_simulators.society.numbers import is_synthetic

Html = Response[str]


@get("/.well-known/openid-configuration")
async def discovery(provider: Given[Provider]) -> dict[str, object]:
    root = provider.ground.idporten_issuer
    return {
        "issuer": root,
        "authorization_endpoint": f"{root}/authorize",
        "pushed_authorization_request_endpoint": f"{root}/par",
        "token_endpoint": f"{root}/token",
        "userinfo_endpoint": f"{root}/userinfo",
        "jwks_uri": f"{root}/jwks",
        "end_session_endpoint": f"{root}/endsession",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["pairwise"],
        "scopes_supported": ["openid", "profile"],
        "acr_values_supported": list(Level),
        "ui_locales_supported": list(UI_LOCALES),
        "code_challenge_methods_supported": ["S256"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }


@get("/jwks")
async def jwks(provider: Given[Provider]) -> dict[str, object]:
    return {"keys": [public(provider.ground.idporten_key)]}


@post("/par", status_code=201)
async def push(request: AnyRequest, provider: Given[Provider]) -> dict[str, object]:
    """Pushed authorization request: the client proves itself before the browser comes."""
    form = await _client_form(request, provider)
    check_client(parse(form), provider.ground)
    return {"request_uri": provider.push(form), "expires_in": REQUEST_URI_SECONDS}


@route("/authorize", http_method=["GET", "POST"], status_code=200)
async def authorize(request: AnyRequest, provider: Given[Provider]) -> Redirect:
    """Check the request and send the browser to the TestID page."""
    parameters = {**request.query_params, **await _form(request)}
    asked = provider.resolve(parse({name: str(value) for name, value in parameters.items()}))
    check_client(asked, provider.ground)
    fault = check(asked)
    if fault is not None:
        return _back(asked, error=fault.error, error_description=fault.description)
    page = {"transaction": provider.begin(asked), "lang": asked.locale}
    return Redirect(f"{provider.ground.idporten_issuer}/testid?{urlencode(page)}", status_code=303)


class TestId(Controller):
    """The page on which a tester picks one of the synthetic people."""

    __test__ = False
    path = "/testid"

    @get("/")
    async def show(
        self,
        transaction: FromQuery[str],
        provider: Given[Provider],
        samples: Given[Samples],
        lang: FromQuery[str] = "nb",
        q: Annotated[str, QueryParameter(max_length=100)] = "",
    ) -> Html:
        asked = provider.waiting(transaction)
        page = render(asked, transaction=transaction, locale=_locale(lang), samples=samples, query=q)
        return _html(page)

    @post("/")
    async def choose(
        self, request: AnyRequest, provider: Given[Provider], samples: Given[Samples]
    ) -> Html | Redirect:
        """Log in as the person chosen; a typed number goes before a picked one."""
        form = await _form(request)
        transaction, locale = form.get("transaction", ""), _locale(form.get("lang", ""))
        asked = provider.waiting(transaction)
        if "cancel" in form:
            return _back(provider.cancel(transaction), error="access_denied")
        pid = form.get("number", "").replace(" ", "") or form.get("pid", "")
        if not is_synthetic(pid):
            page = render(
                asked,
                transaction=transaction,
                locale=locale,
                samples=samples,
                pid=pid,
                failed=True,
            )
            return _html(page, status=422)
        level = _level(form.get("level", ""), asked)
        login, code = provider.log_in(transaction, pid=pid, level=level, locale=locale)
        return _back(login.request, code=code)

    @get("/page.css", media_type=MediaType.CSS)
    async def css(self) -> str:
        return stylesheet()


@post("/token", status_code=200)
async def token(request: AnyRequest, provider: Given[Provider]) -> Response[Tokens]:
    form = await _client_form(request, provider)
    if form.get("grant_type") != "authorization_code":
        raise Refusal(400, "Only authorization_code is supported", code="unsupported_grant_type")
    tokens = provider.redeem(
        form.get("code", ""),
        redirect_uri=form.get("redirect_uri", ""),
        verifier=form.get("code_verifier", ""),
    )
    return Response(tokens, headers={"Cache-Control": "no-store"})


@get("/userinfo")
async def userinfo(request: AnyRequest, provider: Given[Provider]) -> Claims:
    return provider.userinfo(bearer(request))


@route("/endsession", http_method=["GET", "POST"], status_code=200)
async def end_session(request: AnyRequest, provider: Given[Provider]) -> Response[Any]:
    """End the login; the way back is a registered address and needs a hint or the client's id."""
    asked = {**request.query_params, **await _form(request)}
    hint, target = str(asked.get("id_token_hint", "")), asked.get("post_logout_redirect_uri")
    ours = asked.get("client_id") == provider.ground.idporten_client_id
    if not ours and not provider.recognises(hint):
        raise Refusal(400, "id_token_hint or client_id is needed", code="invalid_request")
    if target is None:
        return Response({"ended": True})
    if not provider.ground.allows_post_logout(str(target)):
        raise Refusal(400, "post_logout_redirect_uri is not registered", code="invalid_request")
    state = {"state": str(asked["state"])} if "state" in asked else {}
    return Redirect(_with(str(target), state), status_code=303)


async def _form(request: AnyRequest) -> dict[str, str]:
    form = await request.form()
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


async def _client_form(request: AnyRequest, provider: Provider) -> dict[str, str]:
    """The form of a client that has proved itself by its secret; 401 otherwise."""
    form = await _form(request)
    client_id, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
    known = client_id == provider.ground.idporten_client_id
    expected = provider.ground.idporten_client_secret
    if not known or not secrets.compare_digest(secret.encode(), expected.encode()):
        raise Refusal(401, "Client authentication failed", code="invalid_client")
    return {**form, "client_id": client_id}


def _basic(request: AnyRequest) -> tuple[str, str] | None:
    """Name and secret of a Basic header (RFC 6749 § 2.3.1)."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote(name), unquote(secret)


def _back(request: AuthorizeRequest, **answer: str) -> Redirect:
    """To the client, with its state and the issuer's name (RFC 9207)."""
    answer = {**answer, **({"state": request.state} if request.state else {})}
    return Redirect(_with(request.redirect_uri, answer), status_code=303)


def _with(uri: str, parameters: dict[str, str]) -> str:
    return f"{uri}?{urlencode(parameters)}" if parameters else uri


def _html(page: str, *, status: int = 200) -> Html:
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
    }
    return Response(page, media_type=MediaType.HTML, status_code=status, headers=headers)


def _locale(tag: str) -> str:
    return tag if tag in UI_LOCALES else "nb"


def _level(text: str, asked: AuthorizeRequest) -> Level:
    return Level(text) if text in set(Level) else asked.level


def _error(_: AnyRequest, refusal: Refusal) -> object:
    return {"error": refusal.code or "invalid_request", "error_description": refusal.message}


def create_app(ground: TrainingGround, *, samples: Samples, clock: Clock) -> Litestar:
    return application(
        [discovery, jwks, push, authorize, TestId, token, userinfo, end_session],
        shape=_error,
        dependencies={"provider": Provider(ground, clock=clock), "samples": samples},
    )
