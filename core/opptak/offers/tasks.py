"""Background work of offers."""

from datetime import timedelta

from opptak.offers.cascading import pass_on
from opptak.offers.service import Offers
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import actor
from opptak.tenancy.schedule import Periodic

__all__ = ("PERIODIC", "expire_due", "pass_on", "remind_due", "strike_withdrawn")


@actor("offer.expire_due", module=Module.OFFERS)
async def expire_due(work: Work) -> None:
    """Let offers lapse whose last day has passed."""
    await Offers(work).expire_due()


@actor("offer.remind_due", module=Module.OFFERS)
async def remind_due(work: Work) -> None:
    """Remind of offers that are soon to be answered."""
    await Offers(work).remind_due()


@actor("offer.strike_withdrawn", module=Module.OFFERS)
async def strike_withdrawn(work: Work) -> None:
    """Take those who have withdrawn out of the lines."""
    await Offers(work).strike_withdrawn()


PERIODIC = (
    Periodic("offers.expire_due", expire_due, every=timedelta(hours=1)),
    Periodic("offers.remind_due", remind_due, every=timedelta(hours=1)),
    Periodic("offers.strike_withdrawn", strike_withdrawn, every=timedelta(hours=1)),
)
