"""A municipality with at least one of everything that has an address, and the people who use it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy import update
from tests.conftest import run_due
from tests.core.scene import SMALL, Household, Scene
from tests.core.scene import staff as member_of_staff
from tests.fakes import FakeTown
from tests.rows import filled

from opptak.admission.schemas import ApplicationView, ClaimSource, ClaimView
from opptak.admission.service import Applications, Claims
from opptak.allocation.asking import AskedRuns
from opptak.allocation.rulings import Rulings
from opptak.allocation.schemas import Ruled
from opptak.audit.service import AuditLog
from opptak.authz.actions import Role
from opptak.documents.service import Letters
from opptak.engine.certificate import Kind
from opptak.facilities.schemas import ProgramView
from opptak.facilities.tasks import import_register
from opptak.hooks.errors import Permanent
from opptak.identity.logins import Logins
from opptak.identity.schemas import NewLogin
from opptak.identity.staff import Staff
from opptak.kit.clock import TravelClock
from opptak.kit.outbox import OutboxJob, OutboxState
from opptak.kit.subject import SYSTEM, Space, Subject
from opptak.offers.service import Offers
from opptak.outreach.repository import OutreachRepository
from opptak.outreach.schemas import CampaignState
from opptak.outreach.states import move_campaign
from opptak.people.service import People
from opptak.placements.service import Placements
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext, Work
from opptak.tenancy.jobs import enqueue
from opptak.tenancy.problems import Problems

__all__ = ("Estate", "Login", "build", "log_in_parent", "log_in_staff", "park_again")


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is logged in; `cookie` is the name the site keeps the token under."""

    subject: Subject
    cookie: str
    token: str
    csrf: str


class Estate(msgspec.Struct, frozen=True, kw_only=True):
    """A municipality as the walk sees it."""

    tenant: TenantContext
    ids: Mapping[str, Sequence[str]]
    """What can stand in an address, by the name of the parameter: all of the family's."""
    family: frozenset[str]
    """What tells of one family: names, case number, ids. For nobody but them and the office."""
    secrets: frozenset[str]
    """What tells of this municipality: the family's, its users', houses' and runs'."""
    public: frozenset[str]
    """The part of it that everybody may know at its own address: the houses."""
    parent: Login
    other_parent: Login
    """A guardian of other children in the same municipality."""
    staff: Mapping[Role, Login]
    """One login a role; the leader's house is not among the family's wishes."""

    def logins(self) -> dict[str, Login]:
        """Return the family's guardian and the staff."""
        return {"parent": self.parent, **{str(role): login for role, login in self.staff.items()}}


async def build(
    runtime: Runtime, tenant: TenantContext, town: FakeTown, *, houses: Sequence[str], neighbours: int
) -> Estate:
    """Furnish a municipality: a round from the draft to placed children, and a bit of everything on the way.

    `houses` are three names: one with a single place, one with room for everybody, and the leader's.
    With another number of `neighbours`, families that apply first, names and case numbers are others too.
    """
    assert isinstance(runtime.clock, TravelClock)
    scene = Scene(lambda subject: runtime.work(tenant, subject), town, runtime.clock)
    scarce, roomy, quiet = houses
    programs = await scene.houses(**{scarce: 1, roomy: 8, quiet: 2})
    others = [await scene.family(SMALL) for _ in range(neighbours)]
    family = await scene.family(SMALL, SMALL.replace(year=2026), parents=2)
    wishes = programs[scarce], programs[roomy]
    for other in others:
        await scene.apply(other, *wishes)
    applications = await scene.apply(family, *wishes, priority=True)
    await scene.close()
    await _decide(scene, applications)
    errand = await _ask(runtime, tenant, scene)
    run = await scene.release()
    ruling = await _rule(scene, applications[0], programs[roomy])
    await run_due(runtime, tenant)
    async with scene.work_as(SYSTEM) as work:
        await AuditLog(work).seal()
    await _accept(scene, applications, family)
    async with scene.work_as(member_of_staff(Role.CASE_WORKER)) as work:
        await Placements(work).export()
    await run_due(runtime, tenant)
    await _park(runtime, tenant, town)
    async with scene.work_as(SYSTEM) as work:
        await _campaign(work, run.round_id)
        own = await _of_family(work, applications, family)
        shared = await _of_municipality(work, [programs[scarce], programs[roomy]])
    own["child_id"] = [str(child) for child in family.children]
    ids = {
        **own,
        **shared,
        "run_id": [str(run.id)],
        "ruling_id": [str(ruling)],
        "errand_id": [str(errand)],
        "round_id": [str(run.round_id)],
    }
    names = await _names(scene, family)
    cases = [view.case_number for view in applications]
    public = frozenset([*(f"Barnehage {name}" for name in houses), *shared["facility_id"]])
    told = frozenset([*names, *cases, *_all(own)])
    house = programs[quiet].facility_id
    parent = await log_in_parent(runtime, tenant, family.parent)
    other_parent = await log_in_parent(runtime, tenant, others[0].parent)
    employed = {role: await log_in_staff(runtime, tenant, role, house) for role in _STAFF}
    users = [str(login.subject.id) for login in (parent, other_parent, *employed.values())]
    return Estate(
        tenant=tenant,
        ids=ids,
        family=told,
        secrets=told | public | frozenset([*_all(ids), *users]),
        public=public,
        parent=parent,
        other_parent=other_parent,
        staff=employed,
    )


_STAFF = (Role.CASE_WORKER, Role.APPROVER, Role.LEADER, Role.ADMINISTRATOR, Role.AUDITOR)


async def log_in_parent(runtime: Runtime, tenant: TenantContext, who: Subject) -> Login:
    """Log a guardian in, as after the identity provider."""
    async with runtime.work(tenant) as work:
        return await _begin(work, Space.PARENTS, who.id, cookie="session")


async def log_in_staff(runtime: Runtime, tenant: TenantContext, role: Role, facility: UUID) -> Login:
    """Make an account with a role (a leader's is for one facility) and log it in."""
    async with runtime.work(tenant) as work:
        account = await Staff(work).add(
            email=f"{role}@{tenant.slug}.example",
            name=f"Ansatt {tenant.slug} {role}",
            roles=[role],
            facility_id=facility if role is Role.LEADER else None,
        )
        return await _begin(work, Space.STAFF, account, cookie="staff")


async def _begin(work: Work, space: Space, who: UUID | None, *, cookie: str) -> Login:
    logins = Logins(work)
    started = await logins.begin(NewLogin(space=space, subject_id=who, level="high"))
    await work.session.flush()
    login = await logins.find(started.token, space)
    assert login is not None
    return Login(subject=login.subject, cookie=cookie, token=started.token, csrf=login.csrf)


async def _decide(scene: Scene, applications: Iterable[ApplicationView]) -> None:
    """Settle the priority that was stated, so that a run can be released."""
    for application in applications:
        async with scene.work_as(member_of_staff(Role.CASE_WORKER)) as work:
            stated = _declared(await Applications(work).get(application.id))
            await Claims(work).decide(stated.id, holds=True)


async def _ask(runtime: Runtime, tenant: TenantContext, scene: Scene) -> UUID:
    """Have a dry run computed as an errand, to its end."""
    round_ = await scene.round()
    async with scene.work_as(member_of_staff(Role.CASE_WORKER)) as work:
        errand = await AskedRuns(work).compute(round_.id)
    await run_due(runtime, tenant)
    return errand


async def _rule(scene: Scene, application: ApplicationView, unit: ProgramView) -> UUID:
    """Have something decided by hand."""
    ruled = Ruled(application_id=application.id, unit_id=unit.unit_id, kind=Kind.BLOCKED)
    async with scene.work_as(member_of_staff(Role.CASE_WORKER)) as work:
        return (await Rulings(work).make(ruled, reason="Avtale")).id


async def _campaign(work: Work, round_id: UUID) -> None:
    """Leave a campaign that is over: of one under way, its page would tell until the stream ends."""
    repository = OutreachRepository(work.session)
    await repository.begin(round_id, now=work.now)
    campaign = await repository.of_round(round_id)
    assert campaign is not None
    move_campaign(campaign, CampaignState.FINISHED)
    campaign.finished_at = work.now


async def _accept(scene: Scene, applications: Sequence[ApplicationView], family: Household) -> None:
    """Let the family take the place of its first child; the second child's offer stays open."""
    offer = await scene.offer(applications[0])
    async with scene.work_as(family.parent) as work:
        await Offers(work).accept(offer.id)


async def _park(runtime: Runtime, tenant: TenantContext, town: FakeTown) -> None:
    """Let a piece of background work fail for good."""
    town.failing.append(Permanent("refused"))
    async with runtime.work(tenant) as work:
        await enqueue(work, import_register)
    await run_due(runtime, tenant)
    town.failing.clear()
    assert isinstance(runtime.clock, TravelClock)
    runtime.clock.travel(timedelta(hours=1))


async def park_again(runtime: Runtime, estate: Estate) -> None:
    """Undo that somebody had the stopped work tried again, or gave it up."""
    wanted = {UUID(job) for job in estate.ids["job_id"]}
    parked = {"state": OutboxState.PARKED, "failure": "permanent", "failure_code": "test", "failure_hint": ""}
    async with runtime.work(estate.tenant) as work:
        stopped = update(OutboxJob).where(OutboxJob.id.in_(wanted)).values(parked)
        there = {*(await work.session.scalars(stopped.returning(OutboxJob.id)))}
        work.session.add_all(
            filled(OutboxJob, id=job, dedup=job.hex, available_at=work.now, **parked)
            for job in wanted - there
        )


async def _of_family(
    work: Work, applications: Sequence[ApplicationView], family: Household
) -> dict[str, Sequence[str]]:
    ids = [view.id for view in applications]
    offers = (await Offers(work).of_application(ids)).values()
    letters = [letter for id_ in ids for letter in await Letters(work).of_application(id_)]
    held = await Placements(work).held_by(family.children, applications[0].start_on or SMALL)
    views = [await Applications(work).get(id_) for id_ in ids]
    return {
        "application_id": [str(id_) for id_ in ids],
        "offer_id": [str(offer.id) for found in offers for offer in found],
        "letter_id": [str(letter.id) for letter in letters],
        "placement_id": [str(placement.id) for placement in held.values()],
        "claim_id": [str(_declared(view).id) for view in views],
    }


async def _of_municipality(work: Work, programs: Sequence[ProgramView]) -> dict[str, Sequence[str]]:
    exports = await Placements(work).exports()
    return {
        "facility_id": [str(program.facility_id) for program in programs],
        "unit_id": [str(program.unit_id) for program in programs],
        "export_id": [str(export.id) for export in exports],
        "job_id": [str(problem.id) for problem in await Problems(work).list()],
    }


def _declared(application: ApplicationView) -> ClaimView:
    return next(claim for claim in application.claims if claim.source is ClaimSource.DECLARED)


async def _names(scene: Scene, family: Household) -> list[str]:
    people = [*family.children, *(parent.id for parent in family.parents if parent.id)]
    async with scene.work_as(SYSTEM) as work:
        return [person.family_name for person in (await People(work).get(people)).values()]


def _all(ids: Mapping[str, Sequence[str]]) -> list[str]:
    return [one for some in ids.values() for one in some]
