"""Background work of admission."""

from datetime import timedelta

from opptak.admission.service import Rounds
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import actor
from opptak.tenancy.schedule import Periodic

__all__ = ("PERIODIC", "close_due")


@actor("round.close_due")
async def close_due(work: Work) -> None:
    """Close the rounds whose deadline has passed."""
    await Rounds(work).close_due()


PERIODIC = (Periodic("round.close_due", close_due, every=timedelta(minutes=15)),)
"""Shortly after midnight is soon enough: what comes in after the deadline is late by its own time."""
