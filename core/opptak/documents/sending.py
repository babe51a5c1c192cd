"""Letters on their way out: made into documents and handed to a channel, alone or many in a job."""

import asyncio
from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from opptak.documents import composing
from opptak.documents.files import Files
from opptak.documents.following import happened, heard
from opptak.documents.models import Letter, StoredFile
from opptak.documents.rendering import render_letter
from opptak.documents.repository import DocumentRepository
from opptak.documents.schemas import LetterKind, LetterState
from opptak.hooks.calls import chunks, gather
from opptak.hooks.errors import Configuration, Temporary
from opptak.hooks.providers import DeliveryChannel
from opptak.hooks.types import Delivery, PersonState
from opptak.hooks.types import Letter as OutgoingLetter
from opptak.people.schemas import Addressee
from opptak.people.service import People
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import actor, asked_pause, enqueue, enqueue_all, enqueue_at

__all__ = ("Dispatch", "choose_channel", "have_sent", "send_letter", "send_letters")

AT_ONCE = 20
"""Letters a job: they share queries and commit, and what a crash would do again stays little."""

IN_HAND = 4
"""Letters of a job that are made and handed over at the same time."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that was made, and what its channel said; None where there is no way to the recipient."""

    letter: Letter
    file: StoredFile
    channel: str = ""
    delivery: Delivery | None = None


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that could not be made or handed over."""

    letter: Letter
    error: Exception

    @property
    def for_all(self) -> bool:
        """Whether the reason is not the letter's own: the others will hardly fare better."""
        return isinstance(self.error, Temporary | Configuration)


class Dispatch:
    """The post office of one tenant; does its work in jobs, since every step calls the outside."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._documents = DocumentRepository(work.session)
        self._people = People(work)

    async def send(self, letter_id: UUID) -> None:
        """Make the document and hand it to a channel; nothing is sent twice, nor to the dead."""
        sent, failed = await self._dispatch([letter_id])
        if failed:
            raise failed[0].error
        await self._keep(sent)

    async def send_all(self, letter_ids: Sequence[UUID]) -> None:
        """Send letters as `send` does; where the channel takes none of them, the whole job fails.

        One that fails alone gets a job of its own, where its failure is settled: not before the channel wants
        to be asked again.
        """
        sent, failed = await self._dispatch(letter_ids)
        if failed and not sent and failed[0].for_all:
            raise max((one.error for one in failed), key=asked_pause)
        await self._keep(sent)
        for one in failed:
            moment = self._work.now + asked_pause(one.error)
            await enqueue_at(self._work, send_letter, moment, letter=one.letter.id)

    async def _dispatch(self, letter_ids: Collection[UUID]) -> tuple[list[Sent], list[Failed]]:
        """Do all that happens outside the database; the dead get nothing."""
        letters = await self._documents.lock_queued(letter_ids)
        addressees = await self._people.addressees({letter.recipient_id for letter in letters})
        living = []
        for letter in letters:
            addressee = addressees[letter.recipient_id]
            if addressee.person.state is PersonState.DEAD:
                happened(self._documents, letter, LetterState.CANCELLED, at=self._work.now)
            else:
                living.append((letter, addressee))
        outcomes = await gather(self._try, living, at_once=IN_HAND)
        return (
            [one for one in outcomes if isinstance(one, Sent)],
            [one for one in outcomes if isinstance(one, Failed)],
        )

    async def _try(self, one: tuple[Letter, Addressee]) -> Sent | Failed:
        """Make and hand over one letter. Several do this at once: the session is left alone meanwhile."""
        letter, addressee = one
        try:
            # Typst needs some milliseconds of the processor; other jobs share this event loop.
            content, file = await asyncio.to_thread(self._make, letter, addressee)
            if not addressee.reachable:
                return Sent(letter=letter, file=file)
            channel = choose_channel(
                self._work.tenant.plugins.all(DeliveryChannel), digital=addressee.digital
            )
            delivery = await channel.send(self._outgoing(letter, addressee, content))
        except Exception as error:  # noqa: BLE001 -- settled in the letter's own job, whatever it is
            return Failed(letter=letter, error=error)
        return Sent(letter=letter, file=file, channel=channel.name, delivery=delivery)

    def _make(self, letter: Letter, addressee: Addressee) -> tuple[bytes, StoredFile]:
        tenant, person = self._work.tenant, addressee.person
        page = composing.compose(
            LetterKind(letter.kind),
            letter.content,
            # Staff open the page later: a protected address is for the envelope alone.
            recipient=composing.Recipient(
                name=person.name, address=None if person.protected else addressee.address
            ),
            document=tenant.document,
            text=tenant.translator(letter.language),
            base_url=tenant.base_url,
            written_on=tenant.today(),
        )
        content = render_letter(page, language=letter.language, created=self._work.now)
        file = Files(self._work).seal(letter.id, _filename(letter), content, media_type="application/pdf")
        return content, file

    def _outgoing(self, letter: Letter, addressee: Addressee, document: bytes) -> OutgoingLetter:
        text = self._work.tenant.translator(letter.language)
        return OutgoingLetter(
            key=letter.key,
            title=composing.title(LetterKind(letter.kind), text),
            recipient_number=addressee.number,
            recipient_name=addressee.person.name,
            address=addressee.address,
            filename=_filename(letter),
            pdf=document,
            language=letter.language,
            kind=letter.kind,
            digital_only=addressee.address is None,
        )

    async def _keep(self, sent: Sequence[Sent]) -> None:
        """Write down what was made and handed over."""
        self._documents.add(*(one.file for one in sent))
        await self._documents.flush()
        now = self._work.now
        for one in sent:
            one.letter.file_id = one.file.id
            if one.delivery is None:
                happened(self._documents, one.letter, LetterState.UNREACHABLE, at=now)
                continue
            one.letter.channel = one.channel
            one.letter.reference = one.delivery.reference
            one.letter.sent_at = now
            heard(self._documents, one.letter, one.delivery, now=now)


def choose_channel(channels: Sequence[DeliveryChannel], *, digital: bool) -> DeliveryChannel:
    """Return the channel for a letter; raises Configuration when the tenant has none.

    Formal delivery comes first, then, for somebody who does not read digital post, a channel that prints;
    among equals the tenant's own order decides.
    """
    if not channels:
        raise Configuration("no_delivery_channel", hint="plugin.missing.deliverychannel")
    return max(
        channels,
        key=lambda channel: (
            "legal" in channel.capabilities,
            not digital and "print" in channel.capabilities,
        ),
    )


async def have_sent(work: Work, letter_ids: Sequence[UUID]) -> None:
    """Have letters sent after the commit, some to a job."""
    if len(letter_ids) == 1:
        await enqueue(work, send_letter, letter=letter_ids[0])
    else:
        await enqueue_all(work, send_letters, [{"letters": some} for some in chunks(letter_ids, AT_ONCE)])


@actor("letter.send", echoes=True)
async def send_letter(work: Work, letter: UUID) -> None:
    """Make and send one letter."""
    await Dispatch(work).send(letter)


@actor("letters.send", echoes=True)
async def send_letters(work: Work, letters: list[UUID]) -> None:
    """Make and send some letters."""
    await Dispatch(work).send_all(letters)


def _filename(letter: Letter) -> str:
    return f"{letter.kind}-{letter.id.hex[-8:]}.pdf"
