"""Offers: a place to say yes or no to."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.admission.service import Applications
from opptak.authz.actions import Action
from opptak.kit.errors import NotFound
from opptak.offers.schemas import OfferStatus, OfferView
from opptak.offers.service import Offers
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.webkit import Given, Html, Screen

__all__ = ("OfferPages",)


class OfferPages(Controller):
    """An offer, the answer to it, and what follows."""

    path = "/offers/{offer_id:uuid}"

    @get("/", action=Action.OWN_APPLICATION_READ, module=Module.OFFERS)
    async def show(self, work: Given[Work], screen: Given[Screen], offer_id: FromPath[UUID]) -> Html:
        """Show an offer, or what has become of it."""
        offer = await _told(work, offer_id)
        application = await Applications(work).get(offer.application_id)
        return screen.render(
            "portal/offer.html",
            title=f"portal.offer.{offer.status}.title",
            title_params={"facility": offer.facility_name},
            offer=offer,
            application=application,
            days_left=_days_left(work, offer),
        )

    @post("/", action=Action.OWN_OFFER_ANSWER, module=Module.OFFERS)
    async def take(self, work: Given[Work], screen: Given[Screen], offer_id: FromPath[UUID]) -> Redirect:
        """Accept; pressed twice it counts once. Raises OfferExpired, OfferReplaced, OfferMoved."""
        offers = Offers(work)
        if screen.form.get("answer") == "stay":
            offer = await offers.accept_staying_listed(offer_id)
        else:
            offer = await offers.accept(offer_id)
        return screen.redirect(f"/offers/{offer.id}")

    @get("/decline", action=Action.OWN_APPLICATION_READ, module=Module.OFFERS)
    async def ask_decline(
        self, work: Given[Work], screen: Given[Screen], offer_id: FromPath[UUID]
    ) -> Html | Redirect:
        """Ask whether the place is really to be given up."""
        offer = await _told(work, offer_id)
        if offer.status is not OfferStatus.SENT:
            return screen.redirect(f"/offers/{offer.id}")
        return screen.render("portal/decline.html", title="portal.decline.title", offer=offer)

    @post("/decline", action=Action.OWN_OFFER_ANSWER, module=Module.OFFERS)
    async def decline(self, work: Given[Work], screen: Given[Screen], offer_id: FromPath[UUID]) -> Redirect:
        """Turn the place down; raises OfferExpired, OfferReplaced, OfferMoved."""
        offer = await Offers(work).decline(offer_id)
        return screen.redirect(f"/offers/{offer.id}")


async def _told(work: Work, offer_id: UUID) -> OfferView:
    """Return an offer; raises NotFound for a place that is only kept so far."""
    offer = await Offers(work).get(offer_id)
    if offer.status is OfferStatus.HELD:
        raise NotFound
    return offer


def _days_left(work: Work, offer: OfferView) -> int | None:
    return None if offer.answer_by is None else (offer.answer_by - work.tenant.today()).days
