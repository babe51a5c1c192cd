"""Applications and rounds in the JSON API: what a parent's and the staff's pages do, for programs."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from opptak.admission.rounds import current_round
from opptak.admission.schemas import (
    Answer,
    Answers,
    ApplicationCounts,
    ApplicationFilter,
    ApplicationRow,
    ApplicationSort,
    ApplicationStatus,
    ApplicationView,
    RoundView,
)
from opptak.admission.seekers import CaseFile
from opptak.admission.service import Applications, Claims, Rounds
from opptak.authz.actions import Action
from opptak.kit.errors import NotFound
from opptak.kit.paging import Window
from opptak.people.service import People
from opptak.tenancy.context import Work

__all__ = ("OwnApplications", "StaffApplications", "StaffRounds")

MOST_ROWS = 500
LONGEST_REASON = 1000


class OwnChild(msgspec.Struct, frozen=True, kw_only=True):
    """A child the caller is responsible for, with its applications, the newest first."""

    id: UUID
    name: str
    born_on: date
    applications: tuple[ApplicationView, ...]


class AnswersSent(Answers, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers to keep, or with `send` to send in; `version` is that of the application they come from."""

    version: int
    send: bool = False


class NoSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why no place is wanted."""

    answer: Answer


class DecisionSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a reason for priority holds; the reason is for the family."""

    holds: bool
    reason: Annotated[str, msgspec.Meta(max_length=LONGEST_REASON)] = ""


class IntakeSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The name of a round in the tenant's document."""

    intake: Annotated[str, msgspec.Meta(max_length=60)]


class OwnApplications(Controller):
    """A parent's children and their applications."""

    path = "/"
    tags = ("parents",)

    @get("/me/children", action=Action.OWN_CHILDREN_READ, operation_id="my_children")
    async def children(self, work: NamedDependency[Work]) -> list[OwnChild]:
        """Return the caller's children; none for somebody the register has not told of."""
        caller = work.subject.id
        if caller is None:
            return []
        applications = await Applications(work).of_guardian(caller)
        return [
            OwnChild(
                id=child.id,
                name=child.name,
                born_on=child.born_on,
                applications=tuple(one for one in applications if one.child_id == child.id),
            )
            for child in await People(work).children_of(caller)
        ]

    @post(
        "/me/children/{child_id:uuid}/application",
        action=Action.OWN_APPLICATION_WRITE,
        status_code=HTTP_200_OK,
        operation_id="start_my_application",
    )
    async def start(self, work: NamedDependency[Work], child_id: FromPath[UUID]) -> ApplicationView:
        """Start the application of a child nobody has written about; again, return the same one."""
        return await Applications(work).start_by_parent(child_id)

    @get(
        "/applications/{application_id:uuid}",
        action=Action.OWN_APPLICATION_READ,
        operation_id="my_application",
    )
    async def show(self, work: NamedDependency[Work], application_id: FromPath[UUID]) -> ApplicationView:
        """Return an application; not found for somebody else's."""
        return await Applications(work).get(application_id)

    @put(
        "/applications/{application_id:uuid}",
        action=Action.OWN_APPLICATION_WRITE,
        operation_id="answer_my_application",
    )
    async def answer(
        self, work: NamedDependency[Work], application_id: FromPath[UUID], data: JSONBody[AnswersSent]
    ) -> ApplicationView:
        """Keep the answers or send the application in."""
        applications = Applications(work)
        put_in = applications.submit if data.send else applications.save
        return await put_in(application_id, data, version=data.version)

    @post(
        "/applications/{application_id:uuid}/no",
        action=Action.OWN_APPLICATION_WRITE,
        status_code=HTTP_200_OK,
        operation_id="say_no_to_my_application",
    )
    async def say_no(
        self, work: NamedDependency[Work], application_id: FromPath[UUID], data: JSONBody[NoSent]
    ) -> ApplicationView:
        """Say that no place is wanted, and why."""
        return await Applications(work).answer_no(application_id, data.answer)

    @post(
        "/applications/{application_id:uuid}/withdrawal",
        action=Action.OWN_APPLICATION_WRITE,
        status_code=HTTP_200_OK,
        operation_id="withdraw_my_application",
    )
    async def withdraw(self, work: NamedDependency[Work], application_id: FromPath[UUID]) -> ApplicationView:
        """Withdraw an application; twice is once."""
        return await Applications(work).withdraw(application_id)


class StaffApplications(Controller):
    """Applications as the office works on them."""

    path = "/applications"
    tags = ("staff",)

    @get("/", action=Action.APPLICATION_READ, operation_id="applications")
    async def search(
        self,
        work: NamedDependency[Work],
        round_id: FromQuery[UUID | None] = None,
        status: FromQuery[ApplicationStatus | None] = None,
        answer: FromQuery[Answer | None] = None,
        facility_id: FromQuery[UUID | None] = None,
        case_number: Annotated[str, QueryParameter(max_length=100)] = "",
        name: Annotated[str, QueryParameter(max_length=100)] = "",
        born_on: FromQuery[date | None] = None,
        late: FromQuery[bool | None] = None,
        open_claims: FromQuery[bool | None] = None,
        unmet_right: FromQuery[bool | None] = None,
        unheard: FromQuery[bool | None] = None,
        sort: FromQuery[ApplicationSort] = ApplicationSort.CASE_NUMBER,
        after: FromQuery[UUID | None] = None,
        before: FromQuery[UUID | None] = None,
        size: Annotated[int, QueryParameter(ge=1, le=MOST_ROWS)] = 50,
    ) -> Window[ApplicationRow]:
        """Return a part of the applications that fit, of the current round unless another is named.

        `after` and `before` take the ids in `last` and `first` of the part before.
        """
        current = round_id or _id(current_round(await Rounds(work).all()))
        wanted = ApplicationFilter(
            round_id=current,
            statuses=(status,) if status else (),
            answers=(answer,) if answer else (),
            facility_id=facility_id,
            case_number=case_number,
            name=name,
            born_on=born_on,
            late=late,
            open_claims=open_claims,
            unmet_right=unmet_right,
            unheard=unheard,
            sort=sort,
            after=after,
            before=before,
            size=size,
        )
        return await Applications(work).search(wanted)

    @get("/{application_id:uuid}", action=Action.APPLICATION_READ, operation_id="application")
    async def show(self, work: NamedDependency[Work], application_id: FromPath[UUID]) -> CaseFile:
        """Return an application with what the register says of the child and its guardians."""
        return await Applications(work).case_file(application_id)

    @post(
        "/{application_id:uuid}/claims/{claim_id:uuid}/decision",
        action=Action.CLAIM_DECIDE,
        status_code=HTTP_200_OK,
        operation_id="decide_claim",
    )
    async def decide(
        self,
        work: NamedDependency[Work],
        application_id: FromPath[UUID],
        claim_id: FromPath[UUID],
        data: JSONBody[DecisionSent],
    ) -> ApplicationView:
        """Decide a reason for priority; one that is refused needs a reason."""
        await _claimed(work, application_id, claim_id)
        return await Claims(work).decide(claim_id, holds=data.holds, reason=data.reason)

    @post(
        "/{application_id:uuid}/claims/{claim_id:uuid}/proof",
        action=Action.CLAIM_DECIDE,
        status_code=HTTP_200_OK,
        operation_id="ask_for_proof",
    )
    async def ask_for_proof(
        self, work: NamedDependency[Work], application_id: FromPath[UUID], claim_id: FromPath[UUID]
    ) -> ApplicationView:
        """Note that the family has been asked for proof."""
        await _claimed(work, application_id, claim_id)
        return await Claims(work).ask_for_proof(claim_id)


class StaffRounds(Controller):
    """Rounds."""

    path = "/rounds"
    tags = ("staff",)

    @get("/", action=Action.ROUND_READ, operation_id="rounds")
    async def list_all(self, work: NamedDependency[Work]) -> list[RoundView]:
        """Return all rounds that have been opened."""
        return await Rounds(work).all()

    @post("/", action=Action.OUTREACH_START, status_code=HTTP_200_OK, operation_id="open_round")
    async def open(self, work: NamedDependency[Work], data: JSONBody[IntakeSent]) -> RoundView:
        """Open a round the municipality has set up; one that is open stays as it is."""
        return await Rounds(work).ensure(data.intake)

    @get("/{round_id:uuid}", action=Action.ROUND_READ, operation_id="round")
    async def show(self, work: NamedDependency[Work], round_id: FromPath[UUID]) -> RoundView:
        """Return a round."""
        return await Rounds(work).get(round_id)

    @get("/{round_id:uuid}/counts", action=Action.APPLICATION_READ, operation_id="round_counts")
    async def counts(self, work: NamedDependency[Work], round_id: FromPath[UUID]) -> ApplicationCounts:
        """Return how many applications a round has, by status and answer, of those the caller may see."""
        return await Applications(work).counts((await Rounds(work).get(round_id)).id)


def _id(found: RoundView | None) -> UUID | None:
    return found.id if found else None


async def _claimed(work: Work, application_id: UUID, claim_id: UUID) -> None:
    application = await Applications(work).get(application_id)
    if claim_id not in {claim.id for claim in application.claims}:
        raise NotFound
