"""Letters underway: asked about until they have arrived; what has happened to one is noted on it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from opptak.documents.models import Letter, LetterEvent
from opptak.documents.repository import DocumentRepository
from opptak.documents.schemas import LetterState
from opptak.documents.states import may_follow, move_letter
from opptak.hooks.providers import DeliveryChannel
from opptak.hooks.types import Delivery, DeliveryState
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import actor, enqueue

__all__ = ("Following", "follow_letters", "follow_on", "happened", "heard")

ASKED_AT_ONCE = 500
"""Letters asked about in one job: a city has a hundred thousand underway after its letters went out."""


class Following:
    """Asks the channels of one tenant."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._documents = DocumentRepository(work.session)

    async def follow(self, *, after: UUID | None = None) -> None:
        """Ask the channels where the letters are that have not arrived, and note what is new.

        It begins behind the letter `after`; the next job goes on from where this one ends.
        """
        underway = await self._documents.underway(after=after, limit=ASKED_AT_ONCE)
        by_channel: dict[str, list[Letter]] = defaultdict(list)
        for letter in underway:
            by_channel[letter.channel].append(letter)
        for name, letters in by_channel.items():
            channel = self._work.tenant.plugins.named(DeliveryChannel, name)
            if channel is not None:
                await self._follow(channel, letters)
        if len(underway) == ASKED_AT_ONCE:
            await enqueue(self._work, follow_on, after=underway[-1].id)

    async def _follow(self, channel: DeliveryChannel, letters: Sequence[Letter]) -> None:
        by_reference = {letter.reference: letter for letter in letters if letter.reference}
        for delivery in await channel.status(list(by_reference)):
            letter = by_reference.get(delivery.reference)
            if letter is not None:
                heard(self._documents, letter, delivery, now=self._work.now)


def heard(documents: DocumentRepository, letter: Letter, delivery: Delivery, *, now: datetime) -> None:
    """Note the channel's news; old news, told late, changes nothing."""
    state = LetterState(delivery.state)
    if not may_follow(LetterState(letter.state), state):
        return
    at = delivery.changed_at or now
    if delivery.state is DeliveryState.READ:
        letter.read_at = at
    happened(documents, letter, state, at=at, detail=delivery.detail)


def happened(
    documents: DocumentRepository, letter: Letter, state: LetterState, *, at: datetime, detail: str = ""
) -> None:
    """Note what has happened to a letter."""
    move_letter(letter, state)
    documents.add(LetterEvent(letter_id=letter.id, state=state, happened_at=at, detail=detail))


@actor("letters.follow")
async def follow_letters(work: Work) -> None:
    """Ask where the letters are that have not arrived."""
    await Following(work).follow()


@actor("letters.follow_on")
async def follow_on(work: Work, after: UUID) -> None:
    """Ask where more of the letters are, from where an earlier job ended."""
    await Following(work).follow(after=after)
