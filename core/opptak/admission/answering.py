"""Answers: parents confirm, change, decline or withdraw; both guardians stand in the same place."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from opptak.admission.answers import editable, faults
from opptak.admission.base import Desk
from opptak.admission.criteria import proven
from opptak.admission.errors import (
    AnswersRefused,
    ApplicationChanged,
    ApplicationLocked,
    OfferMustBeAnswered,
)
from opptak.admission.models import Application, Claim
from opptak.admission.prefill import Houses
from opptak.admission.receipts import send_receipts
from opptak.admission.repository import Whole
from opptak.admission.schemas import (
    Answer,
    Answers,
    ApplicationStatus,
    ApplicationView,
    ClaimSource,
    ClaimState,
    Fact,
    RoundView,
)
from opptak.admission.states import CLAIM_OPEN, move_application
from opptak.authz.actions import Action
from opptak.kit.subject import Space
from opptak.people.schemas import PersonView

__all__ = ("REASONS", "Answering")

REASONS = frozenset({Answer.NOT_NOW, Answer.STAYS_HOME, Answer.ELSEWHERE})
"""Answers that say no."""

_TAKEN_BACK = CLAIM_OPEN | {ClaimState.STATED}
"""States of a claim that its author may take back: nobody has decided on it."""


class Answering(Desk):
    """Takes answers."""

    async def save(self, application_id: UUID, answers: Answers, *, version: int) -> ApplicationView:
        """Keep what has been filled in so far; nothing is sent.

        Raises AnswersRefused, ApplicationChanged when `version` is not the newest, ApplicationLocked.
        """
        row, round_ = await self._changeable(application_id)
        if row.version != version:
            raise ApplicationChanged
        await self._fill(row, round_, answers, whole=row.status == ApplicationStatus.SUBMITTED)
        self._note(Action.APPLICATION_WRITE, row.id, version=row.version)
        return await self._open(row.id)

    async def submit(self, application_id: UUID, answers: Answers, *, version: int) -> ApplicationView:
        """Send the application in, or change one that was sent in; the same form twice counts once.

        After the deadline it is late and gives no statutory right. Raises AnswersRefused, ApplicationChanged,
        ApplicationLocked, RoundNotOpen.
        """
        row, round_ = await self._changeable(application_id)
        self._rounds.must_accept(round_)
        if row.version != version:
            return await self._sent_twice(row, answers, version=version)
        await self._fill(row, round_, answers, whole=True)
        if row.status != ApplicationStatus.SUBMITTED:
            await self._send_in(row, round_)
        row.answer = Answer.YES
        self._note(Action.APPLICATION_WRITE, row.id, status=row.status, version=row.version)
        return await self._open(row.id)

    async def answer_no(self, application_id: UUID, answer: Answer) -> ApplicationView:
        """Say that no place is wanted now, and why; an application that was sent in is withdrawn.

        Raises AnswersRefused for an answer that does not say no, ApplicationLocked once it is processed.
        """
        if answer not in REASONS:
            raise AnswersRefused({"answer": "admission.field.answer.unknown"})
        row, _ = await self._changeable(application_id)
        if row.answer != answer:
            row.answer = answer
            row.version += 1
            if row.status == ApplicationStatus.SUBMITTED:
                move_application(row, ApplicationStatus.WITHDRAWN)
            self._note(Action.APPLICATION_WRITE, row.id, status=row.status, answer=answer)
        return await self._open(row.id)

    async def withdraw(self, application_id: UUID) -> ApplicationView:
        """Withdraw, at any time; twice is once. Raises OfferMustBeAnswered where a place has been offered."""
        row = await self._lock(application_id)
        if row.status in (ApplicationStatus.ALLOCATED, ApplicationStatus.PLACED):
            raise OfferMustBeAnswered
        if row.status != ApplicationStatus.WITHDRAWN:
            move_application(row, ApplicationStatus.WITHDRAWN)
            row.version += 1
            self._note(Action.APPLICATION_WRITE, row.id, status=row.status)
        return await self._open(row.id)

    async def _changeable(self, application_id: UUID) -> tuple[Application, RoundView]:
        row = await self._lock(application_id)
        round_ = await self._rounds.get(row.round_id)
        today = self._work.tenant.today()
        status = ApplicationStatus(row.status)
        if not editable(status, late=row.late, today=today, deadline=round_.deadline):
            raise ApplicationLocked
        return row, round_

    async def _sent_twice(self, row: Application, answers: Answers, *, version: int) -> ApplicationView:
        """Return the application if it was sent in with these very answers a moment ago."""
        view = await self._open(row.id)
        if (
            view.status is ApplicationStatus.SUBMITTED
            and view.version == version + 1
            and _same(view, answers)
        ):
            return view
        raise ApplicationChanged

    async def _fill(self, row: Application, round_: RoundView, answers: Answers, *, whole: bool) -> None:
        stored = await self._whole(row)
        child = (await self._people.get([row.child_id]))[row.child_id]
        await self._fill_wishes(stored, round_, child, answers, whole=whole)
        row.start_on = answers.start_on
        row.days_per_week = answers.days_per_week
        row.accepts_elsewhere = answers.accepts_elsewhere
        await self._declare(row.id, wanted=answers.statutory_priority)
        row.version += 1

    async def _fill_wishes(
        self, stored: Whole, round_: RoundView, child: PersonView, answers: Answers, *, whole: bool
    ) -> None:
        """Check the form and replace the wishes where they changed; raises AnswersRefused."""
        before = tuple(wish.facility_id for wish in stored.wishes)
        # What is not wished for anew needs no look: most families leave the wishes as they are.
        changed = () if answers.wishes in (None, before) else answers.wishes or ()
        houses = await self._houses(round_.starts_on, among=changed) if changed else Houses((), ())
        band = self._rules.age_band(born_on=child.born_on, starts_on=round_.starts_on)
        offered = [facility.id for facility in houses.for_band(band)]
        found = faults(answers, round_, offered=offered, stored=before, whole=whole)
        if found:
            raise AnswersRefused(found)
        if answers.wishes is None or answers.wishes == before:
            return
        rows: Sequence[dict[str, Any]] = [
            {
                "application_id": stored.row.id,
                "facility_id": facility,
                "rank": rank,
                "distance_m": houses.distance(child.point, facility),
            }
            for rank, facility in enumerate(answers.wishes, start=1)
        ]
        await self._applications.replace_wishes(stored.row.id, rows)

    async def _whole(self, row: Application) -> Whole:
        return (await self._applications.of_ids([row.id]))[0]

    async def _declare(self, application_id: UUID, *, wanted: bool) -> None:
        """State the priority by law, or take it back while nobody has decided on it."""
        stated = await self._declared(application_id)
        if wanted and stated is None:
            proof = Fact.STATUTORY_PRIORITY in proven(self._work.tenant.criteria())
            claim = {
                "application_id": application_id,
                "fact": Fact.STATUTORY_PRIORITY,
                "facility_id": None,
                "source": ClaimSource.DECLARED,
                "state": ClaimState.NEEDS_REVIEW if proof else ClaimState.STATED,
                "details": {},
            }
            await self._applications.add_claims([claim])
        elif not wanted and stated is not None and stated.state in _TAKEN_BACK:
            await self._applications.remove_claim(stated.id)

    async def _declared(self, application_id: UUID) -> Claim | None:
        claims = await self._applications.claims_of(application_id)
        return next((claim for claim in claims if claim.fact == Fact.STATUTORY_PRIORITY), None)

    async def _send_in(self, row: Application, round_: RoundView) -> None:
        child = (await self._people.get([row.child_id]))[row.child_id]
        in_time = self._work.tenant.today() <= round_.deadline
        right = self._rules.right(born_on=child.born_on, intake_year=round_.year, applied_in_time=in_time)
        move_application(row, ApplicationStatus.SUBMITTED)
        row.late = not in_time
        row.entitled, row.entitled_reason = right.entitled, right.reason
        row.latest_start = right.latest_start
        row.submitted_at = self._work.now
        row.submitted_by = None if self._work.subject.space is Space.SYSTEM else self._work.subject.id
        await send_receipts(self._work, row)


def _same(view: ApplicationView, answers: Answers) -> bool:
    wishes = tuple(wish.facility_id for wish in view.wishes)
    return (
        view.start_on == answers.start_on
        and view.days_per_week == answers.days_per_week
        and view.accepts_elsewhere == answers.accepts_elsewhere
        and view.statutory_priority == answers.statutory_priority
        and answers.wishes in (None, wishes)
    )
