"""Offers: from an allocation's result to a place, and on to the next in line."""

from opptak.offers.answering import Answering
from opptak.offers.base import free_places, free_weeks
from opptak.offers.deadlines import Deadlines
from opptak.offers.issuing import Issuing
from opptak.offers.overview import Overview

__all__ = ("Offers", "free_places", "free_weeks")


class Offers(Issuing, Answering, Deadlines, Overview):
    """The offers of one tenant, as far as the work's subject may see them."""
