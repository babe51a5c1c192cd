"""The audit log: who read or changed what."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Controller, get

from opptak.audit.schemas import AuditFilter
from opptak.audit.service import AuditLog
from opptak.authz.actions import Action
from opptak.identity.staff import Staff
from opptak.tenancy.context import Work
from opptak.webkit import Given, Html, Screen, WebRequest
from opptak_admin.asking import Option, PageNumber, asked
from opptak_admin.logbook import entries, wording

__all__ = ("AuditPages",)

DAY = timedelta(days=1)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of the list; both days are included."""

    target: UUID | None = None
    account: UUID | None = None
    action: str = ""
    since: date | None = None
    until: date | None = None
    page: PageNumber = 1

    def at(self, zone: str) -> AuditFilter:
        """Return what to look for, with days as they are at a time zone."""
        return AuditFilter(
            target_id=self.target,
            subject_id=self.account,
            action=self.action,
            since=_midnight(self.since, zone) if self.since else None,
            until=_midnight(self.until + DAY, zone) if self.until else None,
            page=self.page,
        )


class AuditPages(Controller):
    """The log's viewer."""

    path = "/audit"

    @get("/", action=Action.AUDIT_READ)
    async def search(self, request: WebRequest, work: Given[Work], screen: Given[Screen]) -> Html:
        """Show a page of what was read or changed, the newest first."""
        text, zone = screen.text, work.tenant.document.time_zone
        search = asked(request, Wanted)
        found = await AuditLog(work).search(search.wanted.at(zone))
        names = await Staff(work).names()
        actions = [
            Option(action.value, wording(f"staff.action.{action}", text, otherwise=action.value))
            for action in Action
            if not action.startswith("own_")
        ]
        return screen.render(
            "staff/audit.html",
            title="staff.audit.title",
            found=found,
            entries=await entries(work, found.items, text, names=names),
            search=search,
            values=search.values,
            errors=search.errors,
            accounts=[Option(str(account), name) for account, name in names.items()],
            actions=sorted(actions, key=lambda option: option.label),
            zone=zone,
        )


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
