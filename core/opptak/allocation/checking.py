"""What is found out about a run before it may be released. Pure."""

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

import msgspec

from opptak.allocation.building import Snapshot, build
from opptak.allocation.open_claims import deciding
from opptak.allocation.releasing import obtained_days
from opptak.allocation.schemas import CheckView, ClaimInRun, Findings
from opptak.engine.checks import ReleaseCheck, Severity, release_checks
from opptak.engine.result import parse_result
from opptak.engine.wellformed import parse_instance
from opptak_verifier import verify

__all__ = ("examine",)


def examine(
    snapshot: Snapshot,
    *,
    instance: bytes,
    result: bytes,
    claims: Sequence[ClaimInRun],
    step: Callable[[], None],
) -> Findings:
    """Check a run by the engine's own rules and by the independent verifier, and weigh its open claims.

    `step` is called when a claim has been weighed.
    """
    asked = [claim.claim_id for claim in claims]
    decisive = deciding(lambda met: build(snapshot, assumed=met), asked, step=step)
    found = tuple(msgspec.structs.replace(claim, decides=claim.claim_id in decisive) for claim in claims)
    checks = (*_checks(instance, result, found), _days(snapshot, instance, result))
    return Findings(checks=checks, claims=found)


def _checks(instance: bytes, result: bytes, claims: Sequence[ClaimInRun]) -> Iterator[CheckView]:
    for check in release_checks(parse_instance(instance), parse_result(result)):
        yield _view(check)
    failed = [check.code for check in verify(instance, result) if not check.passed]
    yield CheckView(code="verified", passed=not failed, severity=Severity.BLOCK, count=len(failed))
    open_ = sorted({claim.application_id for claim in claims if claim.decides})
    yield CheckView(
        code="open_claims",
        passed=not open_,
        severity=Severity.BLOCK,
        count=len(open_),
        applications=tuple(open_),
    )


def _days(snapshot: Snapshot, instance: bytes, result: bytes) -> CheckView:
    """Return whether everybody who gets a place gets it on as many days as asked for."""
    asked = {str(one.application_id): one.days_per_week for one in snapshot.applicants}
    decided, given = parse_instance(instance), parse_result(result)
    fewer = [
        UUID(child.id)
        for child in decided.children
        if given.assignment[child.id] is not None and not given.keeps_place(child)
        if (days := obtained_days(decided, given, child)) is not None
        if len(days) != (asked.get(child.id) or max(snapshot.round.days_choices))
    ]
    return CheckView(
        code="days",
        passed=not fewer,
        severity=Severity.BLOCK,
        count=len(fewer),
        applications=tuple(sorted(fewer)),
    )


def _view(check: ReleaseCheck) -> CheckView:
    return CheckView(
        code=check.code,
        passed=check.passed,
        severity=check.severity,
        count=check.count,
        applications=tuple(UUID(child) for child in check.children),
    )
