"""The work queue: what there is to do, in the order in which waiting does harm. Pure.

What has stopped or keeps a family waiting comes first, then what has a date, the nearest first.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from opptak.admission.schemas import RoundState, RoundView
from opptak.allocation.schemas import RunState, RunView
from opptak.documents.schemas import LetterState
from opptak.offers.schemas import AnswersDue

__all__ = ("NEAR", "Standing", "Task", "TaskKind", "Urgency", "queue")

NEAR = timedelta(days=14)
"""How long before its date a task is pressing."""


class Urgency(StrEnum):
    """How pressing a task is."""

    NOW = "now"
    SOON = "soon"
    LATER = "later"


class TaskKind(StrEnum):
    """What there is to do; the messages `staff.task.<kind>` and `staff.task.<kind>.why` say it."""

    PROBLEMS = "problems"
    LETTERS = "letters"
    OVERDUE = "overdue"
    CLAIMS = "claims"
    RELEASE = "release"
    SECOND_PERSON = "second_person"
    CHECK = "check"
    COMPUTE = "compute"
    CLOSE = "close"
    OUTREACH = "outreach"
    CAPACITY = "capacity"
    ANSWERS = "answers"
    RIGHT = "right"
    CONTACT = "contact"
    OPEN = "open"


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do; `due` is the day it should be done by."""

    kind: TaskKind
    href: str
    urgency: Urgency
    count: int = 1
    due: date | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand, as far as the one who asks may know; what they may not know of is empty."""

    today: date
    account: UUID | None
    """Who asks."""
    releases: bool = False
    """Whether they may release a run."""
    round: RoundView | None = None
    problems: int = 0
    undelivered: Mapping[LetterState, int] = {}
    """Letters that have not reached anybody and will not by themselves."""
    open_claims: int = 0
    unconfirmed: int = 0
    """Units whose places are only proposed."""
    invites: bool = False
    """Whether the families of the round have not been written to and should be."""
    runs: Sequence[RunView] | None = None
    """The runs of a closed round, newest first; None where they are not this person's business."""
    answers: AnswersDue | None = None
    unmet_right: int = 0
    """Children with a right to a place who have none."""
    unheard: int = 0
    """Applications nobody could be written to about, and nobody has answered."""
    opening: date | None = None
    """When the next round begins that the municipality has set up and nobody has opened."""


def queue(standing: Standing) -> list[Task]:
    """Return what there is to do, what presses most first."""
    order = list(Urgency)
    return sorted(
        _tasks(standing), key=lambda task: (order.index(task.urgency), task.due is None, task.due or date.max)
    )


def _tasks(standing: Standing) -> Iterator[Task]:
    if standing.problems:
        yield Task(
            kind=TaskKind.PROBLEMS, href="/staff/problems", urgency=Urgency.NOW, count=standing.problems
        )
    if standing.undelivered:
        yield Task(
            kind=TaskKind.LETTERS,
            href="/staff/letters?reached=not",
            urgency=Urgency.NOW,
            count=sum(standing.undelivered.values()),
        )
    if standing.answers is not None:
        yield from _answers(standing.answers)
    if standing.round is not None:
        yield from _of_round(standing, standing.round)
        yield from _of_families(standing, standing.round)
    if standing.opening is not None and (standing.round is None or standing.opening - standing.today <= NEAR):
        yield Task(
            kind=TaskKind.OPEN,
            href="/staff/round",
            urgency=_pressing(standing, standing.opening),
            due=standing.opening,
        )


def _answers(due: AnswersDue) -> Iterator[Task]:
    if due.overdue:
        yield Task(
            kind=TaskKind.OVERDUE,
            href="/staff/offers?status=sent",
            urgency=Urgency.NOW,
            count=due.overdue,
        )
    if due.soon:
        yield Task(
            kind=TaskKind.ANSWERS,
            href="/staff/offers?status=sent",
            urgency=Urgency.SOON,
            count=due.soon,
            due=due.first,
        )


def _of_round(standing: Standing, round_: RoundView) -> Iterator[Task]:
    if standing.invites:
        yield Task(kind=TaskKind.OUTREACH, href="/staff/round", urgency=Urgency.NOW, due=round_.opens_on)
    if round_.state is RoundState.OPEN and round_.deadline < standing.today:
        yield Task(kind=TaskKind.CLOSE, href="/staff/round", urgency=Urgency.SOON)
    if standing.open_claims:
        yield Task(
            kind=TaskKind.CLAIMS,
            href="/staff/applications?claims=open",
            urgency=_pressing(standing, round_.deadline),
            count=standing.open_claims,
            due=round_.deadline,
        )
    if standing.unconfirmed and round_.state is not RoundState.RELEASED:
        yield Task(
            kind=TaskKind.CAPACITY,
            href="/staff/kindergartens",
            urgency=_pressing(standing, round_.deadline),
            count=standing.unconfirmed,
            due=round_.deadline,
        )
    if round_.state is RoundState.CLOSED and standing.runs is not None:
        yield _of_runs(standing, standing.runs)


def _of_families(standing: Standing, round_: RoundView) -> Iterator[Task]:
    if standing.unmet_right:
        yield Task(
            kind=TaskKind.RIGHT,
            href="/staff/applications?needs=right",
            urgency=Urgency.NOW,
            count=standing.unmet_right,
        )
    if standing.unheard:
        yield Task(
            kind=TaskKind.CONTACT,
            href="/staff/applications?needs=contact",
            urgency=_pressing(standing, round_.deadline),
            count=standing.unheard,
        )


def _of_runs(standing: Standing, runs: Sequence[RunView]) -> Task:
    if not runs:
        return Task(kind=TaskKind.COMPUTE, href="/staff/round#runs", urgency=Urgency.NOW)
    newest = runs[0]
    href = f"/staff/runs/{newest.id}"
    if newest.state is not RunState.CHECKED or not newest.releasable:
        return Task(kind=TaskKind.CHECK, href=href, urgency=Urgency.NOW)
    if standing.releases and standing.account != newest.computed_by:
        return Task(kind=TaskKind.RELEASE, href=href, urgency=Urgency.NOW)
    return Task(kind=TaskKind.SECOND_PERSON, href=href, urgency=Urgency.LATER)


def _pressing(standing: Standing, due: date) -> Urgency:
    if due < standing.today:
        return Urgency.NOW
    return Urgency.SOON if due - standing.today <= NEAR else Urgency.LATER
