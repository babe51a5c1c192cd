"""Parts of queries: what belongs to the application a query is about."""

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, select

from opptak.admission.models import Application, Claim, Wish
from opptak.admission.schemas import Answer, ApplicationStatus
from opptak.admission.states import CLAIM_OPEN

__all__ = (
    "first_wish",
    "has_open_claim",
    "has_unmet_right",
    "number_of_open_claims",
    "number_of_wishes",
    "of_application",
    "unheard",
)


def of_application(part: type[Wish] | type[Claim]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that tie a part to its application."""
    return part.tenant_id == Application.tenant_id, part.application_id == Application.id


def first_wish() -> ScalarSelect[Any]:
    """Return the facility of the first wish."""
    wishes = select(Wish.facility_id).where(*of_application(Wish))
    return wishes.order_by(Wish.rank).limit(1).scalar_subquery()


def number_of_wishes() -> ScalarSelect[int]:
    """Return how many wishes there are."""
    return select(func.count()).select_from(Wish).where(*of_application(Wish)).scalar_subquery()


def number_of_open_claims() -> ScalarSelect[int]:
    """Return how many claims wait for a decision."""
    counted = select(func.count()).select_from(Claim)
    return counted.where(*of_application(Claim), Claim.state.in_(CLAIM_OPEN)).scalar_subquery()


def has_open_claim() -> ColumnElement[bool]:
    """Return whether a claim waits for a decision."""
    return exists().where(*of_application(Claim), Claim.state.in_(CLAIM_OPEN))


def has_unmet_right() -> ColumnElement[bool]:
    """Return whether the child has a right to a place and was offered none; who let one go has had it."""
    without = Application.status.in_((ApplicationStatus.WAITING, ApplicationStatus.NOT_ALLOCATED))
    right = Application.entitled.is_(True) & Application.late.is_(False)
    return right & without & Application.offered.is_(False)


def unheard() -> ColumnElement[bool]:
    """Return whether nobody could be written to, and nobody has answered all the same."""
    return Application.unreachable.is_(True) & (Application.answer == Answer.NONE)
