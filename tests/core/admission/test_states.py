"""The state machines: exactly the steps the domain knows."""

import pytest

from opptak.admission.errors import ApplicationMoved, ClaimMoved, RoundMoved
from opptak.admission.models import Application, Claim, Round
from opptak.admission.schemas import ApplicationStatus, ClaimState, RoundState
from opptak.admission.states import move_application, move_claim, move_round

OUTCOMES = {"allocated", "placed", "declined", "lapsed", "waiting", "not_allocated"}
APPLICATION = {
    "drafted": {"submitted", "withdrawn"},
    "submitted": {"under_review", "ready", "withdrawn"},
    "under_review": {"ready", "withdrawn", *OUTCOMES},
    "ready": {"withdrawn", *OUTCOMES},
    **{outcome: {"withdrawn", *OUTCOMES} for outcome in OUTCOMES},
    "withdrawn": {"submitted"},
}
CLAIM = {
    "stated": {"proof_requested", "verified", "refused", "needs_review"},
    "proof_requested": {"verified", "refused", "needs_review"},
    "needs_review": {"proof_requested", "verified", "refused"},
    "verified": {"refused"},
    "refused": {"verified"},
}
ROUND = {"open": {"closed"}, "closed": {"released"}, "released": set()}


@pytest.mark.parametrize("now", ApplicationStatus)
@pytest.mark.parametrize("to", ApplicationStatus)
def test_application_moves_only_along_its_machine(now: ApplicationStatus, to: ApplicationStatus) -> None:
    row = Application(status=now)
    if to in APPLICATION[now] | {now}:
        move_application(row, to)
        assert row.status == to
    else:
        with pytest.raises(ApplicationMoved):
            move_application(row, to)
        assert row.status == now


@pytest.mark.parametrize("now", ClaimState)
@pytest.mark.parametrize("to", ClaimState)
def test_claim_moves_only_along_its_machine(now: ClaimState, to: ClaimState) -> None:
    row = Claim(state=now)
    if to in CLAIM[now] | {now}:
        move_claim(row, to)
        assert row.state == to
    else:
        with pytest.raises(ClaimMoved):
            move_claim(row, to)


@pytest.mark.parametrize("now", RoundState)
@pytest.mark.parametrize("to", RoundState)
def test_round_moves_only_along_its_machine(now: RoundState, to: RoundState) -> None:
    row = Round(state=now)
    if to in ROUND[now] | {now}:
        move_round(row, to)
        assert row.state == to
    else:
        with pytest.raises(RoundMoved):
            move_round(row, to)
