"""The outermost layer: whose host is it, is the request well-formed, and what leaves with every answer.

It wraps the whole application, so that addresses nobody handles get the same headers, log line and page.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import cast
from urllib.parse import quote

from litestar import Response
from litestar.connection import Request
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from opptak.kit.errors import OpptakError, Unavailable
from opptak.kit.ids import new_id
from opptak.runtime import Runtime
from opptak.tenancy.hosts import requested_host
from opptak.tenancy.opening import TenantClosed
from opptak.ui.engine import Templates
from opptak.webkit.csrf import FormExpired, from_elsewhere
from opptak.webkit.errors import DATABASE_AWAY, refusal
from opptak.webkit.forms import BadRequest
from opptak.webkit.languages import LANGUAGE_COOKIE, LANGUAGE_KEPT
from opptak.webkit.metrics import Metrics
from opptak.webkit.site import Site
from opptak.webkit.strangers import PlatformHost, UnknownHost, stranger_page
from opptak.webkit.visit import UNSAFE, Visit, WebRequest

__all__ = ("Shell",)

# Without form-action: browsers apply it to redirects, and a login leaves for another host.
POLICY = b"; ".join(
    (
        b"default-src 'self'",
        b"img-src 'self' data:",
        b"object-src 'none'",
        b"base-uri 'none'",
        b"frame-ancestors 'none'",
    )
)

HEADERS: Sequence[tuple[bytes, bytes]] = (
    (b"content-security-policy", POLICY),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
)
"""On every answer."""

_TRANSPORT = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_NOT_STORED = (b"cache-control", b"no-store")
_ANY_HOST = ("/health/", "/metrics", "/assets/")
_LOOKS = "/theme/"

_log = logging.getLogger("opptak.access")


class Shell:
    """An ASGI application around another."""

    def __init__(
        self, app: ASGIApp, runtime: Runtime, *, sites: Mapping[Site, Templates], metrics: Metrics
    ) -> None:
        self._app = app
        self._runtime = runtime
        self._sites = sorted(sites.items(), key=lambda each: -len(each[0].prefix))
        self._metrics = metrics
        self._secure = runtime.settings.secure_cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        served = _Served(scope, send, secure=self._secure)
        if served.method == "HEAD":
            # A scope of our own: the server looks into its own for whether a body is to follow.
            scope = cast(HTTPScope, {**scope, "method": "GET"})
        started = time.perf_counter()
        try:
            await self._serve(scope, receive, served)
        finally:
            self._report(scope, served, time.perf_counter() - started)

    async def _serve(self, scope: HTTPScope, receive: Receive, served: "_Served") -> None:
        scope.setdefault("state", {})["trace"] = served.trace
        instead: Response[str] | Response[bytes] | None = None
        if not scope["path"].startswith(_ANY_HOST):
            instead = await self._enter(scope, served)
        if instead is None:
            await self._app(scope, receive, served.send)
        else:
            asgi = instead.to_asgi_response(app=None, request=Request(scope))
            await asgi(scope, receive, served.send)

    async def _enter(self, scope: HTTPScope, served: "_Served") -> Response[str] | Response[bytes] | None:
        """Find the tenant; return the page that answers in place of the application, if one does."""
        request: WebRequest = Request(scope)
        host = requested_host(request.headers.get("host", ""))
        try:
            tenant = await self._runtime.tenants.at_host(host) if host else None
        except TenantClosed as closed:
            return self._stranger(request, closed)
        except DATABASE_AWAY:
            return self._stranger(request, Unavailable())
        if tenant is None:
            at_home = host == self._runtime.settings.base_domain and scope["path"] == "/"
            return self._stranger(request, PlatformHost() if at_home else UnknownHost())
        if host != tenant.host and request.method == "GET":
            return _elsewhere(request, tenant.host)
        site, templates = self._site(scope["path"])
        visit = Visit(
            request, tenant=tenant, site=site, templates=templates, trace=served.trace, secure=self._secure
        )
        served.visit = scope["state"]["visit"] = visit
        if visit.asked_language:
            visit.cookies.set(LANGUAGE_COOKIE, visit.asked_language, max_age=LANGUAGE_KEPT)
        refused = _refusal(visit, request)
        return refusal(visit, refused) if refused else None

    def _stranger(self, request: WebRequest, error: OpptakError) -> Response[str] | None:
        if request.scope["path"].startswith(_LOOKS):
            return None
        return stranger_page(self._runtime.catalogues, self._sites[-1][1], request, error)

    def _site(self, path: str) -> tuple[Site, Templates]:
        for site, templates in self._sites:
            if path == site.prefix or path.startswith(f"{site.prefix}/"):
                return site, templates
        return self._sites[-1]

    def _report(self, scope: HTTPScope, served: "_Served", seconds: float) -> None:
        # The template of the route, not the address: that may hold what a person typed.
        route = scope.get("path_template") or "-"
        self._metrics.observe(method=served.method, route=route, status=served.status, seconds=seconds)
        _log.info(
            "request",
            extra={
                "method": served.method,
                "route": route,
                "status": served.status,
                "milliseconds": round(seconds * 1000, 1),
                "tenant": served.visit.tenant.slug if served.visit else "-",
                "trace": served.trace,
            },
        )


class _Served:
    """The answer on its way out."""

    def __init__(self, scope: HTTPScope, send: Send, *, secure: bool) -> None:
        self.trace = new_id().hex
        self.status = 500
        self.visit: Visit | None = None
        self.method = cast(str, scope["method"])
        self._send = send
        self._secure = secure

    async def send(self, message: Message) -> None:
        """Pass the answer on, with what every answer carries."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], *self._headers(dict(message["headers"]))]
        elif message["type"] == "http.response.body" and self.method == "HEAD":
            message["body"] = b""
        await self._send(message)

    def _headers(self, present: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        headers = [*HEADERS, (b"x-request-id", self.trace.encode())]
        if self._secure:
            headers.append(_TRANSPORT)
        if _NOT_STORED[0] not in present:
            headers.append(_NOT_STORED)
        cookies = self.visit.cookies.to_set if self.visit else []
        return headers + [
            (b"set-cookie", cookie.to_header(header="").encode("latin-1")) for cookie in cookies
        ]


def _elsewhere(request: WebRequest, host: str) -> Response[str]:
    """Lead to the same page at the tenant's first host; no-store keeps browsers from taking it for good."""
    _, colon, port = request.headers["host"].partition(":")
    query = request.scope["query_string"].decode("latin-1")
    address = f"{request.scope['scheme']}://{host}{colon}{port}{quote(request.scope['path'])}"
    return Response("", status_code=308, headers={"Location": f"{address}?{query}" if query else address})


def _refusal(visit: Visit, request: WebRequest) -> OpptakError | None:
    if "\0" in visit.path or b"%00" in request.scope["query_string"]:
        return BadRequest()
    if request.method in UNSAFE and from_elsewhere(visit):
        return FormExpired()
    return None
