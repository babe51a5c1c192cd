"""Choosing: an application with the houses that could still be wished for."""

from uuid import UUID

from opptak.admission.base import Desk
from opptak.admission.policy import visible_to
from opptak.admission.schemas import ApplicationView, HouseChoice
from opptak.kit.errors import NotFound

__all__ = ("Choosing",)


class Choosing(Desk):
    """Shows what there is to choose from."""

    async def choices(self, application_id: UUID) -> tuple[ApplicationView, list[HouseChoice]]:
        """Return an application and the houses with places for the child's age, the nearest first.

        Raises NotFound for an application the subject may not see.
        """
        own = await self._own_children()
        whole = await self._applications.get(
            application_id, visible=visible_to(self._work.subject, children=own)
        )
        if whole is None:
            raise NotFound
        people = own or await self._people.get([whole.row.child_id])
        child = people[whole.row.child_id]
        starts_on = self._work.tenant.document.round(whole.intake).starts_on
        houses = await self._houses(starts_on)
        [view] = await self._views([whole], children=people, houses=houses)
        band = self._rules.age_band(born_on=child.born_on, starts_on=starts_on)
        found = [
            HouseChoice(
                facility_id=facility.id,
                facility_name=facility.name,
                distance_m=houses.distance(child.point, facility.id),
            )
            for facility in houses.for_band(band)
        ]
        self._look("application", application_id)
        return view, sorted(found, key=lambda one: (one.distance_m is None, one.distance_m or 0))
