"""Background work of the documents domain."""

from datetime import timedelta

from opptak.documents.sending import follow_letters, send_letter
from opptak.tenancy.schedule import Periodic

__all__ = ("PERIODIC", "follow_letters", "send_letter")

PERIODIC = (Periodic("letters.follow", follow_letters, every=timedelta(minutes=15)),)
