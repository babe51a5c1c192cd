"""Who of the town's families plays which part."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import msgspec
from tests.e2e.theatre import SEED, TOWN, Theatre

from opptak.admission.schemas import Answer, ApplicationView
from opptak.admission.service import Applications
from opptak.demo.stage import FIRST_DAY
from opptak.offers.schemas import OfferStatus, OfferView
from opptak.offers.service import Offers
from opptak.people.schemas import GuardianView
from opptak.people.service import People
from opptak_simulators import population

__all__ = ("Family", "contested", "families", "family_of", "newcomer")


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """A child's application with the guardians who may answer it, as the platform knows them."""

    application: ApplicationView
    guardians: Sequence[GuardianView]


async def families(town: Theatre, *, guardians: int = 1, drafted: bool = True) -> list[Family]:
    """Return the families that have not answered, read Norwegian, and have so many guardians at least.

    No guardian has another child in the round, which would bring letters of its own.

    For a `drafted` family the wishes are filled in already.
    """
    async with town.work() as work:
        applications = await Applications(work).of_round(town.intake.id)
        by_child = await People(work).guardians_of([one.child_id for one in applications])
    children = Counter(guardian.id for found in by_child.values() for guardian in found)
    return [
        Family(application=one, guardians=by_child[one.child_id])
        for one in sorted(applications, key=lambda one: one.case_number)
        if one.answer is Answer.NONE
        and bool(one.wishes) is drafted
        and one.entitled
        and len(by_child[one.child_id]) >= guardians
        and all(children[guardian.id] == 1 for guardian in by_child[one.child_id])
        and all(who.letter_language(town.tenant) == "nb" for who in by_child[one.child_id])
    ]


async def family_of(town: Theatre, application_id: UUID) -> Family:
    """Return a family as it stands now."""
    async with town.work() as work:
        application = await Applications(work).get(application_id)
        guardians = await People(work).guardians_of([application.child_id])
    return Family(application=application, guardians=guardians[application.child_id])


async def contested(town: Theatre, *, but: UUID) -> OfferView:
    """Return an offer somebody else waits for, of another application than `but`."""
    async with town.work() as work:
        queues = await Offers(work).queues(town.intake.id)
        sent = await Offers(work).list_by_status(OfferStatus.SENT)
        guardians = await People(work).guardians_of([offer.child_id for offer in sent])
    wanted = {queue.unit_id for queue in queues}
    return next(
        offer
        for offer in sent
        if offer.unit_id in wanted and offer.application_id != but and guardians[offer.child_id]
    )


async def newcomer(town: Theatre) -> str:
    """Return the number of a living guardian whom the platform has never heard of."""
    country = population.country([TOWN], seed=SEED, today=FIRST_DAY.date())
    async with town.work() as work:
        for person in country.people.values():
            for custody in person.custody:
                holder = country.people.get(custody.holder or "")
                if holder and not holder.died and await People(work).by_number(holder.pid) is None:
                    return holder.pid
    raise LookupError("everybody is known")
