"""Today: where a working day begins."""

from collections.abc import Callable, Sequence
from datetime import date

import msgspec
from litestar import Controller, get

from opptak.admission.rounds import current_round
from opptak.admission.schemas import Answer, ApplicationCounts, ApplicationStatus, RoundState, RoundView
from opptak.admission.service import Applications, Rounds
from opptak.allocation.service import Runs
from opptak.authz.actions import Action
from opptak.authz.check import allowed
from opptak.documents.service import Letters
from opptak.facilities.policy import houses_of
from opptak.facilities.service import Facilities
from opptak.kit.i18n import Translator
from opptak.offers.service import Offers
from opptak.outreach.errors import CampaignNotFound
from opptak.outreach.service import Outreach
from opptak.tenancy.config import RoundConfig
from opptak.tenancy.context import Work
from opptak.tenancy.problems import Problems
from opptak.webkit import Given, Html, Screen
from opptak_admin.queue import Standing, queue

__all__ = ("NextDate", "TodayPage", "next_date")

ANSWERS_WITHIN = 3
"""Days before its last day that an unanswered offer is worth a telephone call."""

_AFTER_RELEASE = (
    ApplicationStatus.ALLOCATED,
    ApplicationStatus.PLACED,
    ApplicationStatus.DECLINED,
    ApplicationStatus.LAPSED,
    ApplicationStatus.WAITING,
    ApplicationStatus.NOT_ALLOCATED,
    ApplicationStatus.WITHDRAWN,
)
"""What is counted once the result is out."""

_ALWAYS = frozenset({ApplicationStatus.ALLOCATED, ApplicationStatus.PLACED, ApplicationStatus.WAITING})
"""What is shown even where there are none."""


class NextDate(msgspec.Struct, frozen=True):
    """The next date of a round: the message `staff.round.next.<key>` says what happens then."""

    key: str
    day: date
    days: int


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A number worth a look."""

    label: str
    value: int
    href: str = ""
    color: str = ""


class TodayPage(Controller):
    """The first page of the staff site."""

    path = "/"

    @get("/", action=Action.TODAY_READ)
    async def show(self, work: Given[Work], screen: Given[Screen]) -> Html:
        """Show how the round stands, and what to do first."""
        today, rounds = work.tenant.today(), await Rounds(work).all()
        round_, coming = current_round(rounds), _coming(work, rounds)
        counts = await _counts(work, round_)
        standing = await _standing(work, round_, counts, coming)
        return screen.render(
            "staff/today.html",
            title="staff.today.title",
            today=today,
            round=round_,
            coming=coming,
            next=next_date(round_, today) if round_ else None,
            may_round=allowed(work.subject, Action.ROUND_READ),
            figures=figures(counts, round_, screen.text) if counts and round_ else [],
            tasks=queue(standing),
        )


def next_date(round_: RoundView, today: date) -> NextDate | None:
    """Return what happens next in a round, if anything does."""
    dates = [
        ("opens", round_.opens_on, round_.opens_on > today),
        ("deadline", round_.deadline, round_.deadline >= today),
        ("starts", round_.starts_on, round_.starts_on >= today),
        ("latest_start", round_.latest_start, round_.latest_start >= today),
    ]
    return next((NextDate(key, day, (day - today).days) for key, day, coming in dates if coming), None)


def figures(counts: ApplicationCounts, round_: RoundView, text: Translator) -> list[Figure]:
    """Return the numbers that matter while the round is where it is."""
    if round_.state is RoundState.RELEASED:
        found = [
            _of_status(counts, status, text)
            for status in _AFTER_RELEASE
            if status in _ALWAYS or counts.by_status.get(status)
        ]
        return [*found, _unmet_right(counts, text)] if counts.unmet_right else found
    answers = [_of_answer(counts, answer, text) for answer in (Answer.YES, Answer.NONE)]
    no = sum(number for answer, number in counts.by_answer.items() if answer not in (Answer.YES, Answer.NONE))
    return [
        Figure(label=text("staff.figure.total"), value=counts.total, href="/staff/applications"),
        *answers,
        Figure(label=text("staff.figure.no"), value=no),
        Figure(
            label=text("staff.figure.late"),
            value=counts.late,
            href="/staff/applications?arrived=late",
            color="warning" if counts.late else "",
        ),
        Figure(
            label=text("staff.figure.open_claims"),
            value=counts.open_claims,
            href="/staff/applications?claims=open",
            color="warning" if counts.open_claims else "",
        ),
    ]


def _unmet_right(counts: ApplicationCounts, text: Translator) -> Figure:
    return Figure(
        label=text("staff.needs.right"),
        value=counts.unmet_right,
        href="/staff/applications?needs=right",
        color="warning",
    )


def _of_status(counts: ApplicationCounts, status: ApplicationStatus, text: Translator) -> Figure:
    return Figure(
        label=text(f"staff.application.{status}"),
        value=counts.by_status.get(status, 0),
        href=f"/staff/applications?status={status}",
    )


def _of_answer(counts: ApplicationCounts, answer: Answer, text: Translator) -> Figure:
    return Figure(
        label=text(f"staff.figure.answer.{answer}"),
        value=counts.by_answer.get(answer, 0),
        href=f"/staff/applications?answer={answer}",
    )


async def _counts(work: Work, round_: RoundView | None) -> ApplicationCounts | None:
    if round_ is None or not allowed(work.subject, Action.APPLICATION_READ):
        return None
    return await Applications(work).counts(round_.id)


def _coming(work: Work, rounds: Sequence[RoundView]) -> RoundConfig | None:
    """Return the next round that is set up and has not been opened."""
    opened = {one.intake for one in rounds}
    today = work.tenant.today()
    ahead = [one for one in work.tenant.document.rounds if one.intake not in opened and one.deadline >= today]
    return min(ahead, key=lambda one: one.opens_on, default=None)


async def _standing(
    work: Work, round_: RoundView | None, counts: ApplicationCounts | None, coming: RoundConfig | None
) -> Standing:
    """Find out what this person may know of how things stand; never more than five queries."""

    def may(action: Action) -> bool:
        return allowed(work.subject, action)

    stage = round_.state if round_ else None
    followed = counts if may(Action.APPLICATION_WRITE) else None
    released = stage is RoundState.RELEASED
    return Standing(
        today=work.tenant.today(),
        account=work.subject.id,
        releases=may(Action.RUN_RELEASE),
        round=round_,
        problems=await Problems(work).count() if may(Action.PROBLEM_READ) else 0,
        undelivered=await Letters(work).undelivered() if may(Action.LETTER_READ) else {},
        open_claims=counts.open_claims if counts and may(Action.CLAIM_DECIDE) else 0,
        unconfirmed=await _unconfirmed(work, round_) if not released and may(Action.CAPACITY_WRITE) else 0,
        invites=await _invites(work, round_, may=may),
        runs=await Runs(work).of_round(round_.id)
        if round_ and stage is RoundState.CLOSED and may(Action.ROUND_READ)
        else None,
        answers=await Offers(work).answers_due(round_.id, within_days=ANSWERS_WITHIN)
        if round_ and released and may(Action.OFFER_READ)
        else None,
        unmet_right=followed.unmet_right if followed else 0,
        unheard=followed.unheard if followed else 0,
        opening=coming.opens_on if coming and may(Action.OUTREACH_START) else None,
    )


async def _unconfirmed(work: Work, round_: RoundView | None) -> int:
    if round_ is None:
        return 0
    houses = houses_of(work.subject)
    programs = await Facilities(work).programs(round_.starts_on)
    return sum(not one.confirmed and (houses is None or one.facility_id in houses) for one in programs)


async def _invites(work: Work, round_: RoundView | None, *, may: Callable[[Action], bool]) -> bool:
    """Tell whether the day of the letters has come and nobody has begun."""
    if round_ is None or round_.state is not RoundState.OPEN or not may(Action.OUTREACH_START):
        return False
    rules = work.tenant.document.round(round_.intake).outreach
    if rules is None or work.tenant.today() < rules.letters_on:
        return False
    try:
        await Outreach(work).of_round(round_.id)
    except CampaignNotFound:
        return True
    return False
