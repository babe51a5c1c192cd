"""The form's rules."""

from datetime import date
from typing import Any

import msgspec
import pytest

from opptak.admission.answers import editable, faults
from opptak.admission.schemas import Answers, ApplicationStatus, RoundState, RoundView
from opptak.kit.ids import new_id
from opptak.tenancy.config import OfferRules

A, B, C, CLOSED = new_id(), new_id(), new_id(), new_id()
DEADLINE = date(2027, 3, 1)
ROUND = RoundView(
    id=new_id(),
    intake="2027",
    state=RoundState.OPEN,
    year=2027,
    opens_on=date(2027, 1, 11),
    deadline=DEADLINE,
    starts_on=date(2027, 8, 1),
    latest_start=date(2027, 12, 31),
    max_wishes=2,
    days_choices=(5, 3),
    offers=OfferRules(),
    commitment="",
)
GOOD = Answers(start_on=date(2027, 8, 1), days_per_week=5, wishes=(A, CLOSED))


def test_faults_of_a_good_form_are_none() -> None:
    assert faults(GOOD, ROUND, offered=[A, B, C], stored=[CLOSED], whole=True) == {}


@pytest.mark.parametrize(
    ("change", "field", "fault"),
    [
        ({"start_on": date(2027, 7, 31)}, "start_on", "outside"),
        ({"start_on": date(2028, 1, 1)}, "start_on", "outside"),
        ({"start_on": None}, "start_on", "missing"),
        ({"days_per_week": None}, "days_per_week", "missing"),
        ({"days_per_week": 4}, "days_per_week", "unknown"),
        ({"wishes": ()}, "wishes", "missing"),
        ({"wishes": (A, A)}, "wishes", "twice"),
        ({"wishes": (A, B, C)}, "wishes", "too_many"),
        ({"wishes": (new_id(),)}, "wishes", "unknown"),
    ],
)
def test_faults_name_the_field(change: dict[str, Any], field: str, fault: str) -> None:
    form = msgspec.structs.replace(GOOD, **change)
    found = faults(form, ROUND, offered=[A, B, C], stored=[CLOSED], whole=True)
    assert found == {field: f"admission.field.{field}.{fault}"}


def test_faults_of_a_draft_leave_empty_fields_alone() -> None:
    assert faults(Answers(), ROUND, offered=[A], stored=[], whole=False) == {}


@pytest.mark.parametrize(
    ("status", "late", "today", "expected"),
    [
        (ApplicationStatus.DRAFTED, False, date(2027, 6, 1), True),
        (ApplicationStatus.WITHDRAWN, False, date(2027, 6, 1), True),
        (ApplicationStatus.SUBMITTED, False, DEADLINE, True),
        (ApplicationStatus.SUBMITTED, False, date(2027, 3, 2), False),
        (ApplicationStatus.SUBMITTED, True, date(2027, 3, 2), True),
        (ApplicationStatus.READY, True, date(2027, 3, 2), False),
        (ApplicationStatus.ALLOCATED, False, DEADLINE, False),
    ],
)
def test_editable_until_the_deadline(
    status: ApplicationStatus, late: bool, today: date, expected: bool
) -> None:
    assert editable(status, late=late, today=today, deadline=DEADLINE) is expected
