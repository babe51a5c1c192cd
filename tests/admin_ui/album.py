"""The municipality at three moments of a round, with the addresses of all pages of the staff site."""

from datetime import date
from uuid import UUID

from opptak.admission.schemas import ApplicationView
from opptak.allocation.asking import AskedRuns
from opptak.allocation.rulings import Rulings
from opptak.allocation.schemas import Ruled
from opptak.allocation.service import Runs
from opptak.authz.actions import Role
from opptak.documents.service import Letters
from opptak.engine.certificate import Kind
from opptak.hooks.types import Protection
from opptak.kit.subject import SYSTEM
from tests.core.scene import Scene, staff

__all__ = ("EVERYWHERE", "after_release", "before_deadline", "before_release")

EVERYWHERE = (
    "/staff/",
    "/staff/applications",
    "/staff/kindergartens",
    "/staff/round",
    "/staff/offers",
    "/staff/offers/waiting",
    "/staff/placements",
    "/staff/letters",
    "/staff/problems",
    "/staff/audit",
    "/staff/plugins",
)
"""Pages that are there in an empty municipality too."""


async def before_deadline(scene: Scene) -> list[str]:
    """Return the pages while families answer: one with a claim, one protected, one that has not answered."""
    houses = await scene.houses(a=2, b=1)
    first, second = houses["a"], houses["b"]
    [stated] = await scene.apply(await scene.family(parents=2), first, second, priority=True)
    hidden = await scene.family(home=None, protection=Protection.CONFIDENTIAL)
    [protected] = await scene.apply(hidden, second)
    [silent] = await scene.draft(await scene.family(date(2024, 3, 1)))
    case, house = f"/staff/applications/{stated.id}", f"/staff/kindergartens/{first.facility_id}"
    return [
        *EVERYWHERE,
        case,
        *(f"{case}/{page}" for page in ("outcome", "why", "letters", "history", "answer", "withdraw")),
        f"{case}/claims/{_claim(stated)}",
        f"/staff/applications/{protected.id}",
        f"/staff/applications/{silent.id}",
        house,
        f"{house}/applicants",
        f"{house}/units/{first.unit_id}",
        "/staff/round/outreach",
        f"/staff/letters/{await _letter(scene, stated)}",
    ]


async def before_release(scene: Scene) -> list[str]:
    """Return the pages when a run has been computed twice and checked."""
    houses = await scene.houses(a=1, b=1)
    sent = [
        (await scene.apply(await scene.family(date(2025, month, 1)), houses["a"], houses["b"]))[0]
        for month in (1, 2, 3)
    ]
    await scene.close()
    last, round_ = sent[-1], await scene.round()
    unit = houses["a"].unit_id
    async with scene.work_as(staff(Role.CASE_WORKER)) as work:
        await Runs(work).compute(round_.id)
        kept_out = Ruled(application_id=last.id, unit_id=houses["b"].unit_id, kind=Kind.BLOCKED)
        await Rulings(work).make(kept_out, reason="Avtale med foreldrene")
        run = await Runs(work).compute(round_.id)
        await Runs(work).check(run.id)
        waiting = await AskedRuns(work).check(run.id)
    page = f"/staff/runs/{run.id}"
    return [
        "/staff/",
        "/staff/round",
        page,
        f"/staff/errands/{waiting}",
        f"{page}/release",
        f"{page}/units/{houses['a'].unit_id}",
        f"{page}/unplaced",
        f"{page}/checks/siblings",
        f"{page}/changes",
        "/staff/rulings",
        f"/staff/applications/{last.id}/ruling",
        f"/staff/applications/{last.id}/ruling?unit={unit}&kind=pinned",
    ]


async def after_release(scene: Scene) -> list[str]:
    """Return the pages when the result is out."""
    houses = await scene.houses(a=1, b=1)
    sent = [
        (await scene.apply(await scene.family(date(2025, month, 1)), houses["a"], houses["b"]))[0]
        for month in (1, 2, 3)
    ]
    await scene.close()
    run = await scene.release()
    cases = [f"/staff/applications/{application.id}" for application in sent]
    return [
        "/staff/",
        "/staff/round",
        "/staff/offers",
        "/staff/offers/waiting",
        "/staff/applications",
        "/staff/audit",
        f"/staff/runs/{run.id}",
        f"/staff/runs/{run.id}/freeze",
        *(f"{case}/{page}" for case in cases for page in ("outcome", "why")),
    ]


def _claim(application: ApplicationView) -> UUID:
    return next(claim.id for claim in application.claims if claim.source == "declared")


async def _letter(scene: Scene, application: ApplicationView) -> UUID:
    async with scene.work_as(SYSTEM) as work:
        return (await Letters(work).of_application(application.id))[0].id
