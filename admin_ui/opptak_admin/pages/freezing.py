"""A released run that must stay as it is, such as while a complaint is dealt with."""

from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.allocation.service import Runs
from opptak.authz.actions import Action
from opptak.kit.errors import Invalid
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.webkit import Flash, FormRefused, Given, Html, Screen

__all__ = ("FreezingPages",)

_TEMPLATE, _TITLE = "staff/freeze.html", "staff.freeze.title"


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    reason: str = ""


class FreezingPages(Controller):
    """Locks a released run, and unlocks it."""

    path = "/runs/{run_id:uuid}"

    @get("/freeze", action=Action.RUN_FREEZE, module=Module.ALLOCATION)
    async def ask(self, work: Given[Work], screen: Given[Screen], run_id: FromPath[UUID]) -> Html:
        """Ask why."""
        return screen.render(_TEMPLATE, title=_TITLE, run=await Runs(work).get(run_id))

    @post("/freeze", action=Action.RUN_FREEZE, module=Module.ALLOCATION)
    async def freeze(self, work: Given[Work], screen: Given[Screen], run_id: FromPath[UUID]) -> Redirect:
        """Let nothing take the place of the run."""
        run = await Runs(work).get(run_id)
        try:
            await Runs(work).freeze(run.id, reason=screen.form.read(Sent).reason)
        except Invalid as refused:
            raise FormRefused(_TEMPLATE, refused.fields, title=_TITLE, run=run) from refused
        return screen.redirect(f"/staff/runs/{run.id}", flash=Flash("staff.freeze.done"))

    @post("/thaw", action=Action.RUN_FREEZE, module=Module.ALLOCATION)
    async def thaw(self, work: Given[Work], screen: Given[Screen], run_id: FromPath[UUID]) -> Redirect:
        """Let another run take its place again."""
        await Runs(work).thaw(run_id)
        return screen.redirect(f"/staff/runs/{run_id}", flash=Flash("staff.freeze.thawed"))
