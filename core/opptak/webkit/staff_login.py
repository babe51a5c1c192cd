"""How staff log in: with e-mail and password."""

from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.params import QueryParameter
from litestar.response import Redirect

from opptak.audit.service import record
from opptak.authz.check import PUBLIC
from opptak.identity.errors import LoginRefused, TooManyAttempts
from opptak.identity.logins import Logins
from opptak.identity.schemas import NewLogin
from opptak.identity.staff import Staff
from opptak.kit.subject import Space, Subject
from opptak.tenancy.context import Work
from opptak.ui.engine import Flash
from opptak.webkit.csrf import begin_anonymous_form
from opptak.webkit.edge import LOGIN
from opptak.webkit.forms import FormRefused
from opptak.webkit.injection import Given
from opptak.webkit.redirects import local_address
from opptak.webkit.screen import Html, Screen
from opptak.webkit.visit import WebRequest

__all__ = ("StaffLogin",)

_TEMPLATE = "web/staff_login.html"


class StaffLogin(Controller):
    """Login and logout of the staff site."""

    @get("/login", action=PUBLIC)
    async def show(
        self, screen: Given[Screen], after: Annotated[str, QueryParameter(name="next")] = ""
    ) -> Html | Redirect:
        """Show the form."""
        home = f"{screen.visit.site.prefix}/"
        if screen.visit.login is not None:
            return screen.redirect(local_address(after, otherwise=home))
        begin_anonymous_form(screen.visit)
        return screen.render(_TEMPLATE, title="ui.log_in", after=after)

    @post("/login", action=PUBLIC)
    async def enter(self, request: WebRequest, work: Given[Work], screen: Given[Screen]) -> Redirect:
        """Log in; a wrong password tells nothing about whether there is an account."""
        form, visit = screen.form, screen.visit
        address = request.client.host if request.client else ""
        try:
            account = await Staff(work).authenticate(form.get("email"), form.get("password"), address=address)
        except (LoginRefused, TooManyAttempts) as refused:
            begin_anonymous_form(visit)
            raise FormRefused(
                _TEMPLATE,
                {"password": f"error.{refused.code}"},
                title="ui.log_in",
                status=refused.status,
                after=form.get("next"),
            ) from refused
        new = NewLogin(space=Space.STAFF, subject_id=account.id)
        started = await Logins(work).begin(new, replaces=visit.session_token)
        subject = Subject(space=Space.STAFF, id=account.id)
        record(msgspec.structs.replace(work, subject=subject), LOGIN, "staff_account", account.id)
        visit.set_session(started.token)
        return screen.redirect(local_address(form.get("next"), otherwise=f"{visit.site.prefix}/"))

    @post("/logout", action=PUBLIC)
    async def leave(self, work: Given[Work], screen: Given[Screen]) -> Redirect:
        """Log out."""
        await Logins(work).end(screen.visit.session_token)
        screen.visit.drop_session()
        return screen.redirect(f"{screen.visit.site.prefix}/login", flash=Flash("web.logged_out"))
