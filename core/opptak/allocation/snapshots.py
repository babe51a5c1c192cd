"""What a run looks at, read in one go."""

from opptak.admission.criteria import unknown_facts
from opptak.admission.criteria_cases import failing_cases
from opptak.admission.errors import CaseFails, UnknownFact
from opptak.admission.schemas import RoundView
from opptak.admission.service import Applications, Rounds
from opptak.allocation.building import Snapshot
from opptak.allocation.repository import RulingRepository
from opptak.allocation.schemas import Ruled
from opptak.engine.certificate import Kind
from opptak.errands.schemas import Report, unheard
from opptak.facilities.service import Facilities
from opptak.hooks.providers import RuleSet
from opptak.offers.service import Offers, free_weeks
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work

__all__ = ("take_snapshot",)


async def take_snapshot(work: Work, round_: RoundView, *, report: Report = unheard) -> Snapshot:
    """Return all a run of the round looks at; raises UnknownFact, CaseFails for unusable criteria."""
    await report("reading")
    criteria = work.tenant.criteria()
    for criterion in unknown_facts(criteria):
        raise UnknownFact(criterion=criterion)
    for case in failing_cases(criteria):
        raise CaseFails(case=case.says)
    rules = work.tenant.plugins.require(RuleSet)
    applicants = await Applications(work).applicants(round_.id)
    facilities = Facilities(work)
    rulings = await RulingRepository(work.session).in_force(round_.id)
    return Snapshot(
        tenant=work.tenant.slug,
        round=round_,
        seed=await Rounds(work).lottery_seed(round_.id),
        criteria=criteria,
        programs=await facilities.programs(round_.starts_on, Module.ALLOCATION),
        points={facility.id: facility.point for facility in await facilities.offerable()},
        free=await free_weeks(work, round_),
        applicants=applicants,
        bands={
            one.application_id: rules.age_band(born_on=one.born_on, starts_on=round_.starts_on)
            for one in applicants
        },
        standings=await Offers(work).standings([one.application_id for one in applicants]),
        rulings=[
            Ruled(application_id=one.application_id, unit_id=one.unit_id, kind=Kind(one.kind))
            for one in rulings
        ],
    )
