"""Background work of the facilities domain."""

from datetime import timedelta

from opptak.facilities.service import Facilities
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import Priority, actor
from opptak.tenancy.schedule import Periodic

__all__ = ("PERIODIC", "import_register")


@actor("facility.import", priority=Priority.BULK)
async def import_register(work: Work) -> None:
    """Bring facilities up to date with their register."""
    await Facilities(work).import_register()


PERIODIC = (Periodic("facilities.import", import_register, every=timedelta(days=1)),)
