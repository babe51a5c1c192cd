"""Errands: how far long work is that somebody asked for, and where it leads."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from litestar.params import FromPath
from litestar.response import Redirect, ServerSentEvent

from opptak.allocation.asking import check_run, compute_run, release_run
from opptak.authz.actions import Action
from opptak.errands.errors import ErrandDropped
from opptak.errands.schemas import ErrandState, ErrandView
from opptak.errands.service import Errands
from opptak.kit.i18n import Translator
from opptak.runtime import Runtime
from opptak.tenancy.context import Work
from opptak.webkit import Flash, Given, Screen
from opptak.webkit.following import Sight, follow

__all__ = ("ErrandPages",)

SILENT = timedelta(minutes=1)
"""After so long without a word, the page says that there has been none."""

_BACK: Mapping[str, Callable[[ErrandView], str]] = {
    compute_run.name: lambda _: "/staff/round#runs",
    check_run.name: lambda errand: f"/staff/runs/{errand.target_id}",
    release_run.name: lambda errand: f"/staff/runs/{errand.target_id}",
}
"""Where each kind is asked for."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An errand as a page shows it; `reason` says in words why it was refused."""

    errand: ErrandView
    reason: str
    heard: datetime
    silent: bool
    zone: str


class ErrandPages(Controller):
    """One errand."""

    path = "/errands/{errand_id:uuid}"

    @get("/", action=Action.ERRAND_READ)
    async def show(
        self, work: Given[Work], screen: Given[Screen], errand_id: FromPath[UUID]
    ) -> Response[str] | Redirect:
        """Show how far it is; once done, lead on to what came of it."""
        errand = await Errands(work).get(errand_id)
        if errand.state is ErrandState.DONE:
            flash = Flash(f"staff.errand.{errand.kind}.done")
            return screen.redirect(f"/staff/runs/{errand.outcome_id}", flash=flash)
        return screen.render(
            "staff/errand.html",
            title=f"staff.errand.{errand.kind}",
            back=_BACK[errand.kind](errand),
            shown=_shown(errand, work, screen.text),
        )

    @get("/events", action=Action.ERRAND_READ)
    async def events(
        self,
        work: Given[Work],
        screen: Given[Screen],
        runtime: Given[Runtime],
        errand_id: FromPath[UUID],
    ) -> ServerSentEvent:
        """Say how far it is whenever that has changed."""
        await Errands(work).get(errand_id)

        async def look(work: Work) -> Sight:
            errand = await Errands(work).get(errand_id)
            html = screen.piece("staff/errand_progress.html", shown=_shown(errand, work, screen.text))
            return Sight(html=html, last=errand.ended)

        return follow(runtime, screen.visit, look)


def _shown(errand: ErrandView, work: Work, text: Translator) -> Shown:
    heard = errand.heard_at or errand.asked_at
    return Shown(
        errand=errand,
        reason=_reason(errand, text),
        heard=heard,
        silent=errand.state is ErrandState.RUNNING and work.now - heard > SILENT,
        zone=work.tenant.document.time_zone,
    )


def _reason(errand: ErrandView, text: Translator) -> str:
    """Return why it was not done: what a person is told anywhere, or `dropped` for one taken away."""
    code = errand.refusal or (ErrandDropped.code if errand.state is ErrandState.DROPPED else "")
    return text(f"error.{code}", **errand.refusal_params) if code else ""
