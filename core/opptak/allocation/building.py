"""An instance built from the applications of a round: what the engine may know, and nothing more. Pure."""

import hashlib
import hmac
from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

import msgspec

from opptak.admission.criteria import LATE, Evaluation, at_house, draws_lots, evaluate, gives_days
from opptak.admission.schemas import Applicant, Fact, Facts, RoundView
from opptak.allocation.schemas import Ruled
from opptak.engine.canonical import in_order
from opptak.engine.certificate import Kind
from opptak.engine.instance import (
    Algorithm,
    Child,
    Contributor,
    Family,
    Instance,
    Need,
    Priority,
    PriorityMode,
    Program,
    Reserve,
    Round,
    Rules,
    Wish,
)
from opptak.engine.siblings import joint_wishes
from opptak.facilities.distance import haversine
from opptak.facilities.schemas import ProgramView
from opptak.facilities.week import NO_DAY, Week, attendance, every_day, patterns, plus
from opptak.offers.reserves import UnitReserve, spread
from opptak.offers.schemas import Standing
from opptak.tenancy.config import Criteria

__all__ = ("Snapshot", "build")

LAST_TIER = 65535
"""The exchange format's tiers end here."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All a run looks at: `points` by facility, `free` places by unit and weekday, `bands` by application.

    `standings` say what earlier runs of the round have left open to an application.
    """

    tenant: str
    round: RoundView
    seed: str
    criteria: Criteria
    programs: Sequence[ProgramView]
    points: Mapping[UUID, tuple[float, float] | None]
    free: Mapping[UUID, Week]
    applicants: Sequence[Applicant]
    bands: Mapping[UUID, str]
    standings: Mapping[UUID, Standing]
    rulings: Sequence[Ruled] = ()


def build(snapshot: Snapshot, *, assumed: Collection[UUID] = ()) -> Instance:
    """Return the instance in canonical order; open claims in `assumed` count as met, all others as not."""
    builder = _Builder(snapshot)
    children = [
        builder.child(msgspec.structs.replace(one, facts=_assume(one, assumed)))
        for one in snapshot.applicants
        if takes_part(snapshot.standings.get(one.application_id))
    ]
    programs = tuple(builder.programs(children))
    return in_order(
        Instance(
            format="opptak-allocation/1",
            round=Round(
                tenant=snapshot.tenant,
                intake=snapshot.round.intake,
                seed=snapshot.seed,
                commitment=snapshot.round.commitment,
            ),
            rules=Rules(
                algorithm=Algorithm(snapshot.criteria.algorithm),
                priority=PriorityMode.POINTS,
                lottery=draws_lots(snapshot.criteria),
                fallback=snapshot.criteria.guarantee,
            ),
            programs=programs,
            children=tuple(children),
            families=tuple(_families(snapshot.criteria, children, programs)),
        )
    )


def takes_part(standing: Standing | None) -> bool:
    """Return whether a run can still do something for an application: not if it has all it is in line for."""
    return standing is None or bool(standing.listed)


class _Builder:
    """Makes the rows of an instance."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._units: dict[tuple[UUID, str], list[ProgramView]] = {}
        for program in snapshot.programs:
            self._units.setdefault((program.facility_id, program.band), []).append(program)
        self._ruled: dict[tuple[Kind, UUID], list[UUID]] = {}
        for one in snapshot.rulings:
            self._ruled.setdefault((one.kind, one.application_id), []).append(one.unit_id)
        self._reserves = spread(snapshot.criteria.reserves, snapshot.programs)
        self._by_days = gives_days(snapshot.criteria)
        self._by_unit = {program.unit_id: program for program in snapshot.programs}
        self._criteria_at = {
            program.facility_id: at_house(snapshot.criteria, program.facility_register_id)
            for program in snapshot.programs
        }

    def programs(self, children: Collection[Child]) -> Iterator[Program]:
        """Yield the units.

        Who takes part from a place of its own brings that place along, kept for this child alone: it is
        offered to the next in line once the child has accepted a better one, and never given away under it.
        """
        for program in self._snapshot.programs:
            unit = program.unit_id
            holders = [child for child in children if child.current == str(unit)]
            own = [Reserve(count=1, tag=_own_place(child.id), open=False) for child in holders]
            kept = [
                Reserve(count=count, tag=reserve.tag, open=reserve.open)
                for reserve in self._reserves.get(unit, ())
                if (count := reserve.seats - self._filled(unit, reserve)) > 0
            ]
            yield Program(
                id=str(unit),
                facility=str(program.facility_id),
                capacity=self._capacity(unit, holders),
                language=program.language or None,
                band=program.band,
                reserves=(*own, *kept),
            )

    def _capacity(self, unit: UUID, holders: Collection[Child]) -> Need:
        """Return the free places and those the holders bring along, of each weekday where these differ."""
        free = tuple(max(0, places) for places in self._snapshot.free.get(unit, NO_DAY))
        if not self._by_days:
            return min(free) + len(holders)
        return plus([free, *(_week(child.need) for child in holders)])

    def _need(self, applicant: Applicant, standing: Standing | None) -> Need:
        """Return the weekdays of the place a child has, else those it may be given first."""
        if not self._by_days:
            return 1
        if standing is not None and standing.held_unit is not None:
            return attendance(standing.held_weekdays)
        if standing is None and applicant.held_unit is not None:
            return attendance(applicant.held_weekdays)
        return self._weeks(applicant)[0]

    def _weeks(self, applicant: Applicant) -> tuple[Week, ...]:
        return patterns(applicant.days_per_week or max(self._snapshot.round.days_choices))

    def child(self, applicant: Applicant) -> Child:
        """Return an application as a row."""
        standing = self._snapshot.standings.get(applicant.application_id)
        wishes = list(self._wishes(applicant, standing))
        fallback = self._fallback(applicant, standing)
        asked = [self._by_unit[UUID(wish.program)] for wish in wishes] + fallback
        everywhere = self._evaluate(applicant, None)
        there = {program.unit_id: self._evaluate(applicant, program.facility_id) for program in asked}
        shut_out = (str(unit) for unit, found in there.items() if not found.eligible)
        name = str(applicant.application_id)
        current = self._current(applicant, standing)
        return Child(
            id=name,
            family=_pseudonym(self._snapshot.seed, applicant.family),
            ordinal=applicant.ordinal,
            wishes=tuple(wishes),
            need=self._need(applicant, standing),
            band=self._snapshot.bands[applicant.application_id],
            tags=applicant.tags if current is None else (*applicant.tags, _own_place(name)),
            current=current,
            right=applicant.right,
            fallback=tuple(str(program.unit_id) for program in fallback) or None,
            priority=_priority(applicant, everywhere),
            priority_at={
                str(unit): _priority(applicant, found)
                for unit, found in there.items()
                if _key(found) != _key(everywhere)
            },
            pinned=next(iter(self._rulings(Kind.PINNED, applicant)), None),
            blocked=tuple(sorted({*self._rulings(Kind.BLOCKED, applicant), *shut_out})),
        )

    def _rulings(self, kind: Kind, applicant: Applicant) -> list[str]:
        """Return the units of what was decided by hand about a child, as far as they are in the round."""
        found = self._ruled.get((kind, applicant.application_id), ())
        return [str(unit) for unit in found if unit in self._by_unit]

    def _wishes(self, applicant: Applicant, standing: Standing | None) -> Iterator[Wish]:
        band = self._snapshot.bands[applicant.application_id]
        needs: Sequence[Week | None] = self._weeks(applicant) if self._by_days else (None,)
        for wish in applicant.wishes:
            for program in self._units.get((wish.facility_id, band), ()):
                if standing is None or program.unit_id in standing.listed:
                    for need in needs:
                        yield Wish(program=str(program.unit_id), need=need, distance_m=wish.distance_m)

    def _fallback(self, applicant: Applicant, standing: Standing | None) -> list[ProgramView]:
        """Return the places a child with the right accepts beside its wishes, the nearest first."""
        consents = applicant.right and applicant.accepts_elsewhere and standing is None
        if not consents or not self._snapshot.criteria.guarantee:
            return []
        band = self._snapshot.bands[applicant.application_id]
        wished = {wish.facility_id for wish in applicant.wishes}
        others = [
            program
            for program in self._snapshot.programs
            if program.band == band and program.facility_id not in wished
        ]
        return sorted(others, key=lambda program: (self._metres(applicant, program), str(program.unit_id)))

    def _metres(self, applicant: Applicant, program: ProgramView) -> float:
        point = self._snapshot.points.get(program.facility_id)
        if applicant.point is None or point is None:
            return float("inf")
        return haversine(applicant.point, point)

    def _current(self, applicant: Applicant, standing: Standing | None) -> str | None:
        """Return the unit where a child has a place: in its own age band, if the house has one."""
        if standing is not None:
            return None if standing.held_unit is None else str(standing.held_unit)
        if applicant.held_unit is None or applicant.held_facility is None:
            return None
        band = self._snapshot.bands[applicant.application_id]
        own = self._by_unit.get(applicant.held_unit)
        grown = self._units.get((applicant.held_facility, band), [])
        stays = own is None or own.band == band or not grown
        return str(applicant.held_unit if stays else grown[0].unit_id)

    def _evaluate(self, applicant: Applicant, facility: UUID | None) -> Evaluation:
        here = self._snapshot.criteria if facility is None else self._criteria_at[facility]
        return evaluate(here, applicant.facts, facility=facility)

    def _filled(self, unit: UUID, reserve: UnitReserve) -> int:
        """Count the reserved places that earlier runs of the round have given to those they are kept for."""
        tags = {one.application_id: one.tags for one in self._snapshot.applicants}
        return sum(
            standing.held_unit == unit and not standing.listed and reserve.tag in tags.get(application, ())
            for application, standing in self._snapshot.standings.items()
        )


def _week(need: Need) -> Week:
    return every_day(need) if isinstance(need, int) else need


def _own_place(child: str) -> str:
    return f"place:{child}"


def _pseudonym(seed: str, family: str) -> str:
    """Return what the published files call a family: the same for siblings, in this round alone."""
    return hmac.digest(bytes.fromhex(seed), f"family|{family}".encode(), hashlib.sha256).hex()[:32]


def _key(found: Evaluation) -> tuple[int, int, tuple[int, ...]]:
    return found.tier, found.points, found.ties


def _families(
    criteria: Criteria, children: Collection[Child], programs: Collection[Program]
) -> Iterator[Family]:
    """Yield the joint wishes of siblings who apply together, where the criteria ask for these."""
    facilities = {program.id: program.facility for program in programs}
    siblings: dict[str, list[Child]] = {}
    for child in children:
        siblings.setdefault(child.family, []).append(child)
    for family, those in siblings.items():
        if tuples := joint_wishes(those, facilities, criteria.siblings).tuples:
            yield Family(id=family, tuples=tuples)


def _priority(applicant: Applicant, found: Evaluation) -> Priority:
    return Priority(
        tier=min(found.tier + LATE * applicant.late, LAST_TIER),
        points=found.points,
        ties=found.ties,
        reasons=tuple(
            Contributor(criterion=reason.criterion, points=reason.points)
            for reason in found.reasons
            if reason.points
        ),
    )


def _assume(applicant: Applicant, assumed: Collection[UUID]) -> Facts:
    facts = applicant.facts
    known: dict[Fact, bool | None] = dict(facts.known)
    at = {facility: dict(those) for facility, those in facts.at.items()}
    for claim in applicant.open_claims:
        if claim.id in assumed:
            target = known if claim.facility_id is None else at.setdefault(claim.facility_id, {})
            target[claim.fact] = True
    return msgspec.structs.replace(facts, known=known, at=at)
