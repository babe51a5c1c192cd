"""The state machines of admission: which step may follow which."""

from collections.abc import Mapping
from typing import TypeVar

from opptak.admission.errors import ApplicationMoved, ClaimMoved, RoundMoved
from opptak.admission.models import Application, Claim, Round
from opptak.admission.schemas import ApplicationStatus, ClaimState, RoundState

__all__ = (
    "CLAIM_OPEN",
    "OPEN_TO_PARENTS",
    "OUTCOMES",
    "PROCESSED",
    "move_application",
    "move_claim",
    "move_round",
)

S = TypeVar("S")

OUTCOMES = frozenset(
    {
        ApplicationStatus.ALLOCATED,
        ApplicationStatus.PLACED,
        ApplicationStatus.DECLINED,
        ApplicationStatus.LAPSED,
        ApplicationStatus.WAITING,
        ApplicationStatus.NOT_ALLOCATED,
    }
)
"""Statuses of applications that have been decided."""

PROCESSED = frozenset({ApplicationStatus.UNDER_REVIEW, ApplicationStatus.READY, *OUTCOMES})
"""Statuses of applications that take part in a run once their round is closed."""

OPEN_TO_PARENTS = frozenset(
    {ApplicationStatus.DRAFTED, ApplicationStatus.SUBMITTED, ApplicationStatus.WITHDRAWN}
)
"""Statuses in which parents may still change what they wrote."""

CLAIM_OPEN = frozenset({ClaimState.PROOF_REQUESTED, ClaimState.NEEDS_REVIEW})
"""States of a claim in which nobody knows whether it holds."""

_APPLICATION: Mapping[ApplicationStatus, frozenset[ApplicationStatus]] = {
    ApplicationStatus.DRAFTED: frozenset({ApplicationStatus.SUBMITTED, ApplicationStatus.WITHDRAWN}),
    ApplicationStatus.SUBMITTED: frozenset(
        {ApplicationStatus.UNDER_REVIEW, ApplicationStatus.READY, ApplicationStatus.WITHDRAWN}
    ),
    ApplicationStatus.UNDER_REVIEW: OUTCOMES | {ApplicationStatus.READY, ApplicationStatus.WITHDRAWN},
    ApplicationStatus.READY: OUTCOMES | {ApplicationStatus.WITHDRAWN},
    **dict.fromkeys(OUTCOMES, OUTCOMES | {ApplicationStatus.WITHDRAWN}),
    ApplicationStatus.WITHDRAWN: frozenset({ApplicationStatus.SUBMITTED}),
}

_DECIDED = frozenset({ClaimState.VERIFIED, ClaimState.REFUSED})

_CLAIM: Mapping[ClaimState, frozenset[ClaimState]] = {
    ClaimState.STATED: _DECIDED | CLAIM_OPEN,
    ClaimState.PROOF_REQUESTED: _DECIDED | {ClaimState.NEEDS_REVIEW},
    ClaimState.NEEDS_REVIEW: _DECIDED | {ClaimState.PROOF_REQUESTED},
    ClaimState.VERIFIED: frozenset({ClaimState.REFUSED}),
    ClaimState.REFUSED: frozenset({ClaimState.VERIFIED}),
}

_ROUND: Mapping[RoundState, frozenset[RoundState]] = {
    RoundState.OPEN: frozenset({RoundState.CLOSED}),
    RoundState.CLOSED: frozenset({RoundState.RELEASED}),
    RoundState.RELEASED: frozenset(),
}


def move_application(application: Application, to: ApplicationStatus) -> None:
    """Change the status; staying where it is changes nothing. Raises ApplicationMoved."""
    if _step(_APPLICATION, ApplicationStatus(application.status), to):
        application.status = to
        return
    raise ApplicationMoved(status=application.status)


def move_claim(claim: Claim, to: ClaimState) -> None:
    """Change the state; staying where it is changes nothing. Raises ClaimMoved."""
    if _step(_CLAIM, ClaimState(claim.state), to):
        claim.state = to
        return
    raise ClaimMoved(state=claim.state)


def move_round(round_: Round, to: RoundState) -> None:
    """Change the state; staying where it is changes nothing. Raises RoundMoved."""
    if _step(_ROUND, RoundState(round_.state), to):
        round_.state = to
        return
    raise RoundMoved(state=round_.state)


def _step(machine: Mapping[S, frozenset[S]], now: S, to: S) -> bool:
    return to == now or to in machine[now]
