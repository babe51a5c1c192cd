"""One request, as far as it is known: which tenant and site, in which language, and whose it is."""

from typing import cast
from urllib.parse import parse_qsl, urlencode

from litestar.connection import Request
from litestar.datastructures import State

from opptak.identity.schemas import Login
from opptak.kit.subject import Space, Subject
from opptak.tenancy.context import TenantContext
from opptak.ui.engine import Templates
from opptak.webkit.cookies import Cookies
from opptak.webkit.forms import Form
from opptak.webkit.languages import LANGUAGE_COOKIE, preferred
from opptak.webkit.site import Site

__all__ = ("UNSAFE", "Visit", "WebRequest")

WebRequest = Request[object, object, State]

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""Methods that change something."""

_SESSIONS = {Space.PARENTS: "session", Space.STAFF: "staff"}


class Visit:
    """What the shell finds out about a request before any handler runs, and the edge while it lets it in."""

    def __init__(
        self,
        request: WebRequest,
        *,
        tenant: TenantContext,
        site: Site,
        templates: Templates,
        trace: str,
        secure: bool,
    ) -> None:
        self.tenant = tenant
        self.site = site
        self.templates = templates
        self.trace = trace
        self.path = request.scope["path"]
        self.headers = request.headers
        self.cookies = Cookies(self.headers.get("cookie", ""), tenant=tenant, secure=secure)
        self.origin = f"{'https' if secure else request.scope['scheme']}://{self.headers.get('host', '')}"
        """Scheme and host as the browser sees them."""
        self.login: Login | None = None
        self.form: Form | None = None
        """What was posted, if anything was."""
        self.anonymous_csrf = ""
        """Token of a form on this page while nobody is logged in."""
        self.stash_shown = False
        """Whether the page is filled with what was typed before the login ran out."""
        self._query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        self._chosen = self._chosen_language()
        self.language = self._chosen or tenant.language(*preferred(self.headers.get("accept-language", "")))

    @classmethod
    def of(cls, request: WebRequest) -> "Visit":
        """Return the visit of a request; raises KeyError outside any tenant (health, metrics)."""
        return cast(Visit, request.scope["state"]["visit"])

    @property
    def address(self) -> str:
        """Path and query, without the choice of a language: what to come back to."""
        query = urlencode([pair for pair in self._query if pair[0] != LANGUAGE_COOKIE])
        return f"{self.path}?{query}" if query else self.path

    @property
    def login_path(self) -> str:
        """Where the site's login begins."""
        return f"{self.site.prefix}/login"

    @property
    def at_login(self) -> bool:
        """Whether this is a page of the login itself."""
        return self.path == self.login_path or self.path.startswith(f"{self.login_path}/")

    @property
    def by_program(self) -> bool:
        """Whether the address is one of the API, which answers in JSON."""
        return self.path.startswith((f"{self.site.prefix}/api/", "/api/"))

    @property
    def subject(self) -> Subject:
        """Who acts: the one who is logged in, else nobody of the site's space."""
        return self.login.subject if self.login else Subject(space=self.site.space)

    @property
    def asked_language(self) -> str:
        """The language chosen with this very request, or nothing."""
        asked = dict(self._query).get(LANGUAGE_COOKIE, "")
        return asked if asked in self.tenant.document.languages else ""

    @property
    def session_token(self) -> str:
        """The token of the site's login cookie, or nothing."""
        return self.cookies.get(_SESSIONS[self.site.space], path=self._session_path)

    def set_session(self, token: str) -> None:
        """Hand the login's token to the browser."""
        self.cookies.set(_SESSIONS[self.site.space], token, path=self._session_path)

    def drop_session(self) -> None:
        """Let the browser forget the login."""
        self.cookies.drop(_SESSIONS[self.site.space], path=self._session_path)

    def enter(self, login: Login | None) -> None:
        """Note who is logged in; their language holds unless another was chosen here."""
        self.login = login
        if login and login.language in self.tenant.document.languages and not self._chosen:
            self.language = login.language

    @property
    def _session_path(self) -> str:
        return self.site.prefix or "/"

    def _chosen_language(self) -> str:
        kept = self.cookies.get(LANGUAGE_COOKIE)
        return self.asked_language or (kept if kept in self.tenant.document.languages else "")
