"""What goes wrong and when, drawn from a seed. Pure."""

import random
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

import msgspec

__all__ = ("Fault", "Kind", "Phase", "draw")


class Phase(StrEnum):
    """Chapters of the story during which things go wrong."""

    OUTREACH = "outreach"
    """Children and guardians are found, applications drafted, letters sent."""
    ANSWERS = "answers"
    RELEASE = "release"
    """The result is computed, checked and let out; offers and letters leave the house."""
    REPLIES = "replies"
    """Offers are answered and vacated places passed on, then the places are handed over."""


class Kind(StrEnum):
    """What goes wrong."""

    WORKER_KILL = "worker killed"
    WEB_KILL = "web killed"
    SCHEDULER_KILL = "scheduler killed"
    DATABASE_KILL = "database killed"
    DATABASE_RESTART = "database restarted at once"
    COMMIT_LOST = "worker's commit: answer lost"
    WEB_COMMIT_LOST = "web's commit: answer lost"
    CONNECTIONS_CUT = "worker's database connections cut"
    LETTER_LOST = "letter sent: receipt lost on the wire"
    PAGE_LOST = "form sent: answer lost on the wire"
    SVARUT_LOST = "svarut: letter taken, connection dropped"
    SVARUT_DOUBLE = "svarut: answers twice in one"
    SVARUT_LENGTH = "svarut: false content-length"
    SVARUT_THROTTLED = "svarut: 429 with Retry-After"
    SVARUT_MALFORMED = "svarut: malformed JSON"
    SVARUT_HALF = "svarut: half an answer"
    SVARUT_DOWN = "svarut: 503 with a page"
    SVARUT_HANGS = "svarut: answers after the time-out"
    REGISTER_THROTTLED = "register: 429, Retry-After in milliseconds"
    REGISTER_MALFORMED = "register: malformed JSON"
    CONTACTS_DOWN = "contact register: 503 with a page"
    TOKENS_DOWN = "tokens: 503 with a page"
    EXPORT_LOST = "hand-over taken, connection dropped"
    CLOCK_FORWARD = "clocks jump twenty minutes on"
    CLOCK_BACK = "clocks jump two minutes back"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A fault of a phase: struck when so much of the phase's work (0 to 1) is done, and a moment later."""

    phase: Phase
    at: float
    kind: Kind
    delay: float
    """Seconds between the point and the strike, so that it falls anywhere in a job."""
    luck: float
    """Chooses the victim among several, 0 to 1."""


_KILLS: Mapping[Phase, float] = {
    Phase.OUTREACH: 0.48,
    Phase.ANSWERS: 0.12,
    Phase.RELEASE: 0.32,
    Phase.REPLIES: 0.08,
}
"""Shares of the kills; workers do most where letters are sent."""
_OTHERS: Mapping[Phase, float] = {
    Phase.OUTREACH: 0.44,
    Phase.ANSWERS: 0.12,
    Phase.RELEASE: 0.28,
    Phase.REPLIES: 0.16,
}
"""Shares of the other faults."""

_ANYWHERE = (
    Kind.SCHEDULER_KILL,
    Kind.DATABASE_KILL,
    Kind.DATABASE_RESTART,
    Kind.CONNECTIONS_CUT,
    Kind.CLOCK_FORWARD,
    Kind.CLOCK_BACK,
)
_LETTERS = (
    Kind.COMMIT_LOST,
    Kind.LETTER_LOST,
    Kind.SVARUT_LOST,
    Kind.SVARUT_DOUBLE,
    Kind.SVARUT_LENGTH,
    Kind.SVARUT_THROTTLED,
    Kind.SVARUT_MALFORMED,
    Kind.SVARUT_HALF,
    Kind.SVARUT_DOWN,
    Kind.SVARUT_HANGS,
)
_PAGES = (Kind.WEB_KILL, Kind.WEB_COMMIT_LOST, Kind.PAGE_LOST)
_REGISTERS = (Kind.REGISTER_THROTTLED, Kind.REGISTER_MALFORMED, Kind.CONTACTS_DOWN, Kind.TOKENS_DOWN)

_FITTING: Mapping[Phase, Sequence[Kind]] = {
    Phase.OUTREACH: (*_LETTERS, *_REGISTERS, *_ANYWHERE),
    Phase.ANSWERS: (*_PAGES, *_ANYWHERE),
    Phase.RELEASE: (*_LETTERS, *_PAGES, *_ANYWHERE),
    Phase.REPLIES: (*_PAGES, *_ANYWHERE, Kind.COMMIT_LOST, Kind.EXPORT_LOST),
}
"""What can strike a phase, because what it hits is at work then."""

_EARLY = frozenset(_REGISTERS)
"""The registers are asked, and tokens fetched, before anything is sent; as a release is asked for first."""

_LATE = frozenset({Kind.EXPORT_LOST})
"""The places are handed over last."""


def draw(
    seed: int, *, kills: int, others: int, phases: Collection[Phase] = tuple(Phase)
) -> dict[Phase, list[Fault]]:
    """Return the faults of each phase in the order in which they strike.

    Kinds are dealt like cards, so that each comes once before any comes twice.
    """
    chance = random.Random(f"faults {seed}")  # noqa: S311 -- chooses what breaks, guards nothing
    struck = [phase for phase, number in _spread(kills, phases, _KILLS).items() for _ in range(number)]
    drawn = [_fault(chance, phase, Kind.WORKER_KILL) for phase in struck]
    dealt: dict[Kind, int] = dict.fromkeys(Kind, 0)
    for phase, number in _spread(others, phases, _OTHERS).items():
        for _ in range(number):
            kind = min(_FITTING[phase], key=lambda kind: (dealt[kind], chance.random()))
            dealt[kind] += 1
            drawn.append(_fault(chance, phase, kind))
    ordered = sorted(drawn, key=lambda fault: fault.at)
    return {phase: [fault for fault in ordered if fault.phase is phase] for phase in Phase}


def _fault(chance: random.Random, phase: Phase, kind: Kind) -> Fault:
    first, last = 0.01, 0.95
    if kind in _EARLY or (phase is Phase.RELEASE and kind in _PAGES):
        last = 0.1
    if kind in _LATE:
        first, last = 0.9, 0.97
    return Fault(
        phase=phase,
        at=round(chance.uniform(first, last), 3),
        kind=kind,
        delay=round(chance.uniform(0, 0.4), 3),
        luck=chance.random(),
    )


def _spread(number: int, phases: Collection[Phase], shares: Mapping[Phase, float]) -> dict[Phase, int]:
    """Share a number out over the phases by their shares; largest remainders first."""
    whole = sum(shares[phase] for phase in phases)
    exact = {phase: number * shares[phase] / whole for phase in phases}
    given = {phase: int(part) for phase, part in exact.items()}
    by_remainder = sorted(exact, key=lambda phase: given[phase] - exact[phase])
    for phase in by_remainder[: number - sum(given.values())]:
        given[phase] += 1
    return given
