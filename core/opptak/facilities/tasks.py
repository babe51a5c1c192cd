"""Background work of the facilities domain."""

from datetime import timedelta

from opptak.facilities.importing import import_register
from opptak.tenancy.schedule import Periodic

__all__ = ("PERIODIC", "import_register")

PERIODIC = (Periodic("facilities.import", import_register, every=timedelta(days=1)),)
