"""Reminders: to families that have not said a word, and to nobody else."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from opptak.admission.schemas import RoundState, RoundView
from opptak.admission.service import Applications, Rounds
from opptak.outreach.inviting import write_to_guardians
from opptak.outreach.repository import OutreachRepository
from opptak.people.service import People
from opptak.tenancy.config import Module
from opptak.tenancy.config import Outreach as OutreachRules
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import Priority, actor

__all__ = ("due_step", "remind", "remind_guardians")


def due_step(rules: OutreachRules, *, deadline: date, today: date) -> tuple[int, date] | None:
    """Return the newest reminder that is due, counted from 1, and its day; None before the first and after
    the end.

    A reminder nobody could send on its day is sent later, unless the next one is due by then.
    """
    days = sorted(rules.reminder_days, reverse=True)
    due = [(step, deadline - timedelta(days=before)) for step, before in enumerate(days, start=1)]
    past = [(step, day) for step, day in due if day <= today <= deadline]
    return past[-1] if past else None


async def remind(work: Work) -> int:
    """Remind of the open round's drafts without an answer; return how many letters were written."""
    round_ = await Rounds(work).current()
    if round_ is None or round_.state is not RoundState.OPEN:
        return 0
    rules = work.tenant.document.round(round_.intake).outreach
    repository = OutreachRepository(work.session)
    campaign = await repository.of_round(round_.id)
    if rules is None or campaign is None:
        return 0
    due = due_step(rules, deadline=round_.deadline, today=work.tenant.today())
    return 0 if due is None else await _remind(work, campaign.id, round_, due)


async def _remind(work: Work, campaign_id: UUID, round_: RoundView, due: tuple[int, date]) -> int:
    step, day = due
    unanswered = await Applications(work).unanswered(round_.id)
    silent = await _silent(work, list(unanswered.values()), step=step, day=day)
    children = {child: unanswered[child] for child in unanswered if unanswered[child] in silent}
    guardians = await People(work).guardians_of(children)
    by_application = {children[child]: guardians[child] for child in children}
    return await write_to_guardians(work, campaign_id, round_, by_application, step=step)


async def _silent(work: Work, applications: Sequence[UUID], *, step: int, day: date) -> set[UUID]:
    """Return applications whose guardians were asked before the day and have not had this reminder."""
    repository = OutreachRepository(work.session)
    zone = ZoneInfo(work.tenant.document.time_zone)
    invited = await repository.invited(applications, before=datetime.combine(day, time(), zone))
    return invited - await repository.reminded(applications, step=step)


@actor("outreach.remind", priority=Priority.BULK, module=Module.OUTREACH)
async def remind_guardians(work: Work) -> None:
    """Remind families that have not answered."""
    await remind(work)
