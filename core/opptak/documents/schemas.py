"""Values of the documents domain: kinds and states of letters, and what pages are shown of them."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from opptak.hooks.types import DeliveryState

__all__ = (
    "PLACEHOLDERS",
    "UNDELIVERED",
    "Download",
    "LetterCount",
    "LetterEventView",
    "LetterFile",
    "LetterFilter",
    "LetterKind",
    "LetterRequest",
    "LetterRow",
    "LetterState",
    "LetterView",
    "ResendReason",
)


class LetterKind(StrEnum):
    """What a letter is about; its words are the messages `letter.<kind>.title` and `letter.<kind>.text`."""

    INVITATION = "invitation"
    REMINDER = "reminder"
    RECEIPT = "receipt"
    OFFER = "offer"
    WAITING = "waiting"
    REFUSED = "refused"
    OFFER_REMINDER = "offer_reminder"
    OFFER_EXPIRED = "offer_expired"


PLACEHOLDERS: Mapping[LetterKind, frozenset[str]] = {
    LetterKind.INVITATION: frozenset({"deadline"}),
    LetterKind.REMINDER: frozenset({"deadline"}),
    LetterKind.RECEIPT: frozenset({"case_number", "received_on"}),
    LetterKind.OFFER: frozenset({"case_number", "facility", "starts_on", "days", "answer_by"}),
    LetterKind.WAITING: frozenset({"case_number", "complaint_days"}),
    LetterKind.REFUSED: frozenset({"case_number", "complaint_days"}),
    LetterKind.OFFER_REMINDER: frozenset({"case_number", "facility", "answer_by"}),
    LetterKind.OFFER_EXPIRED: frozenset({"case_number", "facility"}),
}
"""What the content of each kind must hold, beside the optional `sentences` and `link`."""


class LetterState(StrEnum):
    """Where a letter is: before the channel has it, and then the channel's own states."""

    QUEUED = "queued"
    ACCEPTED = DeliveryState.ACCEPTED.value
    NOTIFIED = DeliveryState.NOTIFIED.value
    READ = DeliveryState.READ.value
    TO_PRINT = DeliveryState.TO_PRINT.value
    PRINTED = DeliveryState.PRINTED.value
    DELIVERED = DeliveryState.DELIVERED.value
    REFUSED = DeliveryState.REFUSED.value
    FAILED = DeliveryState.FAILED.value
    CANCELLED = "cancelled"
    """Not sent: the recipient has died."""
    UNREACHABLE = "unreachable"
    """Not sent: no address is known and the recipient does not read digital post."""


UNDELIVERED = frozenset({LetterState.FAILED, LetterState.REFUSED, LetterState.UNREACHABLE})
"""States of a letter that has not reached anybody and will not by itself."""


class ResendReason(StrEnum):
    """Why a letter is sent once more; kept in the audit log."""

    ASKED = "asked"
    """The recipient asked for it."""
    NOT_ARRIVED = "not_arrived"
    MOVED = "moved"
    """The address was wrong, and is right now."""
    OTHER = "other"


class LetterRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A letter to write.

    `key` is at most 100 characters and says what the letter is for, so that it is written once. `content`
    holds the kind's placeholders (dates as ISO text) and may hold `sentences`, a list of `{"key": message
    key, "params": {}}` shown one a line, and `link`, the path in the parents' portal where the reader goes
    on. No names, no numbers.
    """

    kind: LetterKind
    recipient_id: UUID
    language: str
    key: str
    content: dict[str, Any]
    application_id: UUID | None = None


class LetterView(msgspec.Struct, frozen=True, kw_only=True):
    """A letter, as its recipient and staff may see it."""

    id: UUID
    kind: LetterKind
    language: str
    recipient_id: UUID
    application_id: UUID | None
    state: LetterState
    channel: str
    created_at: datetime
    sent_at: datetime | None
    read_at: datetime | None
    readable: bool
    """Whether the document has been made."""


class LetterEventView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a letter; `detail` is the channel's own code, if it gave one."""

    state: LetterState
    happened_at: datetime
    detail: str


class LetterFile(msgspec.Struct, frozen=True, kw_only=True):
    """A letter with its way so far, oldest event first."""

    letter: LetterView
    recipient: str
    events: tuple[LetterEventView, ...]


class LetterFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which letters a list shows; None is no restriction."""

    kind: LetterKind | None = None
    state: LetterState | None = None
    channel: str | None = None
    language: str | None = None
    application_id: UUID | None = None
    name: str = ""
    """Words of the recipient's name or of a child's they are responsible for, or the beginnings of them,
    without regard to case and accents.
    """
    undelivered: bool = False
    """Only letters that have not reached anybody, will not by themselves, and were not sent again."""


class LetterRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the dispatch list."""

    letter: LetterView
    recipient: str


class LetterCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many letters of a kind are in a state, by channel (empty before sending) and language."""

    kind: LetterKind
    state: LetterState
    channel: str
    language: str
    number: int


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """A file to hand to a browser."""

    name: str
    media_type: str
    content: bytes
