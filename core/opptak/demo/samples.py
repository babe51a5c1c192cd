"""Sample parents to log in as: one for each situation a visitor wants to see."""

from opptak.admission.schemas import Answer, ApplicationStatus, ApplicationView
from opptak.admission.service import Applications, Rounds
from opptak.offers.schemas import OfferStatus
from opptak.offers.service import Offers
from opptak.people.service import People
from opptak.tenancy.context import Work

__all__ = ("sample_parents",)


async def sample_parents(work: Work) -> list[tuple[str, str]]:
    """Return (situation, synthetic identity number of a guardian), where there is such a family."""
    current = await Rounds(work).current()
    if current is None:
        return []
    applications = await Applications(work).of_round(current.id)
    pending = {offer.application_id for offer in await Offers(work).list_by_status(OfferStatus.SENT)}
    situations: list[tuple[str, list[ApplicationView]]] = [
        ("has not answered yet", [one for one in applications if one.answer is Answer.NONE]),
        ("has an offer to answer", [one for one in applications if one.id in pending]),
        ("has accepted a place", [one for one in applications if one.status is ApplicationStatus.PLACED]),
        ("is on a waiting list", [one for one in applications if one.status is ApplicationStatus.WAITING]),
    ]
    guardians = await People(work).guardians_of([one.child_id for one in applications])
    reachable = [
        (text, [one.child_id for one in found if guardians.get(one.child_id)]) for text, found in situations
    ]
    chosen = [(text, children[0]) for text, children in reachable if children]
    numbers = await People(work).numbers([guardians[child][0].id for _, child in chosen])
    return [(text, numbers[guardians[child][0].id]) for text, child in chosen]
