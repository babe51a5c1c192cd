"""Saying no: no place is wanted, or the application is withdrawn."""

from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.admission.schemas import Answer, ApplicationStatus
from opptak.admission.service import Applications
from opptak.authz.actions import Action
from opptak.kit.errors import Invalid
from opptak.tenancy.context import Work
from opptak.webkit import Flash, Given, Html, Screen
from opptak_portal.pages import no_page

__all__ = ("Declining",)


class NoForm(msgspec.Struct, frozen=True):
    """Why no place is wanted."""

    answer: Answer


class Declining(Controller):
    """The ways out of an application."""

    path = "/applications/{application_id:uuid}"

    @get("/no", action=Action.OWN_APPLICATION_READ)
    async def ask_why(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Html | Redirect:
        """Ask why no place is wanted."""
        application = await Applications(work).get(application_id)
        if not application.editable:
            return screen.redirect(f"/applications/{application.id}/status")
        return no_page(application).show(screen)

    @post("/no", action=Action.OWN_APPLICATION_WRITE)
    async def say_no(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Redirect:
        """Note that no place is wanted now; the reminders stop."""
        application = await Applications(work).get(application_id)
        try:
            form = screen.form.read(NoForm)
            await Applications(work).answer_no(application.id, form.answer)
        except Invalid as refused:
            chosen = Invalid({"answer": "portal.no.missing"})
            raise no_page(application).refused(chosen) from refused
        return screen.redirect("/children", flash=Flash("portal.no.noted"))

    @get("/withdraw", action=Action.OWN_APPLICATION_READ)
    async def ask_withdraw(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Html | Redirect:
        """Ask whether the application is really to be withdrawn."""
        application = await Applications(work).get(application_id)
        if application.submitted_at is None or application.status is ApplicationStatus.WITHDRAWN:
            return screen.redirect(f"/applications/{application.id}/status")
        return screen.render("portal/withdraw.html", title="portal.withdraw.title", application=application)

    @post("/withdraw", action=Action.OWN_APPLICATION_WRITE)
    async def withdraw(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Redirect:
        """Withdraw the application; raises OfferMustBeAnswered where a place has been offered."""
        await Applications(work).withdraw(application_id)
        return screen.redirect("/children", flash=Flash("portal.withdraw.noted"))
