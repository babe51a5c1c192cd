"""The way of a letter: which state may follow which."""

from collections.abc import Mapping

from opptak.documents.errors import LetterMoved
from opptak.documents.models import Letter
from opptak.documents.schemas import LetterState

__all__ = ("UNDERWAY", "may_follow", "move_letter")

_ARRIVED = frozenset({LetterState.DELIVERED, LetterState.PRINTED, LetterState.READ})
_ENDED = _ARRIVED | {LetterState.REFUSED, LetterState.FAILED}

_NEXT: Mapping[LetterState, frozenset[LetterState]] = {
    LetterState.QUEUED: frozenset(LetterState) - {LetterState.QUEUED},
    LetterState.ACCEPTED: _ENDED | {LetterState.NOTIFIED, LetterState.TO_PRINT},
    LetterState.NOTIFIED: _ENDED | {LetterState.TO_PRINT},
    LetterState.TO_PRINT: _ENDED,
    LetterState.DELIVERED: frozenset({LetterState.READ}),
    LetterState.PRINTED: frozenset({LetterState.READ}),
    LetterState.READ: frozenset(),
    LetterState.REFUSED: frozenset(),
    LetterState.FAILED: frozenset(),
    LetterState.CANCELLED: frozenset(),
    LetterState.UNREACHABLE: frozenset(),
}

UNDERWAY = frozenset({LetterState.ACCEPTED, LetterState.NOTIFIED, LetterState.TO_PRINT})
"""States in which the channel is asked how the letter fares."""


def may_follow(before: LetterState, after: LetterState) -> bool:
    """Return whether a letter may go from one state to the other."""
    return after in _NEXT[before]


def move_letter(letter: Letter, to: LetterState) -> None:
    """Change the letter's state; staying where it is changes nothing. Raises LetterMoved."""
    before = LetterState(letter.state)
    if to is not before and not may_follow(before, to):
        raise LetterMoved(state=before)
    letter.state = to
