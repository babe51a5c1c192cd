"""Background work of the documents domain."""

from datetime import timedelta

from opptak.documents.following import follow_letters, follow_on
from opptak.documents.sending import send_letter, send_letters
from opptak.tenancy.schedule import Periodic

__all__ = ("PERIODIC", "follow_letters", "follow_on", "send_letter", "send_letters")

PERIODIC = (Periodic("letters.follow", follow_letters, every=timedelta(minutes=15)),)
