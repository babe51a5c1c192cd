"""The problem inbox: work that has stopped until somebody looks, by cause."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.authz.check import allowed
from opptak.kit.errors import Invalid
from opptak.kit.i18n import Translator
from opptak.tenancy.context import Work
from opptak.tenancy.problems import Kind, Problem, ProblemGroup, Problems, SetAsideReason
from opptak.webkit import Flash, FormRefused, Given, Html, Screen, WebRequest
from opptak.webkit.problems import retry_all, set_aside
from opptak_admin.asking import Option, asked, options
from opptak_admin.logbook import wording

__all__ = ("ProblemPages",)

_LIST = "/staff/problems"
_SHEET = "staff/problem.html"
_TITLE = "staff.problem.title"
_SHOWN = 100


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The filter of the inbox: a class of failure."""

    failure: str = ""


class SetAside(msgspec.Struct, frozen=True, kw_only=True):
    """The form with which work is given up."""

    reason: SetAsideReason


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What has stopped and why, in words; the technical names are for whoever is asked for help."""

    what: str
    why: str
    next: str
    technical: str


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """Work that stopped for one reason."""

    key: UUID
    cause: Cause
    count: int
    since: datetime


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of stopped work."""

    id: UUID
    mark: str
    since: datetime
    attempts: int


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """The page of one cause: `more` when there are more jobs than it shows."""

    key: UUID
    cause: Cause
    jobs: Sequence[Job]
    more: bool
    may_retry: bool
    may_set_aside: bool
    zone: str


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """A class of failure to look at alone."""

    label: str
    href: str
    current: bool


class ProblemPages(Controller):
    """Parked work."""

    path = "/problems"

    @get("/", action=Action.PROBLEM_READ)
    async def overview(self, request: WebRequest, work: Given[Work], screen: Given[Screen]) -> Html:
        """Show what has stopped, what has stopped most often first."""
        chosen, problems = asked(request, Wanted).wanted.failure, Problems(work)
        counts = await problems.failures()
        return screen.render(
            "staff/problems.html",
            title="staff.problems.title",
            stopped=[_stopped(group, screen.text) for group in await problems.groups(failure=chosen)],
            tabs=_tabs(counts, chosen, screen.text) if len(counts) > 1 else [],
            may_retry=allowed(work.subject, Action.PROBLEM_RETRY),
            zone=work.tenant.document.time_zone,
        )

    @get("/{job_id:uuid}", action=Action.PROBLEM_READ)
    async def show(self, work: Given[Work], screen: Given[Screen], job_id: FromPath[UUID]) -> Html:
        """Show all work that stopped for the same reason as one piece."""
        sheet = await _sheet(work, screen.text, job_id)
        return screen.render(_SHEET, title=_TITLE, sheet=sheet, reasons=_reasons(screen.text))

    @post("/{job_id:uuid}", action=Action.PROBLEM_RETRY)
    async def retry(self, work: Given[Work], screen: Given[Screen], job_id: FromPath[UUID]) -> Redirect:
        """Have one piece tried again now."""
        problems = Problems(work)
        kind = await problems.kind(job_id)
        jobs = await problems.retry([job_id])
        record(work, Action.PROBLEM_RETRY, "job", job_id, actor=kind.actor, jobs=jobs)
        return screen.redirect(_LIST, flash=Flash("staff.problem.retried", params={"n": jobs}))

    @post("/{job_id:uuid}/all", action=Action.PROBLEM_RETRY)
    async def retry_all(self, work: Given[Work], screen: Given[Screen], job_id: FromPath[UUID]) -> Redirect:
        """Have everything that stopped for the same reason tried again."""
        jobs = await retry_all(work, job_id)
        return screen.redirect(_LIST, flash=Flash("staff.problem.retried", params={"n": jobs}))

    @post("/{job_id:uuid}/set-aside", action=Action.PROBLEM_SET_ASIDE)
    async def set_aside(self, work: Given[Work], screen: Given[Screen], job_id: FromPath[UUID]) -> Redirect:
        """Give up everything that stopped for the same reason; somebody says why."""
        try:
            reason = screen.form.read(SetAside).reason
        except Invalid as refused:
            sheet, reasons = await _sheet(work, screen.text, job_id), _reasons(screen.text)
            raise FormRefused(_SHEET, refused.fields, title=_TITLE, sheet=sheet, reasons=reasons) from refused
        jobs = await set_aside(work, job_id, reason)
        return screen.redirect(_LIST, flash=Flash("staff.problem.given_up", params={"n": jobs}))


async def _sheet(work: Work, text: Translator, job_id: UUID) -> Sheet:
    problems = Problems(work)
    kind = await problems.kind(job_id)
    jobs = await problems.list(kind, limit=_SHOWN + 1)
    return Sheet(
        key=job_id,
        cause=_cause(kind, text),
        jobs=[_job(problem) for problem in jobs[:_SHOWN]],
        more=len(jobs) > _SHOWN,
        may_retry=allowed(work.subject, Action.PROBLEM_RETRY),
        may_set_aside=allowed(work.subject, Action.PROBLEM_SET_ASIDE),
        zone=work.tenant.document.time_zone,
    )


def _reasons(text: Translator) -> list[Option]:
    return options(text, "staff.problem.reason.", SetAsideReason)


def _job(problem: Problem) -> Job:
    return Job(id=problem.id, mark=problem.id.hex[-6:], since=problem.since, attempts=problem.attempts)


def _stopped(group: ProblemGroup, text: Translator) -> Stopped:
    return Stopped(key=group.key, cause=_cause(group.kind, text), count=group.count, since=group.since)


def _cause(kind: Kind, text: Translator) -> Cause:
    then = wording(f"staff.failure.{kind.failure}.next", text, otherwise=text("staff.failure.bug.next"))
    return Cause(
        what=wording(f"staff.job.{kind.actor}", text, otherwise=kind.actor),
        why=_why(kind, text),
        next=wording(kind.hint, text, otherwise=then) if kind.hint else then,
        technical=" · ".join(part for part in (kind.actor, kind.failure, kind.code) if part),
    )


def _why(kind: Kind, text: Translator) -> str:
    """Return what a plugin's outcome, an error of ours, or a fault nobody expected is in words."""
    ours = wording(f"error.{kind.code}", text, otherwise=text("staff.failure.bug"))
    return wording(f"plugin.outcome.{kind.failure}", text, otherwise=ours)


def _tabs(counts: Mapping[str, int], chosen: str, text: Translator) -> list[Tab]:
    every = Tab(
        label=text("staff.problems.all", n=sum(counts.values())), href=_LIST, current=chosen not in counts
    )
    return [
        every,
        *(
            Tab(
                label=f"{wording(f'staff.failure.{failure}.name', text, otherwise=failure)} ({count})",
                href=f"{_LIST}?failure={failure}",
                current=failure == chosen,
            )
            for failure, count in sorted(counts.items())
        ),
    ]
