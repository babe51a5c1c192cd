"""A parent's children with what has become of each; one child takes as many queries as six."""

from collections.abc import Collection, Mapping
from uuid import UUID

from opptak.admission.schemas import ApplicationView
from opptak.admission.service import Applications
from opptak.facilities.service import Facilities
from opptak.hooks.providers import RuleSet
from opptak.offers.schemas import OfferView
from opptak.offers.service import Offers
from opptak.people.schemas import PersonView
from opptak.people.service import People
from opptak.placements.service import Placements
from opptak.tenancy.config import RoundConfig
from opptak.tenancy.context import TenantContext, Work
from opptak_portal.views.calendar import round_ahead
from opptak_portal.views.cards import Case
from opptak_portal.views.stages import Stage, current_offer, stage_of

__all__ = ("case_of", "own_cases")


async def own_cases(work: Work, guardian_id: UUID) -> list[Case]:
    """Return the cases of a guardian's children, the eldest first.

    Schoolchildren nobody has ever applied for are left out.
    """
    children = await People(work).children_of(guardian_id)
    applications: dict[UUID, ApplicationView] = {}
    for application in await Applications(work).of_guardian(guardian_id):
        applications.setdefault(application.child_id, application)
    ids = [application.id for application in applications.values()]
    offers = await Offers(work).of_application(ids) if ids else {}
    config = round_ahead(work.tenant.document.rounds, work.tenant.today())
    new = [
        child for child in children if child.id not in applications and _of_age(work.tenant, child, config)
    ]
    places = await _places(work, [child.id for child in new], config)
    written = [
        case_of(work.tenant, application, offers.get(application.id, ()))
        for application in applications.values()
    ]
    unwritten = [_unwritten(child, config, places.get(child.id, "")) for child in new]
    return sorted([*written, *unwritten], key=lambda case: (case.born_on, case.child_id))


def case_of(tenant: TenantContext, application: ApplicationView, offers: Collection[OfferView]) -> Case:
    """Return the case of an application."""
    config = tenant.document.round(application.intake)
    offer = current_offer(tuple(offers))
    return Case(
        child_id=application.child_id,
        name=application.child_name,
        born_on=application.child_born_on,
        stage=stage_of(application, offer, config=config, today=tenant.today()),
        config=config,
        application=application,
        offer=offer,
    )


def _of_age(tenant: TenantContext, child: PersonView, config: RoundConfig | None) -> bool:
    rules = tenant.plugins.require(RuleSet)
    return config is not None and rules.school_start(child.born_on) > config.starts_on


def _unwritten(child: PersonView, config: RoundConfig | None, place: str) -> Case:
    return Case(
        child_id=child.id,
        name=child.name,
        born_on=child.born_on,
        stage=Stage.PLACED if place else Stage.UNWRITTEN,
        config=config,
        place=place,
    )


async def _places(work: Work, children: Collection[UUID], config: RoundConfig | None) -> Mapping[UUID, str]:
    """Return the facility each child goes to on the round's first day."""
    if not children or config is None:
        return {}
    held = await Placements(work).held_by(children, config.starts_on)
    houses = await Facilities(work).views({place.facility_id for place in held.values()}) if held else {}
    return {child: houses[place.facility_id].name for child, place in held.items()}
