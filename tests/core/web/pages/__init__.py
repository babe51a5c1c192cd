"""Two small sites to try the shell with: pages as the real sites have them."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.authz.check import PUBLIC
from opptak.hooks.types import Identity
from opptak.kit.errors import Conflict, Invalid, NotFound
from opptak.kit.subject import Space
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.ui.engine import Flash
from opptak.webkit import FormRefused, Html, KnownPerson, MenuItem, Screen, Site
from opptak.webkit.injection import Given


class TestPeople:
    """A directory of people that a test fills."""

    __test__ = False

    def __init__(self) -> None:
        self.known: dict[str | None, KnownPerson] = {}
        self.missed: list[UUID] = []

    async def find(self, work: Work, identity: Identity) -> KnownPerson | None:
        """Return the person under the identity number."""
        return self.known.get(identity.identity_number)

    async def missing(self, work: Work, login_id: UUID) -> None:
        """Note that somebody has to be looked up."""
        self.missed.append(login_id)


PEOPLE = TestPeople()


class Pages(Controller):
    """Pages for parents."""

    @get("/", action=PUBLIC)
    async def front(self, screen: Given[Screen]) -> Html:
        """Anybody's page."""
        return screen.render("form.html", title="ui.gallery.title", who="anybody")

    @get("/form", action=Action.OWN_APPLICATION_READ)
    async def show(self, work: Given[Work], screen: Given[Screen]) -> Html:
        """A page with a form."""
        values = screen.stash.values if screen.stash else {}
        return screen.render("form.html", title="ui.gallery.title", who=str(work.subject.id), values=values)

    @post("/form", action=Action.OWN_APPLICATION_WRITE)
    async def save(self, work: Given[Work], screen: Given[Screen]) -> Redirect:
        """Store something, or refuse it after having stored."""
        note = screen.form.get("note")
        record(work, "note.write", "note", None, length=len(note))
        match note:
            case "refused":
                errors = {"note": "web.field.invalid"}
                raise FormRefused("form.html", errors, title="ui.gallery.title", who="again")
            case "late":
                raise Conflict
            case "broken":
                raise ZeroDivisionError("somebody's name")
            case "wrong":
                raise Invalid({"note": "web.field.invalid"})
        return screen.redirect("/form", flash=Flash("ui.gallery.saved"))

    @get("/switched", action=Action.OWN_APPLICATION_READ, module=Module.OFFERS)
    async def switched(self, screen: Given[Screen]) -> Html:
        """A page of a module."""
        return screen.render("form.html", title="ui.gallery.title", who="switched")

    @post("/switched", action=Action.OWN_APPLICATION_WRITE, module=Module.OFFERS)
    async def switch(self, screen: Given[Screen]) -> Redirect:
        """A form of a module."""
        return screen.redirect("/")

    @get("/mine", action=Action.OWN_CHILDREN_READ)
    async def mine(self, screen: Given[Screen]) -> Html:
        """A page that needs to know who it is."""
        return screen.render("form.html", title="ui.gallery.title", who=str(screen.person_id))

    @get("/others/{other:uuid}", action=Action.OWN_APPLICATION_READ)
    async def other(self, work: Given[Work], other: FromPath[UUID]) -> Html:
        """Somebody else's."""
        raise NotFound


class StaffPages(Controller):
    """Pages for staff."""

    @get("/", action=Action.TODAY_READ)
    async def today(self, work: Given[Work], screen: Given[Screen]) -> Html:
        """The first page."""
        return screen.render("form.html", title="ui.gallery.title", who=str(work.subject.id))

    @get("/switched", action=Action.OFFER_READ, module=Module.OFFERS)
    async def switched(self, screen: Given[Screen]) -> Html:
        """A page of a module."""
        return screen.render("form.html", title="ui.gallery.title", who="switched")

    @get("/runs", action=Action.RUN_RELEASE)
    async def runs(self, work: Given[Work], screen: Given[Screen]) -> Html:
        """A page for approvers."""
        return screen.render("form.html", title="ui.gallery.title", who="approver")


PORTAL = Site(
    name="ui.gallery.site",
    space=Space.PARENTS,
    package="tests.core.web.pages",
    controllers=(Pages,),
    people=PEOPLE,
    module=Module.PORTAL,
)
STAFF = Site(
    name="ui.gallery.site",
    space=Space.STAFF,
    package="tests.core.web.pages",
    controllers=(StaffPages,),
    prefix="/staff",
    menu=(
        MenuItem("ui.page", "/staff/runs", Action.RUN_RELEASE),
        MenuItem("ui.page", "/staff/switched", Action.OFFER_READ, Module.OFFERS),
    ),
)
