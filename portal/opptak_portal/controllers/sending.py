"""Sending in: checking the answers, sending them, and the receipt."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.admission.errors import ApplicationChanged
from opptak.admission.schemas import ApplicationStatus, ApplicationView
from opptak.admission.service import Applications
from opptak.authz.actions import Action
from opptak.kit.errors import Invalid
from opptak.tenancy.context import Work
from opptak.webkit import Given, Html, Screen
from opptak_portal.forms import VersionForm, given_so_far
from opptak_portal.pages import application_page, review_page

__all__ = ("Sending",)


class Sending(Controller):
    """From the draft to the receipt."""

    path = "/applications/{application_id:uuid}"

    @get("/review", action=Action.OWN_APPLICATION_READ)
    async def review(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Html | Redirect:
        """Show the answers once more."""
        application = await Applications(work).get(application_id)
        if not application.editable or application.status is ApplicationStatus.SUBMITTED:
            return screen.redirect(f"/applications/{application.id}/status")
        if not _whole(application):
            return screen.redirect(f"/applications/{application.id}")
        return review_page(screen, application).show(screen)

    @post("/review", action=Action.OWN_APPLICATION_WRITE)
    async def send(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Redirect:
        """Send the application in; the same button pressed twice counts once."""
        application = await Applications(work).get(application_id)
        try:
            form = screen.form.read(VersionForm)
            await Applications(work).submit(application.id, given_so_far(application), version=form.version)
        except ApplicationChanged as changed:
            raise review_page(screen, application).refused(changed) from changed
        except Invalid as refused:
            raise application_page(screen, application, typed={}).refused(refused) from refused
        return screen.redirect(f"/applications/{application.id}/receipt")

    @get("/receipt", action=Action.OWN_APPLICATION_READ)
    async def receipt(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Html | Redirect:
        """Confirm that the application has arrived, and tell what comes next."""
        application = await Applications(work).get(application_id)
        if application.submitted_at is None:
            return screen.redirect(f"/applications/{application.id}")
        return screen.render(
            "portal/receipt.html",
            title="portal.receipt.title",
            application=application,
            config=work.tenant.document.round(application.intake),
            zone=work.tenant.document.time_zone,
        )


def _whole(application: ApplicationView) -> bool:
    return bool(application.start_on and application.days_per_week and application.wishes)
