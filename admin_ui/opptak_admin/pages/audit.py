"""The audit log: who read, changed or was refused what, and whether the log itself is whole."""

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Controller, get

from opptak.admission.service import Applications
from opptak.audit.schemas import AuditFilter, ChainView, Outcome
from opptak.audit.service import AuditLog
from opptak.authz.actions import Action
from opptak.identity.staff import Staff
from opptak.kit.i18n import Translator
from opptak.tenancy.context import Work
from opptak.ui.dates import format_moment
from opptak.webkit import Given, Html, Screen, WebRequest
from opptak_admin.asking import Asked, Option, asked, options
from opptak_admin.logbook import entries, wording

__all__ = ("AuditPages",)

DAY = timedelta(days=1)
AFTER = "after"
"""In the address: the last entry of the slice before."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of the list; both days are included."""

    target: str = ""
    """A case number, or the id of anything."""
    account: UUID | None = None
    action: str = ""
    outcome: Outcome | None = None
    since: date | None = None
    until: date | None = None
    after: UUID | None = None

    def at(self, zone: str, target: UUID | None) -> AuditFilter:
        """Return what to look for, with days as they are at a time zone."""
        return AuditFilter(
            target_id=target,
            subject_id=self.account,
            action=self.action,
            outcome=self.outcome,
            since=_midnight(self.since, zone) if self.since else None,
            until=_midnight(self.until + DAY, zone) if self.until else None,
        )


class ChainLine(msgspec.Struct, frozen=True, kw_only=True):
    """How the log's chain stands, in words."""

    color: str
    title: str
    text: str = ""


class AuditPages(Controller):
    """The log's viewer."""

    path = "/audit"

    @get("/", action=Action.AUDIT_READ)
    async def search(self, request: WebRequest, work: Given[Work], screen: Given[Screen]) -> Html:
        """Show some of what was read, changed or refused, the newest first."""
        text, zone, log = screen.text, work.tenant.document.time_zone, AuditLog(work)
        search = asked(request, Wanted)
        target, errors = await _target(work, search.wanted.target)
        found = await log.search(search.wanted.at(zone, target), after=search.wanted.after)
        names = await Staff(work).names()
        return screen.render(
            "staff/audit.html",
            title="staff.audit.title",
            chain=_chain(await log.chain(), zone, text),
            entries=await entries(work, found.items, text, names=names),
            older=_older(search, found.last),
            search=search,
            values=search.values,
            active=bool(_chosen(search)),
            errors={**search.errors, **errors},
            accounts=[Option(str(account), name) for account, name in names.items()],
            actions=_actions(text),
            outcomes=options(text, "staff.outcome.", Outcome),
            zone=zone,
        )


async def _target(work: Work, given: str) -> tuple[UUID | None, dict[str, str]]:
    """Return what a case number or id stands for; of one nobody knows, an id that nothing has."""
    wanted = given.strip()
    if not wanted:
        return None, {}
    try:
        return UUID(wanted), {}
    except ValueError:
        found = await Applications(work).id_of(wanted)
    errors = {} if found else {"target": "staff.audit.target.unknown"}
    return found or UUID(int=0), errors


def _older(search: Asked[Wanted], last: UUID | None) -> str:
    """Return the address of what follows; empty at the end of the list."""
    if last is None:
        return ""
    return "?" + urlencode({**_chosen(search), AFTER: str(last)})


def _chosen(search: Asked[Wanted]) -> dict[str, str]:
    """Return the filters that are set; a date is three fields."""
    names = set(Wanted.__struct_fields__) - {AFTER}
    return {name: value for name, value in search.values.items() if value and name.partition("-")[0] in names}


def _actions(text: Translator) -> list[Option]:
    """Return what can be done, in words and by them."""
    named = [
        Option(action.value, wording(f"staff.action.{action}", text, otherwise=action.value))
        for action in Action
    ]
    return sorted(named, key=lambda option: option.label)


def _chain(chain: ChainView | None, zone: str, text: Translator) -> ChainLine:
    if chain is None or chain.sealed_at is None:
        return ChainLine(color="info", title=text("staff.audit.chain.none"))
    if chain.fault is not None:
        title = text("staff.audit.chain.broken")
        return ChainLine(color="danger", title=title, text=text(f"staff.audit.fault.{chain.fault.kind}"))
    sealed = _moment(chain.sealed_at, zone, text)
    if chain.checked_at is None:
        return ChainLine(color="info", title=text("staff.audit.chain.sealed", when=sealed))
    checked = _moment(chain.checked_at, zone, text)
    title = text("staff.audit.chain.whole", when=checked)
    last = text("staff.audit.chain.last", when=sealed, n=chain.number, digest=chain.digest.hex()[:16])
    return ChainLine(color="success", title=title, text=last)


def _moment(moment: datetime, zone: str, text: Translator) -> str:
    return format_moment(moment, language=text.language, zone=zone, style="short")


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
