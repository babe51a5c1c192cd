"""Handing placements over to an administration system, with the neutral file kept beside it."""

from collections.abc import Sequence
from uuid import UUID

from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.documents.files import Files
from opptak.documents.schemas import Download
from opptak.facilities.service import Facilities
from opptak.hooks.errors import Configuration
from opptak.hooks.providers import AdministrationSystem
from opptak.hooks.types import Acknowledgement, PlacementRecord
from opptak.people.service import People
from opptak.placements import neutral
from opptak.placements.models import ExportRun, Placement
from opptak.placements.repository import PlacementRepository
from opptak.placements.schemas import ExportFormat, ExportState
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import actor

__all__ = ("export_placements", "hand_over", "open_file")


@actor("placement.export")
async def export_placements(work: Work, run: UUID) -> None:
    """Hand the placements of a run over."""
    await hand_over(work, run)


async def hand_over(work: Work, run_id: UUID) -> None:
    """Hand over what was placed here and runs or is to come; a run that is done is left alone.

    The run's id is the key the receiver knows the hand-over by, so that it counts once however often it is
    tried.
    """
    repository = PlacementRepository(work.session)
    run = await repository.export_run(run_id, lock=True)
    if run is None or run.state != ExportState.WAITING:
        return
    system = work.tenant.plugins.named(AdministrationSystem, run.system)
    if system is None:
        raise Configuration("system_not_connected", hint="plugin.missing.administrationsystem")
    placements = await repository.to_export(work.tenant.today())
    records = await _records(work, placements)
    record(work, Action.PLACEMENT_EXPORT, "export_run", run.id, shown=[one.id for one in placements])
    run.file_id = await Files(work).store(
        f"placements-{work.tenant.today().isoformat()}.json",
        neutral.to_json(records, key=str(run.id), tenant=work.tenant.slug, created_at=work.now),
        media_type="application/json",
    )
    _finish(run, await system.export(records, key=str(run.id)), work)


async def open_file(work: Work, run: ExportRun, format_: ExportFormat) -> Download | None:
    """Return the run's neutral file, None before it has been made."""
    if run.file_id is None:
        return None
    stored = await Files(work).open(run.file_id)
    if format_ is ExportFormat.JSON:
        return stored
    content = neutral.to_csv(neutral.from_json(stored.content))
    name = stored.name.removesuffix(".json") + ".csv"
    return Download(name=name, media_type="text/csv; charset=utf-8", content=content)


async def _records(work: Work, placements: Sequence[Placement]) -> list[PlacementRecord]:
    numbers = await People(work).numbers({placement.child_id for placement in placements})
    facilities = Facilities(work)
    houses = await facilities.views({placement.facility_id for placement in placements})
    units = await facilities.unit_names({placement.unit_id for placement in placements})
    return [
        PlacementRecord(
            placement_id=str(placement.id),
            facility_id=houses[placement.facility_id].register_id,
            unit=units[placement.unit_id],
            child_number=numbers[placement.child_id],
            days_per_week=placement.days_per_week,
            hours_per_week=placement.hours_per_week,
            starts_on=placement.starts_on,
            ends_on=placement.ends_on,
            decision_reference=str(placement.offer_id),
        )
        for placement in placements
    ]


def _finish(run: ExportRun, answer: Acknowledgement, work: Work) -> None:
    run.placements = answer.accepted
    run.refused = len(answer.refused)
    run.reference = answer.reference
    run.state = ExportState.PARTLY_REFUSED if answer.refused else ExportState.HANDED_OVER
    run.finished_at = work.now
