"""Letters: written once, told of to those who may know, and sent again when somebody asks."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from opptak.admission.policy import finds_protected
from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.documents.composing import check_content
from opptak.documents.errors import LetterNotFound, LetterNotReady, LetterOnItsWay
from opptak.documents.files import Files
from opptak.documents.models import Letter, LetterEvent
from opptak.documents.policy import visible
from opptak.documents.repository import DocumentRepository
from opptak.documents.schemas import (
    LetterCount,
    LetterEventView,
    LetterFile,
    LetterFilter,
    LetterKind,
    LetterRequest,
    LetterRow,
    LetterState,
    LetterView,
    ResendReason,
)
from opptak.documents.sending import have_sent
from opptak.kit.paging import Page
from opptak.kit.subject import Space
from opptak.people.service import People
from opptak.tenancy.context import Work

__all__ = ("Letters",)


class Letters:
    """Letters of one tenant."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._documents = DocumentRepository(work.session)

    async def post(
        self,
        kind: LetterKind,
        *,
        recipient_id: UUID,
        application_id: UUID | None,
        language: str,
        key: str,
        content: dict[str, Any],
    ) -> UUID:
        """Write a letter and have it sent; the same key again returns the first one. See `LetterRequest`."""
        request = LetterRequest(
            kind=kind,
            recipient_id=recipient_id,
            application_id=application_id,
            language=language,
            key=key,
            content=content,
        )
        return (await self.post_all([request]))[key]

    async def post_all(self, requests: Sequence[LetterRequest]) -> dict[str, UUID]:
        """Write letters and have them sent; return all by key, those written before included."""
        for request in requests:
            check_content(request.kind, request.content)
        new = await self._documents.save_letters([self._row(request) for request in requests])
        await have_sent(self._work, list(new.values()))
        before = {request.key for request in requests} - new.keys()
        return new | (await self._documents.ids(before) if before else {})

    async def known(self, keys: Collection[str]) -> set[str]:
        """Return those of the keys under which a letter has been written."""
        return set(await self._documents.ids(keys))

    async def overview(
        self, filter_: LetterFilter | None = None, *, page: int = 1, size: int = 50
    ) -> Page[LetterRow]:
        """Return a page of the dispatch list, newest first."""
        wanted, register = filter_ or LetterFilter(), People(self._work)
        protected = finds_protected(self._work.subject)
        named = register.written_to(wanted.name, protected=protected) if wanted.name else None
        letters, total = await self._documents.page(wanted, named=named, number=page, size=size)
        people = await register.get({letter.recipient_id for letter in letters})
        rows = tuple(
            LetterRow(letter=_view(letter), recipient=people[letter.recipient_id].name) for letter in letters
        )
        self._look("letters", None, [letter.id for letter in letters])
        return Page(items=rows, number=page, size=size, total=total)

    async def counts(self) -> dict[str, dict[str, int]]:
        """Return how many letters have been sent, by channel and language."""
        sent: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for found in await self.tally():
            if found.channel:
                sent[found.channel][found.language] += found.number
        return {channel: dict(sorted(by.items())) for channel, by in sorted(sent.items())}

    async def tally(self) -> list[LetterCount]:
        """Return how many letters there are by kind, state, channel and language."""
        return [
            LetterCount(
                kind=LetterKind(kind),
                state=LetterState(state),
                channel=channel,
                language=language,
                number=number,
            )
            for kind, state, channel, language, number in await self._documents.counts()
        ]

    async def undelivered(self) -> dict[LetterState, int]:
        """Return how many letters wait for somebody to find another way, by state; see `LetterFilter`."""
        return {LetterState(state): number for state, number in await self._documents.undelivered()}

    async def of_application(self, application_id: UUID) -> list[LetterView]:
        """Return an application's letters, newest first; a parent gets those written to them."""
        where = visible(self._work.subject)
        found = await self._documents.of_application(application_id, where=where)
        self._look("application", application_id, [letter.id for letter in found])
        return [_view(letter) for letter in found]

    async def of_recipient(self, person_id: UUID) -> list[LetterView]:
        """Return a person's letters, newest first; a parent gets only their own."""
        where = visible(self._work.subject)
        found = await self._documents.of_recipient(person_id, where=where)
        self._look("person", person_id, [letter.id for letter in found])
        return [_view(letter) for letter in found]

    async def get(self, letter_id: UUID) -> LetterFile:
        """Return a letter with what has happened to it; raises LetterNotFound."""
        letter = await self._documents.letter(letter_id, where=visible(self._work.subject))
        if letter is None:
            raise LetterNotFound
        people = await People(self._work).get([letter.recipient_id])
        self._look("letter", letter_id)
        return LetterFile(
            letter=_view(letter),
            recipient=people[letter.recipient_id].name,
            events=tuple(_event(event) for event in await self._documents.events(letter_id)),
        )

    async def pdf(self, letter_id: UUID) -> bytes:
        """Return the document; raises LetterNotFound, or LetterNotReady before it has been made."""
        letter = await self._documents.letter(letter_id, where=visible(self._work.subject))
        if letter is None:
            raise LetterNotFound
        if letter.file_id is None:
            raise LetterNotReady
        self._look("letter", letter_id)
        return (await Files(self._work).open(letter.file_id)).content

    async def resend(self, letter_id: UUID, reason: ResendReason = ResendReason.ASKED) -> UUID:
        """Have a copy sent, to the address known today; asking again before it has left returns the same
        copy.

        Raises LetterNotFound, or LetterOnItsWay for one that has not been sent the first time.
        """
        letter = await self._documents.lock(letter_id)
        if letter is None:
            raise LetterNotFound
        if letter.state == LetterState.QUEUED:
            raise LetterOnItsWay
        original = letter.key.partition("+")[0]
        copies = await self._documents.copies(original)
        waiting = [copy.id for copy in copies if copy.state == LetterState.QUEUED]
        if waiting:
            return waiting[0]
        record(self._work, Action.LETTER_RESEND, "letter", letter_id, reason=reason)
        return await self.post(
            LetterKind(letter.kind),
            recipient_id=letter.recipient_id,
            application_id=letter.application_id,
            language=letter.language,
            key=f"{original}+{len(copies) + 1}",
            content=letter.content,
        )

    def _row(self, request: LetterRequest) -> dict[str, Any]:
        return {
            "key": request.key,
            "kind": request.kind,
            "language": self._work.tenant.language(request.language),
            "recipient_id": request.recipient_id,
            "application_id": request.application_id,
            "content": request.content,
            "state": LetterState.QUEUED,
            "created_at": self._work.now,
        }

    def _look(self, kind: str, target: UUID | None, shown: Collection[UUID] = ()) -> None:
        """Note that somebody looks; the platform by itself notes what it does instead."""
        space = self._work.subject.space
        if space is not Space.SYSTEM:
            action = Action.OWN_LETTER_READ if space is Space.PARENTS else Action.LETTER_READ
            record(self._work, action, kind, target, shown=shown)


def _event(event: LetterEvent) -> LetterEventView:
    return LetterEventView(state=LetterState(event.state), happened_at=event.happened_at, detail=event.detail)


def _view(letter: Letter) -> LetterView:
    return LetterView(
        id=letter.id,
        kind=LetterKind(letter.kind),
        language=letter.language,
        recipient_id=letter.recipient_id,
        application_id=letter.application_id,
        state=LetterState(letter.state),
        channel=letter.channel,
        created_at=letter.created_at,
        sent_at=letter.sent_at,
        read_at=letter.read_at,
        readable=letter.file_id is not None,
    )
