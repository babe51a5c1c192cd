"""Admission: rounds, and applications from the draft to the outcome."""

from opptak.admission.answering import Answering
from opptak.admission.casework import Casework
from opptak.admission.choosing import Choosing
from opptak.admission.claims import Claims
from opptak.admission.drafting import Drafting
from opptak.admission.processing import Processing
from opptak.admission.reading import Reading
from opptak.admission.rounds import Rounds

__all__ = ("Applications", "Claims", "Rounds")


class Applications(Drafting, Answering, Choosing, Casework, Reading, Processing):
    """The applications of one tenant, as far as the work's subject may see them."""
