"""The state machine of an offer."""

from collections.abc import Mapping, Sequence

from opptak.admission.schemas import ApplicationStatus
from opptak.kit.errors import Conflict
from opptak.offers.errors import OfferExpired, OfferMoved, OfferReplaced
from opptak.offers.models import Offer
from opptak.offers.schemas import OfferStatus

__all__ = ("ACCEPTED", "OPEN", "move_offer", "outcome")

OPEN = frozenset({OfferStatus.HELD, OfferStatus.SENT})
"""The place is kept, and nobody has answered."""

ACCEPTED = frozenset({OfferStatus.ACCEPTED, OfferStatus.ACCEPTED_STAYING_LISTED})
"""The child has the place."""

_STEPS: Mapping[OfferStatus, frozenset[OfferStatus]] = {
    OfferStatus.HELD: frozenset({OfferStatus.SENT, OfferStatus.WITHDRAWN}),
    OfferStatus.SENT: frozenset(
        {*ACCEPTED, OfferStatus.DECLINED, OfferStatus.EXPIRED, OfferStatus.WITHDRAWN}
    ),
    OfferStatus.ACCEPTED_STAYING_LISTED: frozenset({OfferStatus.ACCEPTED, OfferStatus.WITHDRAWN}),
    OfferStatus.ACCEPTED: frozenset(),
    OfferStatus.DECLINED: frozenset(),
    OfferStatus.EXPIRED: frozenset(),
    OfferStatus.WITHDRAWN: frozenset(),
}

_REFUSALS: Mapping[OfferStatus, type[Conflict]] = {
    OfferStatus.EXPIRED: OfferExpired,
    OfferStatus.WITHDRAWN: OfferReplaced,
}

_LET_GO: Mapping[OfferStatus, ApplicationStatus] = {
    OfferStatus.DECLINED: ApplicationStatus.DECLINED,
    OfferStatus.EXPIRED: ApplicationStatus.LAPSED,
}


def outcome(offers: Sequence[OfferStatus], *, waiting: bool) -> ApplicationStatus:
    """Return where an application stands by its offers, the oldest first.

    An offer to answer counts more than the place the child has, and a place in line more than one let go.
    """
    if OPEN.intersection(offers):
        return ApplicationStatus.ALLOCATED
    if ACCEPTED.intersection(offers):
        return ApplicationStatus.PLACED
    if waiting:
        return ApplicationStatus.WAITING
    let_go = [_LET_GO[offer] for offer in offers if offer in _LET_GO]
    return let_go[-1] if let_go else ApplicationStatus.NOT_ALLOCATED


def move_offer(offer: Offer, to: OfferStatus) -> None:
    """Change the status; raises OfferExpired, OfferReplaced, or else OfferMoved."""
    now = OfferStatus(offer.status)
    if to not in _STEPS[now]:
        raise _REFUSALS.get(now, OfferMoved)(status=now)
    offer.status = to
