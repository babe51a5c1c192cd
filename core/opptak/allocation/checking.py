"""What is found out about a run before it may be released. Pure."""

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

import msgspec

from opptak.allocation.building import Snapshot, build
from opptak.allocation.open_claims import deciding
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
    return Findings(checks=tuple(_checks(instance, result, found)), claims=found)


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


def _view(check: ReleaseCheck) -> CheckView:
    return CheckView(
        code=check.code,
        passed=check.passed,
        severity=check.severity,
        count=check.count,
        applications=tuple(UUID(child) for child in check.children),
    )
