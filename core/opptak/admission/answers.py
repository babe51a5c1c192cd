"""What parents may answer: the form's rules, apart from where the answers go. Pure."""

from collections.abc import Collection, Set
from datetime import date
from uuid import UUID

from opptak.admission.schemas import Answers, ApplicationStatus, RoundView
from opptak.admission.states import OPEN_TO_PARENTS

__all__ = ("editable", "faults")


def editable(status: ApplicationStatus, *, late: bool, today: date, deadline: date) -> bool:
    """Return whether parents may still change an application.

    One that came in time is closed when the deadline has passed, a late one when it is taken up.
    """
    if status is ApplicationStatus.SUBMITTED:
        return late or today <= deadline
    return status in OPEN_TO_PARENTS


def faults(
    answers: Answers, round_: RoundView, *, offered: Collection[UUID], stored: Collection[UUID], whole: bool
) -> dict[str, str]:
    """Return a message key for each field that can't be accepted; a draft may leave fields empty.

    `offered` are the facilities with places for the child's age, `stored` those the application wishes
    already: a house that has closed since is refused only when somebody adds it.
    """
    wishes = tuple(stored) if answers.wishes is None else answers.wishes
    found = {
        "start_on": _start_on(answers.start_on, round_, whole=whole),
        "days_per_week": _days(answers.days_per_week, round_, whole=whole),
        "wishes": _wishes(wishes, round_, known={*offered, *stored}, whole=whole),
    }
    return {field: fault for field, fault in found.items() if fault}


def _start_on(day: date | None, round_: RoundView, *, whole: bool) -> str:
    if day is None:
        return "admission.field.start_on.missing" if whole else ""
    if not round_.starts_on <= day <= round_.latest_start:
        return "admission.field.start_on.outside"
    return ""


def _days(days: int | None, round_: RoundView, *, whole: bool) -> str:
    if days is None:
        return "admission.field.days_per_week.missing" if whole else ""
    return "" if days in round_.days_choices else "admission.field.days_per_week.unknown"


def _wishes(wishes: tuple[UUID, ...], round_: RoundView, *, known: Set[UUID], whole: bool) -> str:
    if not wishes:
        return "admission.field.wishes.missing" if whole else ""
    if len(set(wishes)) < len(wishes):
        return "admission.field.wishes.twice"
    if len(wishes) > round_.max_wishes:
        return "admission.field.wishes.too_many"
    return "" if set(wishes) <= known else "admission.field.wishes.unknown"
