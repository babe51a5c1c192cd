"""What can stop a step of an application."""

from opptak.kit.errors import Conflict, Invalid

__all__ = (
    "AnswersRefused",
    "ApplicationChanged",
    "ApplicationLocked",
    "ApplicationMoved",
    "CaseFails",
    "ClaimMoved",
    "OfferMustBeAnswered",
    "RoundMoved",
    "RoundNotOpen",
    "UnknownFact",
)


class AnswersRefused(Invalid):
    """The form has a field that can't be accepted."""

    code = "admission.answers_refused"


class ApplicationChanged(Conflict):
    """Somebody else, often the other guardian, has changed the application since it was read."""

    code = "admission.changed"


class ApplicationLocked(Conflict):
    """The application is being processed; the parents can withdraw it, but no longer change it."""

    code = "admission.locked"


class ApplicationMoved(Conflict):
    """The application's status does not allow the step."""

    code = "admission.moved"


class ClaimMoved(Conflict):
    """The claim's state does not allow the step."""

    code = "admission.claim_moved"


class RoundMoved(Conflict):
    """The round's state does not allow the step."""

    code = "admission.round_moved"


class RoundNotOpen(Conflict):
    """The round has not opened yet."""

    code = "admission.round_not_open"


class OfferMustBeAnswered(Conflict):
    """The child has been offered a place: the offer is declined, not the application withdrawn."""

    code = "admission.answer_offer"


class UnknownFact(Conflict):
    """A criterion tests a fact that does not exist."""

    code = "admission.unknown_fact"


class CaseFails(Conflict):
    """A test case beside the criteria does not come out as it says."""

    code = "admission.case_fails"
