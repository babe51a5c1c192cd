"""The certificate of a round: what was decided, how it was checked, and a root over every child's line."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Literal

import msgspec

from opptak.engine.canonical import canonical_bytes
from opptak.engine.checks import CheckCode, ReleaseCheck, Severity, release_checks
from opptak.engine.instance import Instance
from opptak.engine.merkle import Lines
from opptak.engine.result import Metrics, Record, Result

__all__ = ("Certificate", "CertifiedCheck", "Deviation", "Kind", "certify", "sign")


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the parts of a certificate."""


class Kind(StrEnum):
    """What a case worker decided by hand before the run."""

    PINNED = "pinned"
    BLOCKED = "blocked"


class Deviation(_Part, frozen=True):
    """A decision by hand that the run had to keep to; the child stands under its pseudonym."""

    kind: Kind
    child: str
    program: str


class CertifiedCheck(_Part, frozen=True):
    """A release check; which children it concerns is not for the public."""

    code: CheckCode
    passed: bool
    severity: Severity
    count: int


class Certificate(_Part, frozen=True, kw_only=True):
    """What a tenant signs; `merkle_root` (hex) stands for `lines` lines, one a child."""

    format: Literal["opptak-certificate/1"] = "opptak-certificate/1"
    tenant: str
    intake: str
    record: Record
    metrics: Metrics
    checks: tuple[CertifiedCheck, ...]
    deviations: tuple[Deviation, ...]
    lines: int
    merkle_root: str


def certify(instance: Instance, result: Result, *, lines: Lines) -> Certificate:
    """Write the certificate of a result; raises ResultOfAnotherInstance."""
    return Certificate(
        tenant=instance.round.tenant,
        intake=instance.round.intake,
        record=result.record,
        metrics=result.metrics,
        checks=tuple(map(_public, release_checks(instance, result))),
        deviations=tuple(sorted(_deviations(instance), key=lambda one: (one.child, one.kind, one.program))),
        lines=len(result.assignment),
        merkle_root=lines.root,
    )


def sign(certificate: Certificate, signer: Callable[[bytes], bytes]) -> tuple[bytes, bytes]:
    """Return the canonical bytes and their Ed25519 signature; `signer` holds the tenant's key."""
    document = canonical_bytes(certificate)
    return document, signer(document)


def _public(check: ReleaseCheck) -> CertifiedCheck:
    return CertifiedCheck(code=check.code, passed=check.passed, severity=check.severity, count=check.count)


def _deviations(instance: Instance) -> Iterator[Deviation]:
    for child in instance.children:
        if child.pinned is not None:
            yield Deviation(kind=Kind.PINNED, child=child.id, program=child.pinned)
        for program in child.blocked:
            yield Deviation(kind=Kind.BLOCKED, child=child.id, program=program)
