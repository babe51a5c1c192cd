"""How parents log in: at an identity provider, and back."""

import secrets
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromQuery, QueryParameter
from litestar.response import Redirect

from opptak.audit.schemas import Outcome
from opptak.audit.service import record
from opptak.authz.check import PUBLIC
from opptak.hooks.types import Identity
from opptak.identity.errors import LoginCancelled, LoginExpired, LoginFailed
from opptak.identity.logins import Logins
from opptak.identity.oidc import Handshake
from opptak.identity.schemas import NewLogin, ProviderSession
from opptak.identity.throttle import Throttle
from opptak.kit.errors import OpptakError, StrongerLoginRequired
from opptak.kit.subject import Subject
from opptak.runtime import Runtime
from opptak.tenancy.context import Work
from opptak.ui.engine import Flash
from opptak.webkit.edge import LOGIN
from opptak.webkit.injection import Given
from opptak.webkit.providers import LoginProvider, LoginProviders
from opptak.webkit.redirects import local_address
from opptak.webkit.screen import Html, Screen
from opptak.webkit.stash import STASH_COOKIE
from opptak.webkit.visit import Visit, WebRequest

__all__ = ("ParentsLogin",)

_COOKIE = "login"
_MOST_TIME = timedelta(minutes=15)
"""How long somebody may take at the provider."""

_noted = Throttle(burst=20, refill=timedelta(seconds=10))
"""How often a login that failed is noted, by address: anybody may try, and the log only grows."""

Next = Annotated[str, QueryParameter(name="next")]


class _Pending(msgspec.Struct, frozen=True):
    """A login under way, as the browser carries it, sealed."""

    provider: str
    handshake: Handshake
    after: str


class ParentsLogin(Controller):
    """Login and logout of the parents' site."""

    @get("/login", action=PUBLIC)
    async def choose(
        self,
        screen: Given[Screen],
        login_providers: Given[LoginProviders],
        after: Next = "/",
    ) -> Html | Redirect:
        """Go to the provider at once when there is one only, and nothing to be told first."""
        visit = screen.visit
        if visit.login is not None:
            return Redirect(local_address(after), status_code=303)
        offered = await login_providers.of(visit.tenant)
        stashed = bool(visit.cookies.get(STASH_COOKIE))
        links = [{"label": _label(screen, provider), "href": _start(provider, after)} for provider in offered]
        if len(links) == 1 and not stashed:
            return Redirect(links[0]["href"], status_code=303)
        return screen.render("web/login.html", title="ui.log_in", providers=links, stashed=stashed)

    @get("/login/start", action=PUBLIC)
    async def start(
        self,
        request: WebRequest,
        login_providers: Given[LoginProviders],
        provider: FromQuery[str],
        after: Next = "/",
    ) -> Redirect:
        """Send the browser to the provider; raises ProviderUnavailable."""
        visit = Visit.of(request)
        chosen = await login_providers.named(visit.tenant, provider)
        url, handshake = await chosen.oidc.begin(
            redirect_uri=f"{visit.origin}/login/callback", language=visit.language
        )
        pending = _Pending(provider, handshake, local_address(after))
        visit.cookies.seal(_COOKIE, pending, max_age=_MOST_TIME)
        return Redirect(url, status_code=303)

    @get("/login/callback", action=PUBLIC)
    async def finish(
        self,
        request: WebRequest,
        runtime: Given[Runtime],
        login_providers: Given[LoginProviders],
        answer_state: Annotated[str, QueryParameter(name="state")] = "",
        code: FromQuery[str] = "",
        error: FromQuery[str] = "",
    ) -> Redirect:
        """Take the provider's answer; no transaction is open while it is asked.

        Raises LoginExpired, LoginCancelled, LoginFailed, StrongerLoginRequired, ProviderUnavailable.
        """
        visit = Visit.of(request)
        pending = visit.cookies.unseal(_COOKIE, _Pending)
        visit.cookies.drop(_COOKIE)
        if pending is None or not secrets.compare_digest(
            pending.handshake.state.encode(), answer_state.encode()
        ):
            raise LoginExpired
        if error:
            raise LoginCancelled if error == "access_denied" else LoginFailed
        chosen = await login_providers.named(visit.tenant, pending.provider)
        try:
            identity, provider = await _identify(chosen, pending, code=code)
        except (LoginFailed, StrongerLoginRequired) as refused:
            address = request.client.host if request.client else ""
            if _noted.take((visit.tenant.id, address), now=runtime.clock.now()):
                await _note_refusal(runtime, visit, pending.provider, refused)
            raise
        async with runtime.work(visit.tenant, visit.subject, trace=visit.trace) as work:
            visit.set_session(await _enter(work, visit, identity, provider))
        return Redirect(_landing(visit, pending.after), status_code=303)

    @post("/logout", action=PUBLIC)
    async def leave(
        self,
        work: Given[Work],
        screen: Given[Screen],
        login_providers: Given[LoginProviders],
    ) -> Response[str] | Redirect:
        """Log out here, and then at the provider, which other services share the login with."""
        visit = screen.visit
        ended = await Logins(work).end(visit.session_token)
        visit.drop_session()
        visit.login = None
        url = await _logout_url(login_providers, visit, ended) if ended else ""
        if not url:
            return screen.redirect("/", flash=Flash("web.logged_out"))
        page = screen.render("web/logged_out.html", title="web.logged_out", provider_url=url)
        # Not a redirect: browsers may refuse one to another host as the answer to a form.
        page.headers["Refresh"] = f"0; url={url}"
        return page


async def _identify(
    chosen: LoginProvider, pending: _Pending, *, code: str
) -> tuple[Identity, ProviderSession]:
    """Return whom the provider vouches for; raises LoginFailed, StrongerLoginRequired."""
    proof = await chosen.oidc.finish(pending.handshake, code=code)
    identity = chosen.identity(proof.claims)
    if not chosen.strong_enough(identity):
        raise StrongerLoginRequired
    return identity, ProviderSession(pending.provider, proof.id_token)


async def _note_refusal(runtime: Runtime, visit: Visit, provider: str, refused: OpptakError) -> None:
    """Note that a login failed and why, not whose: what the provider says of them does not hold."""
    async with runtime.work(visit.tenant, visit.subject, trace=visit.trace) as work:
        record(work, LOGIN, "page", outcome=Outcome.REFUSED, provider=provider, code=refused.code)


async def _enter(work: Work, visit: Visit, identity: Identity, provider: ProviderSession) -> str:
    """Begin the login of whoever this is; one the register has not told us of is looked up later."""
    people = visit.site.people
    person = await people.find(work, identity) if people else None
    started = await Logins(work).begin(
        NewLogin(
            space=visit.site.space,
            subject_id=person.id if person else None,
            name=person.name if person else identity.name,
            level=identity.level,
            language=person.language if person else "",
            identity=identity,
            provider=provider,
        ),
        replaces=visit.session_token,
    )
    if person is not None:
        subject = Subject(space=visit.site.space, id=person.id, level=identity.level)
        record(msgspec.structs.replace(work, subject=subject), LOGIN, "person", person.id)
    elif people is not None:
        await people.missing(work, started.login_id)
    return started.token


async def _logout_url(login_providers: LoginProviders, visit: Visit, ended: ProviderSession) -> str:
    try:
        provider = await login_providers.named(visit.tenant, ended.provider)
    except LoginFailed:
        return ""
    return await provider.oidc.logout_url(ended.id_token, return_to=f"{visit.origin}/")


def _landing(visit: Visit, after: str) -> str:
    """Return where to go after the login: who came from the front page has come for what is behind it."""
    return visit.site.menu[0].path if after == "/" and visit.site.menu else after


def _start(provider: LoginProvider, after: str) -> str:
    return f"/login/start?{urlencode({'provider': provider.name, 'next': local_address(after)})}"


def _label(screen: Screen, provider: LoginProvider) -> str:
    own = f"login.with.{provider.name}"
    return screen.text(own) if screen.text.knows(own) else screen.text("ui.log_in")
