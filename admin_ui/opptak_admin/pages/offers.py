"""Offers and waiting lists."""

from collections.abc import Mapping
from uuid import UUID

import msgspec
from litestar import Controller, get

from opptak.admission.service import Rounds
from opptak.authz.actions import Action
from opptak.kit.i18n import Translator
from opptak.offers.schemas import OfferFilter, OfferRow, OfferStatus, OfferView
from opptak.offers.service import Offers
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.webkit import Given, Html, Screen, WebRequest
from opptak_admin.asking import PageNumber, asked, options

__all__ = ("OfferPages",)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of the list."""

    status: OfferStatus | None = None
    page: PageNumber = 1


class OfferLine(msgspec.Struct, frozen=True, kw_only=True):
    """An offer in the table."""

    offer: OfferView
    child_name: str
    overdue: bool


class OfferPages(Controller):
    """What came of a round."""

    path = "/offers"

    @get("/", action=Action.OFFER_READ, module=Module.OFFERS)
    async def overview(self, request: WebRequest, work: Given[Work], screen: Given[Screen]) -> Html:
        """Show a page of the offers that fit the filters, those to be answered first on top."""
        search, text = asked(request, Wanted), screen.text
        wanted = search.wanted
        round_id = await _round_id(work)
        asked_for = OfferFilter(
            round_id=round_id, statuses=(wanted.status,) if wanted.status else (), page=wanted.page
        )
        found = await Offers(work).search(asked_for)
        numbers = await Offers(work).by_status(round_id) if round_id else {}
        return screen.render(
            "staff/offers.html",
            title="staff.offers.title",
            found=found,
            lines=[_line(row, work) for row in found.items],
            figures=_figures(numbers, text),
            search=search,
            values=search.values,
            errors=search.errors,
            statuses=options(text, "staff.offer.", OfferStatus),
            tabs=_tabs("", text),
        )

    @get("/waiting", action=Action.OFFER_READ, module=Module.OFFERS)
    async def waiting(self, work: Given[Work], screen: Given[Screen]) -> Html:
        """Show who waits where, unit by unit."""
        round_id = await _round_id(work)
        return screen.render(
            "staff/waiting.html",
            title="staff.waiting.title",
            queues=await Offers(work).queues(round_id) if round_id else [],
            tabs=_tabs("waiting", screen.text),
        )


async def _round_id(work: Work) -> UUID | None:
    round_ = await Rounds(work).current()
    return round_.id if round_ else None


def _line(row: OfferRow, work: Work) -> OfferLine:
    offer = row.offer
    late = offer.answer_by is not None and offer.answer_by < work.tenant.today()
    return OfferLine(
        offer=offer, child_name=row.child_name, overdue=late and offer.status is OfferStatus.SENT
    )


def _figures(numbers: Mapping[OfferStatus, int], text: Translator) -> list[dict[str, object]]:
    return [
        {
            "label": text(f"staff.offer.{status}"),
            "value": numbers.get(status, 0),
            "href": f"/staff/offers?status={status}",
        }
        for status in OfferStatus
        if status is not OfferStatus.HELD
    ]


def _tabs(current: str, text: Translator) -> list[dict[str, object]]:
    return [
        {"label": text("staff.offers.title"), "href": "/staff/offers", "current": current == ""},
        {
            "label": text("staff.waiting.title"),
            "href": "/staff/offers/waiting",
            "current": current == "waiting",
        },
    ]
