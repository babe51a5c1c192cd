"""What pages are made with: one transaction a request, checked access, forms, errors, the site's frame.

A handler names the action it does (or `PUBLIC`), takes what it needs by name and stays short::

    class Children(Controller):
        path = "/children"

        @get("/", action=Action.OWN_CHILDREN_READ)
        async def show(self, work: Given[Work], screen: Given[Screen]) -> Html:
            children = await People(work).children_of(screen.person_id)
            return screen.render("children.html", title="portal.children.title", children=children)

        @post("/{child:uuid}", action=Action.OWN_APPLICATION_WRITE)
        async def answer(self, work: Given[Work], screen: Given[Screen], child: FromPath[UUID]) -> Redirect:
            try:
                answers = screen.form.read(AnswersForm)
                await Applications(work).submit(child, answers, version=answers.version)
            except Invalid as refused:
                context = await self._context(work, child)
                raise FormRefused("answers.html", refused.fields, title="portal.answers", **context)
            return screen.redirect("/children", flash=Flash("portal.answers.sent"))

`work: Given[Work]` is the transaction, of whoever is logged in; it is committed before the answer leaves and
rolled back when anything is raised, so errors are raised and never returned. Without a login the visitor is
sent to log in and comes back; a half-filled form waits for them in `screen.stash` (pass its `values` to the
template). Who lacks the role gets 403; what is not theirs must raise `NotFound`. `OpptakError`s become
pages (or problem details under `/api`).

`screen: Given[Screen]` draws: `render`, `redirect` with a message, `text` (the translator), `form` (what was
posted), `person_id` (raises `PersonUnknown`), `visit` (host, path, language, login). Templates extend
`base.html` and put `{{ csrf_field() }}` into every form; a form posts to the address of its page, so that
the way back after a login is that page.

A site is a `Site`, found by the entry-point group `opptak.sites`.
"""

from opptak.ui.engine import Flash, FlashColor
from opptak.webkit.forms import Form, FormRefused
from opptak.webkit.injection import Given
from opptak.webkit.screen import Html, PersonUnknown, Screen
from opptak.webkit.site import KnownPerson, MenuItem, PersonDirectory, Site
from opptak.webkit.visit import Visit, WebRequest

__all__ = (
    "Flash",
    "FlashColor",
    "Form",
    "FormRefused",
    "Given",
    "Html",
    "KnownPerson",
    "MenuItem",
    "PersonDirectory",
    "PersonUnknown",
    "Screen",
    "Site",
    "Visit",
    "WebRequest",
)
