"""The problem inbox: work that has stopped until somebody looks."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.authz.check import allowed
from opptak.kit.i18n import Translator
from opptak.tenancy.context import Work
from opptak.tenancy.problems import Problem, Problems
from opptak.webkit import Flash, Given, Html, Screen
from opptak_admin.logbook import wording

__all__ = ("ProblemPages",)


class ProblemLine(msgspec.Struct, frozen=True, kw_only=True):
    """A problem in words."""

    id: UUID
    what: str
    why: str
    hint: str
    since: datetime
    attempts: int


class ProblemPages(Controller):
    """Parked work."""

    path = "/problems"

    @get("/", action=Action.PROBLEM_READ)
    async def overview(self, work: Given[Work], screen: Given[Screen]) -> Html:
        """Show what has stopped, what has waited longest first."""
        return screen.render(
            "staff/problems.html",
            title="staff.problems.title",
            problems=[_line(problem, screen.text) for problem in await Problems(work).list()],
            may_retry=allowed(work.subject, Action.PROBLEM_RETRY),
            zone=work.tenant.document.time_zone,
        )

    @post("/{job_id:uuid}", action=Action.PROBLEM_RETRY)
    async def retry(self, work: Given[Work], screen: Given[Screen], job_id: FromPath[UUID]) -> Redirect:
        """Have it tried again now."""
        actor = await Problems(work).retry(job_id)
        record(work, Action.PROBLEM_RETRY, "job", job_id, actor=actor)
        return screen.redirect("/staff/problems", flash=Flash("staff.problem.retried"))


def _why(problem: Problem, text: Translator) -> str:
    """Return what a plugin's outcome, an error of ours, or a fault nobody expected is in words."""
    ours = wording(f"error.{problem.code}", text, otherwise=text("staff.failure.bug"))
    return wording(f"plugin.outcome.{problem.failure}", text, otherwise=ours)


def _line(problem: Problem, text: Translator) -> ProblemLine:
    return ProblemLine(
        id=problem.id,
        what=wording(f"staff.job.{problem.actor}", text, otherwise=problem.actor),
        why=_why(problem, text),
        hint=wording(problem.hint, text, otherwise=problem.hint) if problem.hint else "",
        since=problem.since,
        attempts=problem.attempts,
    )
