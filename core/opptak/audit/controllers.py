"""The audit log in the JSON API."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from opptak.audit.schemas import AuditFilter, AuditView, Outcome
from opptak.audit.service import AuditLog
from opptak.authz.actions import Action
from opptak.kit.errors import Invalid
from opptak.kit.paging import Slice
from opptak.kit.subject import Space
from opptak.tenancy.context import Work

__all__ = ("StaffAudit",)

MOST_ROWS = 500


class StaffAudit(Controller):
    """Who read or changed what."""

    path = "/audit"
    tags = ("staff",)

    @get("/", action=Action.AUDIT_READ, operation_id="audit")
    async def search(
        self,
        work: NamedDependency[Work],
        target_id: FromQuery[UUID | None] = None,
        subject_id: FromQuery[UUID | None] = None,
        action: Annotated[str, QueryParameter(max_length=60)] = "",
        outcome: FromQuery[Outcome | None] = None,
        space: FromQuery[Space | None] = None,
        reads: FromQuery[bool] = True,
        since: FromQuery[datetime | None] = None,
        until: FromQuery[datetime | None] = None,
        after: FromQuery[UUID | None] = None,
        size: Annotated[int, QueryParameter(ge=1, le=MOST_ROWS)] = 50,
    ) -> Slice[AuditView]:
        """Return a part of the entries that fit, the newest first; `after` takes the id in `last`.

        Moments need an offset, such as `2027-03-01T00:00:00Z`. Without `reads`, allowed looks are left out.
        """
        _must_have_offset(since=since, until=until)
        wanted = AuditFilter(
            target_id=target_id,
            subject_id=subject_id,
            action=action,
            outcome=outcome,
            space=space,
            reads=reads,
            since=since,
            until=until,
            size=size,
        )
        return await AuditLog(work).search(wanted, after=after)


def _must_have_offset(**moments: datetime | None) -> None:
    """Refuse moments without an offset: nobody knows whose midnight they mean. Raises Invalid."""
    naive = {name: "error.field_type" for name, one in moments.items() if one and one.utcoffset() is None}
    if naive:
        raise Invalid(naive)
