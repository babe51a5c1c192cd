"""My children: the page after the login."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.admission.service import Applications
from opptak.authz.actions import Action
from opptak.tenancy.context import Work
from opptak.webkit import Given, Html, Screen
from opptak_portal.cases import own_cases
from opptak_portal.views.cards import card
from opptak_portal.views.words import Words

__all__ = ("Children",)


class Children(Controller):
    """A parent's children."""

    path = "/children"

    @get("/", action=Action.OWN_CHILDREN_READ)
    async def show(self, work: Given[Work], screen: Given[Screen]) -> Html:
        """Show each child with one line and one button.

        Somebody the register has not told us of gets the page too, with the request for a little patience.
        """
        found = work.subject.id
        cases = await own_cases(work, found) if found else []
        words = Words(screen.text)
        return screen.render(
            "portal/children.html",
            title="portal.children.title",
            cards=[card(case, words) for case in cases],
            looking=found is None,
            document=work.tenant.document,
        )

    @post("/{child_id:uuid}/apply", action=Action.OWN_APPLICATION_WRITE)
    async def apply(self, work: Given[Work], screen: Given[Screen], child_id: FromPath[UUID]) -> Redirect:
        """Start the application of a child nobody has written about."""
        application = await Applications(work).start_by_parent(child_id)
        return screen.redirect(f"/applications/{application.id}")
