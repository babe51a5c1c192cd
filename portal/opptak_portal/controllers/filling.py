"""Filling in: two questions, and what is filled in already for those who want to change it.

Every step is kept. A draft may have gaps; an application that was sent in stays whole.
"""

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
from opptak.webkit import Flash, FlashColor, Given, Html, Screen
from opptak_portal.forms import VersionForm, WishesForm, given_so_far, moved, read_answers
from opptak_portal.pages import application_page, priority_page, wishes_page

__all__ = ("Filling",)

_BESIDE = frozenset({"wishes", "priority"})
"""Pages beside the way to the receipt."""


class Filling(Controller):
    """The application as a form."""

    path = "/applications/{application_id:uuid}"

    @get("/", action=Action.OWN_APPLICATION_READ)
    async def ask(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Html | Redirect:
        """Show the two questions."""
        application = await Applications(work).get(application_id)
        if not application.editable:
            return screen.redirect(f"/applications/{application.id}/status")
        kept = screen.stash
        return application_page(screen, application, typed=kept.values if kept else {}).show(screen)

    @post("/", action=Action.OWN_APPLICATION_WRITE)
    async def answer(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Redirect:
        """Keep the two answers and go on: to the review, or to what else is to be changed."""
        application = await Applications(work).get(application_id)
        beside = screen.form.get("then") in _BESIDE
        try:
            given = read_answers(screen.form, whole=not beside)
            answers = given_so_far(application, start_on=given.start_on, days_per_week=given.days_per_week)
            await Applications(work).save(application.id, answers, version=given.version)
        except (Invalid, ApplicationChanged) as refused:
            page = application_page(screen, application, typed=screen.form.values)
            raise page.refused(refused) from refused
        if beside:
            return screen.redirect(f"/applications/{application.id}/{screen.form.get('then')}")
        return _onward(screen, application)

    @get("/wishes", action=Action.OWN_APPLICATION_READ)
    async def wish(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Html | Redirect:
        """Show the wishes in their order."""
        application, choices = await Applications(work).choices(application_id)
        if not application.editable:
            return screen.redirect(f"/applications/{application.id}/status")
        page = wishes_page(
            screen,
            application,
            choices,
            chosen=[wish.facility_id for wish in application.wishes],
            accepts_elsewhere=application.accepts_elsewhere,
        )
        return page.show(screen)

    @post("/wishes", action=Action.OWN_APPLICATION_WRITE)
    async def rank(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Redirect:
        """Keep the wishes as they stand after the button that was pressed."""
        application, choices = await Applications(work).choices(application_id)
        form = WishesForm(version=0, wishes=tuple(wish.facility_id for wish in application.wishes))
        try:
            form = screen.form.read(WishesForm)
            answers = given_so_far(application, wishes=moved(form), accepts_elsewhere=form.accepts_elsewhere)
            await Applications(work).save(application.id, answers, version=form.version)
        except (Invalid, ApplicationChanged) as refused:
            elsewhere = form.accepts_elsewhere
            page = wishes_page(screen, application, choices, chosen=moved(form), accepts_elsewhere=elsewhere)
            raise page.refused(refused) from refused
        if form.move:
            return screen.redirect(f"/applications/{application.id}/wishes#wishes")
        return _back(screen, application)

    @get("/priority", action=Action.OWN_APPLICATION_READ)
    async def ask_priority(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Html | Redirect:
        """Ask about the priority by law."""
        application = await Applications(work).get(application_id)
        if not application.editable:
            return screen.redirect(f"/applications/{application.id}/status")
        return priority_page(application, stated=application.statutory_priority).show(screen)

    @post("/priority", action=Action.OWN_APPLICATION_WRITE)
    async def declare_priority(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Redirect:
        """State the priority by law, or take it back."""
        application = await Applications(work).get(application_id)
        stated = bool(screen.form.get("statutory_priority"))
        try:
            form = screen.form.read(VersionForm)
            answers = given_so_far(application, statutory_priority=stated)
            await Applications(work).save(application.id, answers, version=form.version)
        except (Invalid, ApplicationChanged) as refused:
            raise priority_page(application, stated=stated).refused(refused) from refused
        return _back(screen, application)


def _back(screen: Screen, application: ApplicationView) -> Redirect:
    return screen.redirect(f"/applications/{application.id}", flash=Flash("portal.application.saved"))


def _onward(screen: Screen, application: ApplicationView) -> Redirect:
    if application.status is ApplicationStatus.SUBMITTED:
        flash = Flash("portal.application.changed")
        return screen.redirect(f"/applications/{application.id}/status", flash=flash)
    if not application.wishes:
        # Nothing could be filled in, as for a family whose address nobody may know.
        flash = Flash("admission.field.wishes.missing", FlashColor.WARNING)
        return screen.redirect(f"/applications/{application.id}/wishes", flash=flash)
    return screen.redirect(f"/applications/{application.id}/review")
