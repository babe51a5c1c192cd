"""Background work of the outreach domain."""

from datetime import timedelta

from opptak.outreach.finding import find_children, find_families, invite_guardians
from opptak.outreach.reminding import remind_guardians
from opptak.outreach.service import Outreach
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import Priority, actor
from opptak.tenancy.schedule import Periodic

__all__ = (
    "PERIODIC",
    "find_children",
    "find_families",
    "invite_guardians",
    "remind_guardians",
    "start_due",
)


@actor("outreach.start_due", priority=Priority.BULK, module=Module.OUTREACH)
async def start_due(work: Work) -> None:
    """Begin the campaign whose day has come."""
    await Outreach(work).start_due()


PERIODIC = (
    Periodic("outreach.start_due", start_due, every=timedelta(hours=1)),
    Periodic("outreach.remind", remind_guardians, every=timedelta(hours=1)),
)
