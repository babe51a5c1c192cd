"""A town before its round: kindergartens, children who have places, and the office's people."""

from collections import Counter
from uuid import UUID

from tests.documents import TENANTS
from tests.faults.estate import TOWN, Estate
from tests.faults.play import Play

from opptak.demo.cast import engage
from opptak.facilities.service import Facilities
from opptak.placements.service import Placements
from opptak.tenancy.context import Work
from opptak.tenancy.folder import read_folder

__all__ = ("furnish",)

_STAFFED = 0.93
"""Places the staff suffices for, by the children there today: fewer than wanted, so that some wait."""


async def furnish(estate: Estate, *, seed: int) -> Play:
    """Make the town while nothing is broken."""
    runtime = estate.runtime
    await runtime.catalogue.apply(read_folder(TENANTS / TOWN), author="faults")
    tenant = await runtime.tenants.by_slug(TOWN)
    if tenant is None:
        raise LookupError(TOWN)
    cast = await engage(runtime, tenant)
    async with runtime.work(tenant, cast.case_worker) as work:
        await Facilities(work).import_register()
    async with runtime.work(tenant, cast.case_worker) as work:
        await Placements(work).import_current()
    async with runtime.work(tenant, cast.case_worker) as work:
        await _confirm_places(work)
    return Play(estate, tenant, cast, seed=seed)


async def _confirm_places(work: Work) -> None:
    facilities = Facilities(work)
    units = await Placements(work).occupancy(work.tenant.document.rounds[0].starts_on)
    proposed: Counter[UUID] = Counter()
    for unit in units:
        proposed[unit.program.facility_id] += unit.program.seats
    houses = await facilities.views(proposed)
    for unit in units:
        house, seats = houses[unit.program.facility_id], unit.program.seats
        staffed = round((house.children or 0) * seats / (proposed[house.id] or 1) * _STAFFED)
        await facilities.confirm_capacity(
            unit.program.unit_id,
            seats=min(seats, max(unit.taken + 1, staffed)),
            valid_from=work.tenant.today(),
        )
