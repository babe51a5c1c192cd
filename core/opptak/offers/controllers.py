"""Offers and waiting lists in the JSON API."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from opptak.admission.service import Applications, Rounds
from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.kit.paging import Page
from opptak.offers.schemas import OfferFilter, OfferRow, OfferStatus, OfferView, Queue, WaitingView
from opptak.offers.service import Offers
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work

__all__ = ("OwnOffers", "StaffOffers")

MOST_ROWS = 500


class Reply(StrEnum):
    """What parents may say to an offer."""

    ACCEPT = "accept"
    ACCEPT_STAYING_LISTED = "accept_staying_listed"
    DECLINE = "decline"


class ReplySent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to an offer."""

    answer: Reply


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an application: its offers, the newest first, and where it waits."""

    offers: list[OfferView]
    waiting: list[WaitingView]


class OwnOffers(Controller):
    """The offers to a parent's children."""

    path = "/"
    tags = ("parents",)

    @get(
        "/applications/{application_id:uuid}/outcome",
        action=Action.OWN_APPLICATION_READ,
        module=Module.OFFERS,
        operation_id="my_outcome",
    )
    async def outcome(self, work: NamedDependency[Work], application_id: FromPath[UUID]) -> Outcome:
        """Return what came of an application."""
        await Applications(work).round_of(application_id)  # it is the caller's
        record(work, Action.OWN_APPLICATION_READ, "application", application_id)
        return await _outcome(work, application_id)

    @post(
        "/offers/{offer_id:uuid}/answer",
        action=Action.OWN_OFFER_ANSWER,
        module=Module.OFFERS,
        status_code=HTTP_200_OK,
        operation_id="answer_my_offer",
    )
    async def answer(
        self, work: NamedDependency[Work], offer_id: FromPath[UUID], data: JSONBody[ReplySent]
    ) -> OfferView:
        """Answer an offer; the same answer again changes nothing."""
        offers = Offers(work)
        match data.answer:
            case Reply.ACCEPT:
                return await offers.accept(offer_id)
            case Reply.ACCEPT_STAYING_LISTED:
                return await offers.accept_staying_listed(offer_id)
            case Reply.DECLINE:
                return await offers.decline(offer_id)


class StaffOffers(Controller):
    """Offers and waiting lists as the office looks after them."""

    path = "/"
    tags = ("staff",)

    @get("/offers", action=Action.OFFER_READ, module=Module.OFFERS, operation_id="offers")
    async def search(
        self,
        work: NamedDependency[Work],
        round_id: FromQuery[UUID | None] = None,
        status: FromQuery[OfferStatus | None] = None,
        unit_id: FromQuery[UUID | None] = None,
        page: Annotated[int, QueryParameter(ge=1, le=1_000_000)] = 1,
        size: Annotated[int, QueryParameter(ge=1, le=MOST_ROWS)] = 50,
    ) -> Page[OfferRow]:
        """Return a page of the offers that fit, those to be answered first on top."""
        statuses = (status,) if status else ()
        wanted = OfferFilter(round_id=round_id, statuses=statuses, unit_id=unit_id, page=page, size=size)
        return await Offers(work).search(wanted)

    @get(
        "/applications/{application_id:uuid}/outcome",
        action=Action.OFFER_READ,
        module=Module.OFFERS,
        operation_id="outcome",
    )
    async def outcome(self, work: NamedDependency[Work], application_id: FromPath[UUID]) -> Outcome:
        """Return what came of an application."""
        case = await Applications(work).heading(application_id)
        return await _outcome(work, case.id)

    @get(
        "/rounds/{round_id:uuid}/queues",
        action=Action.OFFER_READ,
        module=Module.OFFERS,
        operation_id="queues",
    )
    async def queues(self, work: NamedDependency[Work], round_id: FromPath[UUID]) -> list[Queue]:
        """Return the waiting lists of a round, unit by unit."""
        return await Offers(work).queues((await Rounds(work).get(round_id)).id)


async def _outcome(work: Work, application_id: UUID) -> Outcome:
    offers, waiting = await Offers(work).outcome(application_id)
    return Outcome(offers=offers, waiting=waiting)
