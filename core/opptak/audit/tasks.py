"""Background work of the audit log."""

import logging
from datetime import timedelta

from opptak.audit.service import AuditLog
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import Priority, actor
from opptak.tenancy.schedule import Periodic

__all__ = ("PERIODIC", "seal_log", "verify_log")

_log = logging.getLogger(__name__)


@actor("audit.seal", priority=Priority.BULK)
async def seal_log(work: Work) -> None:
    """Seal what was noted since the last seal."""
    await AuditLog(work).seal()


@actor("audit.verify", priority=Priority.BULK)
async def verify_log(work: Work) -> None:
    """Look the whole chain over; the log's page shows what was found, and the service's own log a fault."""
    log = AuditLog(work)
    await log.seal()
    fault = (await log.verify()).fault
    if fault is not None:
        _log.error("audit log broken", extra={"tenant": work.tenant.slug, "fault": str(fault.kind)})


PERIODIC = (
    Periodic("audit.seal", seal_log, every=timedelta(minutes=5)),
    Periodic("audit.verify", verify_log, every=timedelta(days=1)),
)
"""Before it is sealed an entry could be changed unnoticed; sealing costs a quiet tenant a short job."""
