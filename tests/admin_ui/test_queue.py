"""The order of the work queue."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from opptak.admission.schemas import RoundState, RoundView
from opptak.allocation.schemas import CheckView, RunState, RunView, Summary
from opptak.documents.schemas import LetterState
from opptak.engine.checks import Severity
from opptak.kit.ids import new_id
from opptak.offers.schemas import AnswersDue
from opptak.tenancy.config import OfferRules
from opptak_admin.pages.today import next_date
from opptak_admin.queue import Standing, TaskKind, Urgency, queue

ANNE, BJORN = new_id(), new_id()
JANUARY = date(2027, 1, 15)
MARCH = date(2027, 3, 5)


def round_in(state: RoundState) -> RoundView:
    return RoundView(
        id=new_id(),
        intake="2027",
        state=state,
        year=2027,
        opens_on=date(2027, 1, 11),
        deadline=date(2027, 3, 1),
        starts_on=date(2027, 8, 1),
        latest_start=date(2027, 12, 31),
        max_wishes=5,
        days_choices=(5,),
        offers=OfferRules(),
        commitment="",
    )


def run(state: RunState, *, by: UUID = ANNE, failed: bool = False) -> RunView:
    moment = datetime(2027, 3, 2, tzinfo=UTC)
    figures = Summary(
        children=0,
        placed=0,
        unplaced=0,
        first=0,
        fallback=0,
        kept=0,
        right_unplaced=0,
        lottery_decided=0,
        seats=0,
    )
    check = CheckView(code="capacity", passed=not failed, severity=Severity.BLOCK, count=0)
    return RunView(
        id=new_id(),
        round_id=new_id(),
        number=1,
        state=state,
        computed_at=moment,
        computed_by=by,
        checked_at=None,
        checked_by=None,
        released_at=None,
        released_by=None,
        frozen_at=None,
        frozen_by=None,
        frozen_for="",
        tenant_version=1,
        input_hash="",
        output_hash="",
        summary=figures,
        checks=(check,),
        claims=(),
    )


def kinds(standing: Standing) -> list[TaskKind]:
    return [task.kind for task in queue(standing)]


def test_nothing_to_do_is_an_empty_queue() -> None:
    assert queue(Standing(today=JANUARY, account=ANNE)) == []


def test_what_has_stopped_precedes_what_has_a_date() -> None:
    standing = Standing(
        today=JANUARY,
        account=ANNE,
        round=round_in(RoundState.OPEN),
        problems=2,
        undelivered={LetterState.FAILED: 1, LetterState.UNREACHABLE: 2},
        open_claims=3,
        unconfirmed=4,
    )

    assert [(task.kind, task.count) for task in queue(standing)] == [
        (TaskKind.PROBLEMS, 2),
        (TaskKind.LETTERS, 3),
        (TaskKind.CLAIMS, 3),
        (TaskKind.CAPACITY, 4),
    ]
    assert queue(standing)[1].href == "/staff/letters?reached=not"


@pytest.mark.parametrize(
    ("today", "urgency"),
    [
        (date(2027, 2, 14), Urgency.LATER),
        (date(2027, 2, 15), Urgency.SOON),
        (date(2027, 3, 1), Urgency.SOON),
        (date(2027, 3, 2), Urgency.NOW),
    ],
)
def test_claims_press_more_as_the_deadline_comes(today: date, urgency: Urgency) -> None:
    [task] = queue(Standing(today=today, account=ANNE, round=round_in(RoundState.CLOSED), open_claims=1))

    assert (task.urgency, task.due) == (urgency, date(2027, 3, 1))


@pytest.mark.parametrize(
    ("runs", "kind"),
    [
        ([], TaskKind.COMPUTE),
        ([run(RunState.COMPUTED)], TaskKind.CHECK),
        ([run(RunState.CHECKED, failed=True)], TaskKind.CHECK),
        ([run(RunState.CHECKED, by=BJORN)], TaskKind.RELEASE),
        ([run(RunState.CHECKED, by=ANNE)], TaskKind.SECOND_PERSON),
    ],
)
def test_closed_round_asks_for_its_next_step(runs: list[RunView], kind: TaskKind) -> None:
    standing = Standing(
        today=MARCH, account=ANNE, releases=True, round=round_in(RoundState.CLOSED), runs=runs
    )

    assert kinds(standing) == [kind]


def test_who_may_not_release_waits_for_somebody_who_may() -> None:
    standing = Standing(
        today=MARCH,
        account=ANNE,
        round=round_in(RoundState.CLOSED),
        runs=[run(RunState.CHECKED, by=BJORN)],
    )

    assert [(task.kind, task.urgency) for task in queue(standing)] == [
        (TaskKind.SECOND_PERSON, Urgency.LATER)
    ]


def test_round_past_its_deadline_can_be_closed() -> None:
    assert kinds(Standing(today=MARCH, account=ANNE, round=round_in(RoundState.OPEN))) == [TaskKind.CLOSE]


def test_families_that_were_not_invited_come_first() -> None:
    standing = Standing(
        today=JANUARY, account=ANNE, round=round_in(RoundState.OPEN), invites=True, open_claims=1
    )

    assert kinds(standing) == [TaskKind.OUTREACH, TaskKind.CLAIMS]


def test_overdue_answers_precede_those_due_soon() -> None:
    due = AnswersDue(overdue=1, soon=2, first=date(2027, 3, 7))

    found = queue(Standing(today=MARCH, account=ANNE, answers=due))

    assert [(task.kind, task.count, task.due) for task in found] == [
        (TaskKind.OVERDUE, 1, None),
        (TaskKind.ANSWERS, 2, date(2027, 3, 7)),
    ]


def test_children_with_a_right_and_families_without_a_letter_are_seen_to() -> None:
    standing = Standing(
        today=MARCH, account=ANNE, round=round_in(RoundState.RELEASED), unmet_right=3, unheard=1
    )

    assert [(task.kind, task.count, task.href) for task in queue(standing)] == [
        (TaskKind.RIGHT, 3, "/staff/applications?needs=right"),
        (TaskKind.CONTACT, 1, "/staff/applications?needs=contact"),
    ]


@pytest.mark.parametrize(
    ("round_", "opening", "asked"),
    [
        (None, date(2027, 6, 1), True),
        (round_in(RoundState.RELEASED), date(2027, 6, 1), False),
        (round_in(RoundState.RELEASED), date(2027, 3, 10), True),
        (None, None, False),
    ],
)
def test_round_is_to_be_opened_at_once_or_when_it_is_near(
    round_: RoundView | None, opening: date | None, asked: bool
) -> None:
    found = queue(Standing(today=MARCH, account=ANNE, round=round_, opening=opening))

    assert [(task.kind, task.due) for task in found] == ([(TaskKind.OPEN, opening)] if asked else [])


def test_places_are_not_asked_for_once_the_result_is_out() -> None:
    standing = Standing(today=MARCH, account=ANNE, round=round_in(RoundState.RELEASED), unconfirmed=4)

    assert queue(standing) == []


@pytest.mark.parametrize(
    ("today", "key", "days"),
    [
        (date(2027, 1, 10), "opens", 1),
        (date(2027, 1, 11), "deadline", 49),
        (date(2027, 3, 1), "deadline", 0),
        (date(2027, 3, 2), "starts", 152),
        (date(2027, 8, 2), "latest_start", 151),
    ],
)
def test_next_date_is_the_nearest_to_come(today: date, key: str, days: int) -> None:
    found = next_date(round_in(RoundState.OPEN), today)

    assert found is not None
    assert (found.key, found.days) == (key, days)


def test_round_that_is_over_has_no_next_date() -> None:
    assert next_date(round_in(RoundState.RELEASED), date(2028, 1, 1)) is None
