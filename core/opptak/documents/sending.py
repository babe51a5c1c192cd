"""Letters on their way: made into documents, handed to a channel, and followed until they have arrived."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from opptak.documents import composing
from opptak.documents.files import Files
from opptak.documents.models import Letter, LetterEvent
from opptak.documents.rendering import render_letter
from opptak.documents.repository import DocumentRepository
from opptak.documents.schemas import LetterKind, LetterState
from opptak.documents.states import may_follow, move_letter
from opptak.hooks.errors import Configuration
from opptak.hooks.providers import DeliveryChannel
from opptak.hooks.types import Delivery, DeliveryState, PersonState
from opptak.hooks.types import Letter as OutgoingLetter
from opptak.people.schemas import Addressee
from opptak.people.service import People
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import actor

__all__ = ("Dispatch", "choose_channel", "follow_letters", "send_letter")

ASKED_AT_ONCE = 500
"""Letters a channel is asked about in one call."""


class Dispatch:
    """The post office of one tenant; does its work in jobs, since every step calls the outside."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._documents = DocumentRepository(work.session)
        self._people = People(work)

    async def send(self, letter_id: UUID) -> None:
        """Make the document and hand it to a channel; nothing is sent twice, nor to the dead."""
        letter = await self._documents.lock(letter_id)
        if letter is None or letter.state != LetterState.QUEUED:
            return
        addressee = (await self._people.addressees([letter.recipient_id]))[letter.recipient_id]
        if addressee.person.state is PersonState.DEAD:
            self._note(letter, LetterState.CANCELLED, at=self._work.now)
            return
        document = await self._document(letter, addressee)
        if not addressee.reachable:
            self._note(letter, LetterState.UNREACHABLE, at=self._work.now)
            return
        await self._hand_over(letter, addressee, document)

    async def follow(self) -> None:
        """Ask the channels where the letters are that have not arrived, and note what is new."""
        by_channel: dict[str, list[Letter]] = defaultdict(list)
        for letter in await self._documents.underway():
            by_channel[letter.channel].append(letter)
        for name, letters in by_channel.items():
            channel = self._work.tenant.plugins.named(DeliveryChannel, name)
            if channel is not None:
                await self._follow(channel, letters)

    async def _document(self, letter: Letter, addressee: Addressee) -> bytes:
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
        # Typst needs some milliseconds of the processor; other jobs share this event loop.
        content = await asyncio.to_thread(
            render_letter, page, language=letter.language, created=self._work.now
        )
        letter.file_id = await Files(self._work).store(
            _filename(letter), content, media_type="application/pdf"
        )
        return content

    async def _hand_over(self, letter: Letter, addressee: Addressee, document: bytes) -> None:
        tenant = self._work.tenant
        channel = choose_channel(tenant.plugins.all(DeliveryChannel), digital=addressee.digital)
        delivery = await channel.send(
            OutgoingLetter(
                key=letter.key,
                title=composing.title(LetterKind(letter.kind), tenant.translator(letter.language)),
                recipient_number=addressee.number,
                recipient_name=addressee.person.name,
                address=addressee.address,
                filename=_filename(letter),
                pdf=document,
                language=letter.language,
                kind=letter.kind,
                digital_only=addressee.address is None,
            )
        )
        letter.channel = channel.name
        letter.reference = delivery.reference
        letter.sent_at = self._work.now
        self._heard(letter, delivery)

    async def _follow(self, channel: DeliveryChannel, letters: Sequence[Letter]) -> None:
        by_reference = {letter.reference: letter for letter in letters if letter.reference}
        references = list(by_reference)
        for start in range(0, len(references), ASKED_AT_ONCE):
            for delivery in await channel.status(references[start : start + ASKED_AT_ONCE]):
                letter = by_reference.get(delivery.reference)
                if letter is not None:
                    self._heard(letter, delivery)

    def _heard(self, letter: Letter, delivery: Delivery) -> None:
        """Note the channel's news; old news, told late, changes nothing."""
        state = LetterState(delivery.state)
        if not may_follow(LetterState(letter.state), state):
            return
        at = delivery.changed_at or self._work.now
        if delivery.state is DeliveryState.READ:
            letter.read_at = at
        self._note(letter, state, at=at, detail=delivery.detail)

    def _note(self, letter: Letter, state: LetterState, *, at: datetime, detail: str = "") -> None:
        move_letter(letter, state)
        event = LetterEvent(letter_id=letter.id, state=state, happened_at=at, detail=detail)
        self._documents.add(event)


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


@actor("letter.send")
async def send_letter(work: Work, letter: UUID) -> None:
    """Make and send one letter."""
    await Dispatch(work).send(letter)


@actor("letters.follow")
async def follow_letters(work: Work) -> None:
    """Ask where the letters are that have not arrived."""
    await Dispatch(work).follow()


def _filename(letter: Letter) -> str:
    return f"{letter.kind}-{letter.id.hex[-8:]}.pdf"
