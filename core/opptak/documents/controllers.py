"""Letters in the JSON API."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from opptak.authz.actions import Action
from opptak.documents.schemas import (
    LetterCount,
    LetterFile,
    LetterFilter,
    LetterKind,
    LetterRow,
    LetterState,
    LetterView,
    ResendReason,
)
from opptak.documents.service import Letters
from opptak.kit.paging import Page
from opptak.tenancy.context import Work

__all__ = ("OwnLetters", "StaffLetters")

PDF = "application/pdf"
MOST_ROWS = 500


class ResendSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a letter is to be sent once more."""

    reason: ResendReason


class OwnLetters(Controller):
    """The letters written to a parent."""

    path = "/"
    tags = ("parents",)

    @get("/me/letters", action=Action.OWN_LETTER_READ, operation_id="my_letters")
    async def list_own(self, work: NamedDependency[Work]) -> list[LetterView]:
        """Return the caller's letters, the newest first."""
        caller = work.subject.id
        return [] if caller is None else await Letters(work).of_recipient(caller)

    @get(
        "/letters/{letter_id:uuid}/letter.pdf",
        action=Action.OWN_LETTER_READ,
        media_type=PDF,
        operation_id="my_letter_pdf",
    )
    async def pdf(self, work: NamedDependency[Work], letter_id: FromPath[UUID]) -> Response[bytes]:
        """Return the document as it was sent."""
        return Response(await Letters(work).pdf(letter_id))


class StaffLetters(Controller):
    """Letters and their delivery."""

    path = "/letters"
    tags = ("staff",)

    @get("/", action=Action.LETTER_READ, operation_id="letters")
    async def search(
        self,
        work: NamedDependency[Work],
        kind: FromQuery[LetterKind | None] = None,
        stands: Annotated[LetterState | None, QueryParameter(name="state")] = None,
        channel: Annotated[str, QueryParameter(max_length=40)] = "",
        application_id: FromQuery[UUID | None] = None,
        name: Annotated[str, QueryParameter(max_length=100)] = "",
        page: Annotated[int, QueryParameter(ge=1, le=1_000_000)] = 1,
        size: Annotated[int, QueryParameter(ge=1, le=MOST_ROWS)] = 50,
    ) -> Page[LetterRow]:
        """Return a page of the letters that fit, the newest first."""
        wanted = LetterFilter(
            kind=kind, state=stands, channel=channel or None, application_id=application_id, name=name
        )
        return await Letters(work).overview(wanted, page=page, size=size)

    @get("/counts", action=Action.LETTER_READ, operation_id="letter_counts")
    async def counts(self, work: NamedDependency[Work]) -> list[LetterCount]:
        """Return how many letters there are by kind, state, channel and language."""
        return await Letters(work).tally()

    @get("/{letter_id:uuid}", action=Action.LETTER_READ, operation_id="letter")
    async def show(self, work: NamedDependency[Work], letter_id: FromPath[UUID]) -> LetterFile:
        """Return a letter and its way so far."""
        return await Letters(work).get(letter_id)

    @get(
        "/{letter_id:uuid}/letter.pdf",
        action=Action.LETTER_READ,
        media_type=PDF,
        operation_id="letter_pdf",
    )
    async def pdf(self, work: NamedDependency[Work], letter_id: FromPath[UUID]) -> Response[bytes]:
        """Return the document as it was sent."""
        return Response(await Letters(work).pdf(letter_id))

    @post(
        "/{letter_id:uuid}/resend",
        action=Action.LETTER_RESEND,
        status_code=HTTP_200_OK,
        operation_id="resend_letter",
    )
    async def resend(
        self, work: NamedDependency[Work], letter_id: FromPath[UUID], data: JSONBody[ResendSent]
    ) -> LetterFile:
        """Have a copy sent to the address known today; until it has left, asking again returns the same."""
        letters = Letters(work)
        return await letters.get(await letters.resend(letter_id, data.reason))
