"""Offers in the JSON API: the parents' answers."""

from enum import StrEnum
from uuid import UUID

import msgspec
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK

from opptak.authz.actions import Action
from opptak.offers.schemas import OfferView
from opptak.offers.service import Offers
from opptak.tenancy.context import Work

__all__ = ("OwnOffers",)


class Reply(StrEnum):
    """What parents may say to an offer."""

    ACCEPT = "accept"
    ACCEPT_STAYING_LISTED = "accept_staying_listed"
    DECLINE = "decline"


class ReplySent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to an offer."""

    answer: Reply


class OwnOffers(Controller):
    """The offers to a parent's children."""

    path = "/api/v1/offers"
    tags = ("parents",)

    @post("/{offer_id:uuid}/answer", action=Action.OWN_OFFER_ANSWER, status_code=HTTP_200_OK)
    async def answer(
        self, work: NamedDependency[Work], offer_id: FromPath[UUID], data: JSONBody[ReplySent]
    ) -> OfferView:
        """Answer an offer; the same answer again changes nothing.

        Raises OfferExpired, OfferReplaced, OfferMoved, and NotFound for somebody else's.
        """
        offers = Offers(work)
        match data.answer:
            case Reply.ACCEPT:
                return await offers.accept(offer_id)
            case Reply.ACCEPT_STAYING_LISTED:
                return await offers.accept_staying_listed(offer_id)
            case Reply.DECLINE:
                return await offers.decline(offer_id)
