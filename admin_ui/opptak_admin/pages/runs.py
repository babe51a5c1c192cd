"""Runs: what a run would do, whether it may be released, and its release by a second person."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.admission.schemas import RoundState, RoundView
from opptak.admission.service import Applications, Rounds
from opptak.allocation.asking import AskedRuns, check_run, release_run
from opptak.allocation.certificates import Certificates
from opptak.allocation.schemas import OpenedRun, RunState, RunView
from opptak.allocation.service import Runs
from opptak.authz.actions import Action
from opptak.authz.check import allowed
from opptak.errands.service import Errands
from opptak.facilities.service import Facilities
from opptak.identity.staff import Staff
from opptak.kit.errors import NotFound
from opptak.kit.i18n import Translator
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.ui.dates import format_moment
from opptak.webkit import Given, Html, Screen
from opptak_admin.downloads import download
from opptak_admin.logbook import name_of
from opptak_admin.outcome import ChildLine, changes, child_lines, places, unit_lines, verdict

__all__ = ("RunPages",)


class ChildList(msgspec.Struct, frozen=True, kw_only=True):
    """A list of children; `last` is the heading of its last column."""

    caption: str
    last: str
    children: Sequence[ChildLine]


class RunPages(Controller):
    """One run."""

    path = "/runs/{run_id:uuid}"

    @get("/", action=Action.ROUND_READ, module=Module.ALLOCATION)
    async def show(self, work: Given[Work], screen: Given[Screen], run_id: FromPath[UUID]) -> Html:
        """Show what the run would do, its checks, and what stands between it and its release."""
        opened = await Runs(work).open(run_id)
        run, text = opened.view, screen.text
        round_ = await Rounds(work).get(run.round_id)
        names = await Staff(work).names()
        return screen.render(
            "staff/run.html",
            title="staff.run.name",
            title_params={"n": run.number},
            run=run,
            who=name_of(run.computed_by, names, text),
            figures=_figures(run, text),
            changes=changes(opened.result, opened.before) if opened.before else None,
            way=_way(run, names, screen),
            obstacles=_obstacles(run, round_, work, text),
            may_check=allowed(work.subject, Action.RUN_CHECK)
            and run.state in (RunState.COMPUTED, RunState.CHECKED),
            may_release=screen.has(Module.OFFERS) and _may_release(run, round_, work),
            checks=[{"code": one.code, "count": one.count, "verdict": verdict(one)} for one in run.checks],
            units=unit_lines(opened, await Facilities(work).programs(round_.starts_on), text),
            may_freeze=run.state is RunState.RELEASED and allowed(work.subject, Action.RUN_FREEZE),
            errands=await Errands(work).open([check_run, release_run], run_id),
            record=opened.result.record,
            zone=work.tenant.document.time_zone,
        )

    @post("/check", action=Action.RUN_CHECK, module=Module.ALLOCATION)
    async def check(self, work: Given[Work], screen: Given[Screen], run_id: FromPath[UUID]) -> Redirect:
        """Have the release checks made."""
        return screen.redirect(f"/staff/errands/{await AskedRuns(work).check(run_id)}")

    @get("/release", action=Action.RUN_RELEASE, module=Module.OFFERS)
    async def ask(self, work: Given[Work], screen: Given[Screen], run_id: FromPath[UUID]) -> Html:
        """Say what the release sets off, before it does."""
        run = await Runs(work).get(run_id)
        round_ = await Rounds(work).get(run.round_id)
        return screen.render(
            "staff/release.html",
            title="staff.release.title",
            run=run,
            offers=run.summary.placed - run.summary.kept,
            answer_by=work.tenant.today() + timedelta(days=round_.offers.answer_days),
        )

    @post("/release", action=Action.RUN_RELEASE, module=Module.OFFERS)
    async def release(self, work: Given[Work], screen: Given[Screen], run_id: FromPath[UUID]) -> Redirect:
        """Have the run released: offers, waiting lists and letters leave the house."""
        return screen.redirect(f"/staff/errands/{await AskedRuns(work).release(run_id)}")

    @get("/units/{unit_id:uuid}", action=Action.RUN_READ, module=Module.ALLOCATION)
    async def unit(
        self, work: Given[Work], screen: Given[Screen], run_id: FromPath[UUID], unit_id: FromPath[UUID]
    ) -> Html:
        """Show who would get a place in a unit, and who would wait for one."""
        opened, unit = await Runs(work).open(run_id), str(unit_id)
        if unit not in opened.result.waiting:
            raise NotFound
        given = [child for child, place in opened.result.assignment.items() if place == unit]
        waiting = opened.result.waiting[unit]
        headings = await _headings(work, [*given, *waiting])
        positions = {child: str(position) for position, child in enumerate(waiting, start=1)}
        names = places(await Facilities(work).programs(work.tenant.today()))
        placed = child_lines(
            opened, given, headings, unit=unit, place=dict.fromkeys(given, names.get(unit, unit))
        )
        in_line = child_lines(opened, waiting, headings, unit=unit, place=positions)
        return _children(
            screen,
            opened,
            about=names.get(unit, unit),
            lists=(
                _list(screen, "staff.run.placed", "staff.field.facility", placed),
                _list(screen, "staff.run.waiting", "staff.field.position", in_line),
            ),
        )

    @get("/unplaced", action=Action.RUN_READ, module=Module.ALLOCATION)
    async def unplaced(self, work: Given[Work], screen: Given[Screen], run_id: FromPath[UUID]) -> Html:
        """Show who would get no place."""
        opened = await Runs(work).open(run_id)
        children = [child for child, place in opened.result.assignment.items() if place is None]
        return await self._listed(work, screen, opened, children, about="staff.run.unplaced.about")

    @get("/changes", action=Action.RUN_READ, module=Module.ALLOCATION)
    async def changed(self, work: Given[Work], screen: Given[Screen], run_id: FromPath[UUID]) -> Html:
        """Show who gets another place than in the run before, and which they had there."""
        opened = await Runs(work).open(run_id)
        before = opened.before.assignment if opened.before else {}
        moved = [
            child
            for child, place in opened.result.assignment.items()
            if child in before and before[child] != place
        ]
        headings = await _headings(work, moved)
        names = places(await Facilities(work).programs(work.tenant.today()))
        got = {
            child: f"{names.get(before[child] or '', '–')} → "
            f"{names.get(opened.result.assignment[child] or '', '–')}"
            for child in moved
        }
        lines = child_lines(opened, moved, headings, place=got)
        caption = _list(screen, "staff.run.children", "staff.field.facility", lines)
        return _children(screen, opened, about=screen.text("staff.run.changed"), lists=(caption,))

    @get("/checks/{code:str}", action=Action.RUN_READ, module=Module.ALLOCATION)
    async def checked(
        self, work: Given[Work], screen: Given[Screen], run_id: FromPath[UUID], code: FromPath[str]
    ) -> Html:
        """Show the children a check names."""
        opened = await Runs(work).open(run_id)
        found = next((check for check in opened.view.checks if check.code == code), None)
        if found is None:
            raise NotFound
        children = [str(application) for application in found.applications]
        return await self._listed(work, screen, opened, children, about=f"allocation.check.{code}")

    @get("/published.zip", action=Action.ROUND_READ, module=Module.ALLOCATION)
    async def published(self, work: Given[Work], run_id: FromPath[UUID]) -> Response[bytes]:
        """Hand out what may be published of a released run: no names, and anyone can check it."""
        content = await Certificates(work).archive(run_id)
        return download(content, name="published.zip", media_type="application/zip")

    @get("/instance.json", action=Action.ROUND_READ, module=Module.ALLOCATION)
    async def instance(self, work: Given[Work], run_id: FromPath[UUID]) -> Response[bytes]:
        """Hand out what the run looked at, in the exchange format."""
        instance, _ = await Runs(work).files(run_id)
        return download(instance, name="instance.json", media_type="application/json")

    @get("/result.json", action=Action.ROUND_READ, module=Module.ALLOCATION)
    async def result(self, work: Given[Work], run_id: FromPath[UUID]) -> Response[bytes]:
        """Hand out what the run decided, in the exchange format."""
        _, result = await Runs(work).files(run_id)
        return download(result, name="result.json", media_type="application/json")

    async def _listed(
        self, work: Work, screen: Screen, opened: OpenedRun, children: Sequence[str], *, about: str
    ) -> Html:
        headings = await _headings(work, children)
        names = places(await Facilities(work).programs(work.tenant.today()))
        got = {child: names.get(opened.result.assignment.get(child) or "", "–") for child in children}
        lines = child_lines(opened, children, headings, place=got)
        caption = _list(screen, "staff.run.children", "staff.field.facility", lines)
        return _children(screen, opened, about=screen.text(about), lists=(caption,))


def _children(screen: Screen, opened: OpenedRun, *, about: str, lists: Sequence[ChildList]) -> Html:
    run = opened.view
    return screen.render(
        "staff/run_children.html",
        title="staff.run.name",
        title_params={"n": run.number},
        run=run,
        about=about,
        lists=lists,
    )


def _list(screen: Screen, caption: str, last: str, children: Sequence[ChildLine]) -> ChildList:
    text = screen.text
    return ChildList(caption=text.plural(caption, len(children)), last=text(last), children=children)


async def _headings(work: Work, children: Sequence[str]) -> dict[UUID, tuple[str, str]]:
    found = await Applications(work).named([UUID(child) for child in children])
    return {case.id: (case.case_number, case.child_name) for case in found.values()}


def _figures(run: RunView, text: Translator) -> list[dict[str, object]]:
    summary = run.summary
    unmet = summary.right_unplaced
    shown = (
        ("children", summary.children, ""),
        ("placed", summary.placed, ""),
        ("first", summary.first, ""),
        ("fallback", summary.fallback, ""),
        ("kept", summary.kept, ""),
        ("unplaced", summary.unplaced, "warning" if summary.unplaced else ""),
        ("right_unplaced", unmet, "danger" if unmet else ""),
        ("lottery", summary.lottery_decided, ""),
        ("seats", summary.seats, ""),
    )
    return [
        {"label": text(f"staff.metric.{name}"), "value": value, "color": color}
        for name, value, color in shown
    ]


def _way(run: RunView, names: Mapping[UUID, str], screen: Screen) -> list[dict[str, str]]:
    """Return the three steps of a run: computed, checked, released by somebody else."""
    zone, text = screen.tenant.document.time_zone, screen.text
    steps = (
        ("computed", run.computed_at, run.computed_by),
        ("checked", run.checked_at, run.checked_by),
        ("released", run.released_at, run.released_by),
    )
    current = next((number for number, step in enumerate(steps) if step[1] is None), len(steps))
    return [
        {
            "state": "done" if number < current else "current" if number == current else "coming",
            "title": text(f"staff.run.step.{name}"),
            "when": format_moment(moment, language=text.language, zone=zone) if moment else "",
            "text": name_of(who, names, text) if moment else "",
        }
        for number, (name, moment, who) in enumerate(steps)
    ]


def _obstacles(run: RunView, round_: RoundView, work: Work, text: Translator) -> list[str]:
    """Return in words why this person can't release the run now."""
    if run.state in (RunState.RELEASED, RunState.SUPERSEDED):
        return [text(f"staff.release.{run.state}")]
    found = []
    blocking = sum(check.blocks for check in run.checks)
    if run.state is RunState.COMPUTED:
        found.append(text("staff.release.unchecked"))
    if blocking:
        found.append(text.plural("staff.release.blocked", blocking))
    if round_.state is RoundState.OPEN:
        found.append(text("staff.release.round_open"))
    if not allowed(work.subject, Action.RUN_RELEASE):
        found.append(text("staff.release.role"))
    elif run.computed_by == work.subject.id:
        found.append(text("staff.release.own"))
    return found


def _may_release(run: RunView, round_: RoundView, work: Work) -> bool:
    by_another = run.computed_by != work.subject.id and allowed(work.subject, Action.RUN_RELEASE)
    return run.releasable and by_another and round_.state is not RoundState.OPEN
