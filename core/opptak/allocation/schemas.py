"""States and views of runs."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from opptak.engine.certificate import Kind
from opptak.engine.checks import Severity
from opptak.engine.instance import Instance
from opptak.engine.result import Result

__all__ = (
    "CheckView",
    "ClaimInRun",
    "Fate",
    "Findings",
    "OpenedRun",
    "OwnLine",
    "Ruled",
    "RulingView",
    "RunState",
    "RunView",
    "Signed",
    "Summary",
)


class Ruled(msgspec.Struct, frozen=True, kw_only=True):
    """What a case worker has decided by hand: a child is placed in a unit (`pinned`), or not (`blocked`)."""

    application_id: UUID
    unit_id: UUID
    kind: Kind


class RulingView(msgspec.Struct, frozen=True, kw_only=True):
    """A decision by hand as staff see it."""

    id: UUID
    round_id: UUID
    application_id: UUID
    unit_id: UUID
    kind: Kind
    reason: str
    made_at: datetime
    made_by: UUID | None


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """Units a child would get one way and the other; None is no place."""

    application_id: UUID
    before: UUID | None
    after: UUID | None


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate as it was signed with Ed25519; `public_key` is PEM, all bytes are base64 in JSON."""

    intake: str
    certificate: bytes
    signature: bytes
    public_key: str


class OwnLine(msgspec.Struct, frozen=True, kw_only=True):
    """A family's own line of a certificate; `line` is its file, `holds` whether it is under the certificate.

    `pseudonym` is what the published files call the child, `place` the unit the line names, `root` the hash
    (hex) that the certificate has for all lines.
    """

    pseudonym: str
    place: UUID | None
    root: str
    line: bytes
    signed: Signed
    holds: bool


class RunState(StrEnum):
    """Where a run stands; only one of a round is released at a time."""

    COMPUTED = "computed"
    """A dry run: nobody outside has seen it."""
    CHECKED = "checked"
    RELEASED = "released"
    SUPERSEDED = "superseded"


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of a run's result; `kept` children stay where they were."""

    children: int
    placed: int
    unplaced: int
    first: int
    fallback: int
    kept: int
    right_unplaced: int
    lottery_decided: int
    seats: int


class CheckView(msgspec.Struct, frozen=True, kw_only=True):
    """Outcome of a release check; the message `allocation.check.<code>` says what it is about.

    `count` and `applications` are the faults and the applications they concern.
    """

    code: str
    passed: bool
    severity: Severity
    count: int
    applications: tuple[UUID, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether the run can't be released because of it."""
        return not self.passed and self.severity is Severity.BLOCK


class ClaimInRun(msgspec.Struct, frozen=True, kw_only=True):
    """A reason for priority nobody had decided when the run was computed, where it counts as not met.

    `decides` says whether a place depends on it; None until the checks have been made.
    """

    claim_id: UUID
    application_id: UUID
    fact: str
    decides: bool | None = None


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What has been found out about a run."""

    checks: tuple[CheckView, ...] = ()
    claims: tuple[ClaimInRun, ...] = ()


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """A run as staff see it."""

    id: UUID
    round_id: UUID
    number: int
    state: RunState
    computed_at: datetime
    computed_by: UUID | None
    checked_at: datetime | None
    checked_by: UUID | None
    released_at: datetime | None
    released_by: UUID | None
    frozen_at: datetime | None
    frozen_by: UUID | None
    frozen_for: str
    """Why the run must stay as it is; empty while it need not."""
    tenant_version: int
    input_hash: str
    output_hash: str
    summary: Summary
    checks: tuple[CheckView, ...]
    claims: tuple[ClaimInRun, ...]

    @property
    def releasable(self) -> bool:
        """Whether somebody else than who computed it may release it now."""
        return self.state is RunState.CHECKED and not any(check.blocks for check in self.checks)


class OpenedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run with all that is in it; `before` is the result of the round's run before it, if there was one."""

    view: RunView
    instance: Instance
    result: Result
    before: Result | None
