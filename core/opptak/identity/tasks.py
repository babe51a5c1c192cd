"""Housekeeping of login sessions."""

from datetime import timedelta

from opptak.identity.logins import Logins
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import Priority, actor
from opptak.tenancy.schedule import Periodic

__all__ = ("PERIODIC", "forget_logins")


@actor("login.forget", priority=Priority.BULK)
async def forget_logins(work: Work) -> None:
    """Delete the sessions that have ended."""
    await Logins(work).forget_ended()


PERIODIC = (Periodic("logins.forget", forget_logins, timedelta(hours=1)),)
