"""What can stop an answer to an offer."""

from opptak.kit.errors import Conflict

__all__ = ("OfferExpired", "OfferMoved", "OfferReplaced")


class OfferMoved(Conflict):
    """The offer has been answered already, or the answer is not one of those possible now."""

    code = "offers.moved"


class OfferExpired(Conflict):
    """The last day to answer has passed; the place goes to the next in line."""

    code = "offers.expired"


class OfferReplaced(Conflict):
    """A place the parents wished for more has been offered instead."""

    code = "offers.replaced"
