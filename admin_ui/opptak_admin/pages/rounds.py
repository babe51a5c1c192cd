"""The round: its dates, the letters to families, and the runs that give out the places."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.response import Redirect, ServerSentEvent

from opptak.admission.schemas import ApplicationCounts, RoundState, RoundView
from opptak.admission.service import Applications, Rounds
from opptak.admission.tasks import close_due
from opptak.allocation.asking import AskedRuns, compute_run
from opptak.allocation.schemas import RunState, RunView
from opptak.allocation.service import Runs
from opptak.authz.actions import Action
from opptak.authz.check import allowed
from opptak.errands.service import Errands
from opptak.identity.staff import Staff
from opptak.kit.errors import NotFound
from opptak.kit.i18n import Translator
from opptak.outreach.errors import CampaignNotFound
from opptak.outreach.schemas import CampaignView
from opptak.outreach.service import Outreach
from opptak.runtime import Runtime
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import enqueue
from opptak.ui.dates import format_date
from opptak.webkit import Flash, FlashColor, Given, Html, Screen
from opptak.webkit.following import Sight, follow
from opptak_admin.logbook import name_of
from opptak_admin.pages.today import figures

__all__ = ("RoundPages", "way")


class RunLine(msgspec.Struct, frozen=True, kw_only=True):
    """A run in a table."""

    run: RunView
    who: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step on a round's way: `done`, `current` or `coming`."""

    state: str
    title: str
    when: str


class RoundPages(Controller):
    """The round people apply in now."""

    path = "/round"

    @get("/", action=Action.ROUND_READ)
    async def show(self, work: Given[Work], screen: Given[Screen]) -> Html:
        """Show how far the round is, and what can be done now."""
        round_ = await Rounds(work).current()
        if round_ is None:
            return _unopened(work, screen)
        counts, runs = await Applications(work).counts(round_.id), await Runs(work).of_round(round_.id)
        return screen.render(
            "staff/round.html",
            title="staff.round.name",
            title_params={"intake": round_.intake},
            round=round_,
            way=way(round_, runs, work.tenant.today(), screen.text),
            campaign=await _campaign(work, round_),
            outreach_on=_invites(work, round_),
            counts=counts,
            may_read=_sees(work),
            figures=figures(counts, round_, screen.text) if _sees(work) else _plain(counts, screen.text),
            runs=_lines(runs, await Staff(work).names(), screen.text),
            closing_due=round_.state is RoundState.OPEN and round_.deadline < work.tenant.today(),
            rehearsal=round_.state is RoundState.OPEN,
            may_start=round_.state is RoundState.OPEN and allowed(work.subject, Action.OUTREACH_START),
            errands=await Errands(work).open([compute_run], round_.id),
            may_compute=screen.has(Module.ALLOCATION) and allowed(work.subject, Action.RUN_COMPUTE),
            zone=work.tenant.document.time_zone,
        )

    @post("/open", action=Action.OUTREACH_START)
    async def open(self, work: Given[Work], screen: Given[Screen]) -> Redirect:
        """Open a round the municipality has set up."""
        round_ = await Rounds(work).ensure(screen.form.get("intake"))
        flash = Flash("staff.round.opened", params={"intake": round_.intake})
        return screen.redirect("/staff/round", flash=flash)

    @get("/outreach", action=Action.OUTREACH_START, module=Module.OUTREACH)
    async def ask(self, work: Given[Work], screen: Given[Screen]) -> Html:
        """Say what will happen, before anybody is written to."""
        round_ = await _current(work)
        return screen.render("staff/outreach.html", title="staff.outreach.title", round=round_)

    @post("/outreach", action=Action.OUTREACH_START, module=Module.OUTREACH)
    async def invite(self, work: Given[Work], screen: Given[Screen]) -> Redirect:
        """Begin to find the children and write to their families."""
        await Outreach(work).start((await _current(work)).id)
        return screen.redirect("/staff/round", flash=Flash("staff.outreach.begun", FlashColor.INFO))

    @get("/outreach/events", action=Action.ROUND_READ, module=Module.OUTREACH)
    async def follow_outreach(
        self, work: Given[Work], screen: Given[Screen], runtime: Given[Runtime]
    ) -> ServerSentEvent:
        """Say how far the letters are whenever that has changed."""
        round_, zone = await _current(work), work.tenant.document.time_zone

        async def look(work: Work) -> Sight:
            campaign = await Outreach(work).of_round(round_.id)
            html = screen.piece("staff/campaign.html", campaign=campaign, zone=zone, may_read=_sees(work))
            return Sight(html=html, last=campaign.finished_at is not None)

        return follow(runtime, screen.visit, look)

    @post("/close", action=Action.RUN_COMPUTE)
    async def close(self, work: Given[Work], screen: Given[Screen]) -> Redirect:
        """Close the round now that its deadline has passed; before, nothing happens."""
        await enqueue(work, close_due)
        return screen.redirect("/staff/round", flash=Flash("staff.round.closing", FlashColor.INFO))

    @post("/runs", action=Action.RUN_COMPUTE, module=Module.ALLOCATION)
    async def compute(self, work: Given[Work], screen: Given[Screen]) -> Redirect:
        """Have a dry run computed; nothing leaves the house."""
        errand = await AskedRuns(work).compute((await _current(work)).id)
        return screen.redirect(f"/staff/errands/{errand}")


def way(round_: RoundView, runs: Sequence[RunView], today: date, text: Translator) -> list[Step]:
    """Return the steps of a round with their days, done ones first."""
    released = round_.state is RoundState.RELEASED
    done = [
        ("opens", round_.opens_on, today >= round_.opens_on),
        ("deadline", round_.deadline, round_.state is not RoundState.OPEN),
        ("computed", None, bool(runs)),
        ("checked", None, released or any(run.state is RunState.CHECKED for run in runs)),
        ("released", None, released),
        ("starts", round_.starts_on, today >= round_.starts_on),
    ]
    current = next((number for number, step in enumerate(done) if not step[2]), len(done))
    return [
        Step(
            state="done" if number < current else "current" if number == current else "coming",
            title=text(f"staff.way.{key}"),
            when=format_date(day, language=text.language) if day else "",
        )
        for number, (key, day, _) in enumerate(done)
    ]


async def _current(work: Work) -> RoundView:
    round_ = await Rounds(work).current()
    if round_ is None:
        raise NotFound
    return round_


async def _campaign(work: Work, round_: RoundView) -> CampaignView | None:
    try:
        return await Outreach(work).of_round(round_.id)
    except CampaignNotFound:
        return None


def _unopened(work: Work, screen: Screen) -> Html:
    return screen.render(
        "staff/round.html",
        title="staff.menu.round",
        round=None,
        intakes=[round_.intake for round_ in work.tenant.document.rounds],
        may_start=allowed(work.subject, Action.OUTREACH_START),
    )


def _invites(work: Work, round_: RoundView) -> bool:
    document = work.tenant.document
    return document.has(Module.OUTREACH) and document.round(round_.intake).outreach is not None


def _sees(work: Work) -> bool:
    return allowed(work.subject, Action.APPLICATION_READ)


def _plain(counts: ApplicationCounts, text: Translator) -> list[dict[str, object]]:
    """Return the one figure for those who don't look at applications."""
    return [{"label": text("staff.figure.total"), "value": counts.total}]


def _lines(runs: Sequence[RunView], names: Mapping[UUID, str], text: Translator) -> list[RunLine]:
    return [RunLine(run=run, who=name_of(run.computed_by, names, text)) for run in runs]
