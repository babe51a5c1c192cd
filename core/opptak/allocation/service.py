"""Runs of the allocation: computed as often as wanted, checked, and released once by a second person."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from opptak.admission.schemas import RoundState, RoundView
from opptak.admission.service import Applications, Rounds
from opptak.allocation.announcing import announce_run, unit_names
from opptak.allocation.building import Snapshot, build
from opptak.allocation.certificates import Certificates
from opptak.allocation.checking import examine
from opptak.allocation.differing import differences
from opptak.allocation.errors import (
    FourEyesRequired,
    ReleaseBlocked,
    RoundStillOpen,
    RunFrozen,
    RunNotChecked,
    RunNotReleased,
    RunOutdated,
    RunSuperseded,
)
from opptak.allocation.models import AllocationRun
from opptak.allocation.naming import named
from opptak.allocation.releasing import grants, lines
from opptak.allocation.repository import RunRepository
from opptak.allocation.rulings import checked_reason
from opptak.allocation.schemas import ClaimInRun, Fate, Findings, OpenedRun, RunState, RunView, Summary
from opptak.allocation.snapshots import take_snapshot
from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.engine.canonical import canonical_bytes, input_hash
from opptak.engine.explain import Explainer, Explanation, Reader, Sentence
from opptak.engine.instance import Instance
from opptak.engine.market import BY_DAYS
from opptak.engine.result import Result, parse_result
from opptak.engine.running import allocate
from opptak.engine.week import DAYS
from opptak.engine.wellformed import parse_instance
from opptak.errands.pulse import watched
from opptak.errands.schemas import Report, unheard
from opptak.facilities.service import Facilities
from opptak.kit.errors import NotFound
from opptak.kit.subject import Space
from opptak.offers.service import Offers
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import enqueue

__all__ = ("Runs",)


class Runs:
    """The runs of one tenant. What takes long says to `report` how far it is."""

    def __init__(self, work: Work, report: Report = unheard) -> None:
        self._work = work
        self._report = report
        self._runs = RunRepository(work.session)
        self._rounds = Rounds(work)
        self._applications = Applications(work)
        self._offers = Offers(work)

    async def compute(self, round_id: UUID) -> RunView:
        """Compute a dry run: nothing leaves the house. While the round is open it is a rehearsal.

        Raises UnknownFact for criteria that can't be evaluated.
        """
        await self._rounds.close_due()
        round_ = await self._rounds.get(round_id, lock=True)
        if round_.state is not RoundState.OPEN:
            await self._applications.take_up(round_id)
        snapshot = await take_snapshot(self._work, round_, report=self._report)
        instance = build(snapshot)
        result = await watched(self._report, "allocating", lambda _: allocate(instance))
        await self._report("storing")
        run = AllocationRun(
            round_id=round_id,
            number=await self._runs.next_number(round_id),
            state=RunState.COMPUTED,
            instance=canonical_bytes(instance),
            result=canonical_bytes(result),
            summary=msgspec.to_builtins(_summary(instance, result)),
            checks=msgspec.to_builtins(Findings(claims=_claims(snapshot, instance))),
            tenant_version=self._work.tenant.version,
            input_hash=result.record.input_hash,
            output_hash=result.record.output_hash,
            computed_by=self._work.subject.id,
            created_at=self._work.now,
        )
        await self._runs.add(run)
        record(self._work, Action.RUN_COMPUTE, "run", run.id, number=run.number)
        return self._view(run)

    async def check(self, run_id: UUID) -> RunView:
        """Make the release checks; again is allowed until the run is released.

        Raises RunOutdated where anything it looked at has changed, RunSuperseded.
        """
        run, round_ = await self._lock(run_id)
        snapshot = await self._unchanged(run, round_)
        run.checks = msgspec.to_builtins(await self._examined(run, snapshot))
        run.state = RunState.CHECKED
        run.checked_at, run.checked_by = self._work.now, self._work.subject.id
        view = self._view(run)
        record(self._work, Action.RUN_CHECK, "run", run.id, releasable=view.releasable)
        return view

    async def release(self, run_id: UUID) -> RunView:
        """Release a run: offers, waiting lists and letters leave the house. Once only; again changes nothing.

        Raises FourEyesRequired for the one who computed it, RunNotChecked, ReleaseBlocked, RoundStillOpen,
        RunOutdated, RunSuperseded.
        """
        run, round_ = await self._lock(run_id, released=True)
        if run.state == RunState.RELEASED:
            return self._view(run)
        self._must_be_releasable(run, round_)
        await self._must_not_be_frozen(run)
        snapshot = await self._unchanged(run, round_)
        await self._report("certifying")
        await Certificates(self._work).issue(run, snapshot)
        await self._report("issuing")
        await self._issue(run, round_)
        run.state = RunState.RELEASED
        run.released_at, run.released_by = self._work.now, self._work.subject.id
        await self._runs.supersede_others(run)
        await self._rounds.released(round_.id)
        await enqueue(self._work, announce_run, run=run.id, start=0)
        record(self._work, Action.RUN_RELEASE, "run", run.id, number=run.number, output=run.output_hash)
        return self._view(run)

    async def freeze(self, run_id: UUID, *, reason: str) -> RunView:
        """Let nothing take the place of a released run, such as while a complaint is dealt with.

        Raises Invalid without a reason, RunNotReleased; frozen already, the first reason stays.
        """
        run = await self._lock_released(run_id)
        written = checked_reason(reason)
        if run.frozen_at is None:
            run.frozen_at, run.frozen_by = self._work.now, self._work.subject.id
            run.frozen_for = self._work.tenant.keys.seal(written, _frozen_place(run.id))
            record(self._work, Action.RUN_FREEZE, "run", run.id, frozen=True)
        return self._view(run)

    async def thaw(self, run_id: UUID) -> RunView:
        """Let a run be superseded again; raises RunNotReleased."""
        run = await self._lock_released(run_id)
        if run.frozen_at is not None:
            run.frozen_at = run.frozen_by = run.frozen_for = None
            record(self._work, Action.RUN_FREEZE, "run", run.id, frozen=False)
        return self._view(run)

    async def changes(self, run_id: UUID) -> list[Fate]:
        """Return which children the run computed before would have placed elsewhere; raises NotFound."""
        opened = await self.open(run_id)
        return [] if opened.before is None else list(differences(opened.before, opened.result))

    async def require_checkable(self, run_id: UUID) -> None:
        """Raise what stands against checking a run before anything is looked at: NotFound, RunSuperseded."""
        run = await self._found(run_id)
        if run.state in (RunState.SUPERSEDED, RunState.RELEASED):
            raise RunSuperseded

    async def require_releasable(self, run_id: UUID) -> None:
        """Raise what stands against releasing a run before anything is looked at, as `release` does."""
        run = await self._found(run_id)
        if run.state == RunState.SUPERSEDED:
            raise RunSuperseded
        if run.state != RunState.RELEASED:
            self._must_be_releasable(run, await self._rounds.get(run.round_id))
            await self._must_not_be_frozen(run)

    async def get(self, run_id: UUID) -> RunView:
        """Return a run; raises NotFound."""
        return self._view(await self._found(run_id))

    async def open(self, run_id: UUID) -> OpenedRun:
        """Return a run with its instance and result, and the result of the run before it; raises NotFound."""
        found = await self._runs.with_before(run_id)
        if not found:
            raise NotFound
        run, before = found[0], found[1] if len(found) > 1 else None
        record(self._work, Action.ROUND_READ, "run", run.id)
        return OpenedRun(
            view=self._view(run),
            instance=parse_instance(run.instance),
            result=parse_result(run.result),
            before=None if before is None else parse_result(before.result),
        )

    async def of_round(self, round_id: UUID) -> list[RunView]:
        """Return the runs of a round, the newest first."""
        return [self._view(run) for run in await self._runs.of_round(round_id)]

    async def files(self, run_id: UUID) -> tuple[bytes, bytes]:
        """Return a run's instance and result in the exchange format, for an audit; raises NotFound."""
        run = await self._found(run_id)
        record(self._work, Action.ROUND_READ, "run", run.id, files=True)
        return run.instance, run.result

    async def explain(
        self, application_id: UUID, *, language: str | None = None, run_id: UUID | None = None
    ) -> list[Sentence]:
        """Explain an application's outcome to its family, as `explain_to` does."""
        (told,) = await self.explain_to((Reader.PARENT,), application_id, language=language, run_id=run_id)
        return told

    async def explain_to(
        self,
        readers: Sequence[Reader],
        application_id: UUID,
        *,
        language: str | None = None,
        run_id: UUID | None = None,
    ) -> list[list[Sentence]]:
        """Explain an outcome in the last released run to each reader; staff may ask about any run.

        Families are told what is for families, whatever is asked for. Whoever shows it to staff notes the
        look at the application. Raises NotFound for an application the subject may not see, or one the
        run knows nothing of.
        """
        round_id = await self._applications.round_of(application_id)
        family = self._work.subject.space is Space.PARENTS
        if run_id is not None and not family:
            runs: Sequence[AllocationRun] = [await self._found(run_id)]
        else:
            runs = await self._runs.released(round_id)
        for run in runs:
            instance, result = parse_instance(run.instance), parse_result(run.result)
            if str(application_id) in result.assignment:
                explainer = Explainer(instance, result)
                units = await unit_names(self._work, instance)
                told = [Reader.PARENT if family else reader for reader in readers]
                return [
                    self._named(explainer.explain(str(application_id), reader=reader), units, language)
                    for reader in told
                ]
        raise NotFound

    def _named(
        self, explanation: Explanation, units: Mapping[str, str], language: str | None
    ) -> list[Sentence]:
        tenant = self._work.tenant
        return named(
            explanation.sentences,
            units=units,
            criteria=tenant.criteria(),
            text=tenant.translator(language or tenant.default_language),
        )

    async def _found(self, run_id: UUID) -> AllocationRun:
        run = await self._runs.get(run_id)
        if run is None:
            raise NotFound
        return run

    async def _lock_released(self, run_id: UUID) -> AllocationRun:
        run = await self._runs.lock((await self._found(run_id)).id)
        if run is None or run.state != RunState.RELEASED:
            raise RunNotReleased
        return run

    async def _must_not_be_frozen(self, run: AllocationRun) -> None:
        """Raise RunFrozen where the run would take the place of one that must stay."""
        if any(other.frozen_at is not None for other in await self._runs.of_round(run.round_id)):
            raise RunFrozen

    async def _lock(self, run_id: UUID, *, released: bool = False) -> tuple[AllocationRun, RoundView]:
        """Lock a run and its round, so that of two at once the second sees what the first has done."""
        round_ = await self._rounds.get((await self._found(run_id)).round_id, lock=True)
        run = await self._runs.lock(run_id)
        if run is None:
            raise NotFound
        if run.state == RunState.SUPERSEDED or (run.state == RunState.RELEASED and not released):
            raise RunSuperseded
        return run, round_

    def _view(self, run: AllocationRun) -> RunView:
        sealed, keys = run.frozen_for, self._work.tenant.keys
        return _view(run, "" if sealed is None else keys.open_text(sealed, _frozen_place(run.id)))

    def _must_be_releasable(self, run: AllocationRun, round_: RoundView) -> None:
        subject = self._work.subject
        if subject.space is not Space.STAFF or subject.id in (None, run.computed_by):
            raise FourEyesRequired
        if run.state != RunState.CHECKED:
            raise RunNotChecked
        failed = [check for check in self._view(run).checks if check.blocks]
        if failed:
            raise ReleaseBlocked(count=len(failed))
        if round_.state is RoundState.OPEN:
            raise RoundStillOpen

    async def _unchanged(self, run: AllocationRun, round_: RoundView) -> Snapshot:
        """Return what the run looked at, if it still is as it was; raises RunOutdated."""
        snapshot = await take_snapshot(self._work, round_, report=self._report)
        if input_hash(build(snapshot)) != run.input_hash:
            raise RunOutdated
        return snapshot

    async def _examined(self, run: AllocationRun, snapshot: Snapshot) -> Findings:
        claims, instance, result = msgspec.convert(run.checks, Findings).claims, run.instance, run.result
        return await watched(
            self._report,
            "weighing",
            lambda step: examine(snapshot, instance=instance, result=result, claims=claims, step=step),
            total=len(claims),
        )

    async def _issue(self, run: AllocationRun, round_: RoundView) -> None:
        instance, result = parse_instance(run.instance), parse_result(run.result)
        ids = [UUID(child.id) for child in instance.children]
        seekers = await self._applications.seekers(ids)
        given = grants(instance, result, seekers, round_)
        placed = {grant.application_id for grant in given}
        houses = await Facilities(self._work).concerned(
            Module.OFFERS, {UUID(program.facility) for program in instance.programs}
        )
        await self._offers.issue(
            round_,
            run_id=run.id,
            grants=[grant for grant in given if grant.facility_id in houses],
            lines=[line for line in lines(instance, result, seekers) if line.facility_id in houses],
            units=[UUID(program.id) for program in instance.programs if UUID(program.facility) in houses],
            unplaced=[application for application in ids if application not in placed],
        )


def _summary(instance: Instance, result: Result) -> Summary:
    """Return the figures; places of the week become whole ones, rounded down."""
    summary: Summary = msgspec.convert(result.metrics, Summary, from_attributes=True)
    if instance.rules.algorithm not in BY_DAYS:
        return summary
    return msgspec.structs.replace(summary, seats=summary.seats // DAYS)


def _claims(snapshot: Snapshot, instance: Instance) -> tuple[ClaimInRun, ...]:
    taking_part = {child.id for child in instance.children}
    return tuple(
        ClaimInRun(claim_id=claim.id, application_id=one.application_id, fact=claim.fact)
        for one in snapshot.applicants
        if str(one.application_id) in taking_part
        for claim in one.open_claims
    )


def _frozen_place(run_id: UUID) -> str:
    return f"allocation_run.frozen_for|{run_id}"


def _view(run: AllocationRun, frozen_for: str) -> RunView:
    findings = msgspec.convert(run.checks, Findings)
    return RunView(
        id=run.id,
        round_id=run.round_id,
        number=run.number,
        state=RunState(run.state),
        computed_at=run.created_at,
        computed_by=run.computed_by,
        checked_at=run.checked_at,
        checked_by=run.checked_by,
        released_at=run.released_at,
        released_by=run.released_by,
        frozen_at=run.frozen_at,
        frozen_by=run.frozen_by,
        frozen_for=frozen_for,
        tenant_version=run.tenant_version,
        input_hash=run.input_hash,
        output_hash=run.output_hash,
        summary=msgspec.convert(run.summary, Summary),
        checks=findings.checks,
        claims=findings.claims,
    )
