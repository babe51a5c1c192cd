"""Background work as figures: what waits, what has stopped, how late it is, which services are away, and how
many logs are not whole.
"""

from sqlalchemy.exc import SQLAlchemyError

from opptak.audit.service import broken_chains
from opptak.kit import outbox
from opptak.kit.db import Role
from opptak.kit.outbox import OutboxState
from opptak.relay import QUEUES
from opptak.runtime import Runtime
from opptak.tenancy.outages import count_outages

__all__ = ("job_gauges",)


async def job_gauges(runtime: Runtime) -> dict[str, float]:
    """Return the figures of all tenants together; none while the database does not answer."""
    now = runtime.clock.now()
    try:
        async with runtime.database.unscoped(Role.RELAY) as session:
            rows = await outbox.tally(session)
            away = await count_outages(session, now=now)
            broken = await broken_chains(session)
    except (SQLAlchemyError, OSError):
        return {}
    counts = {(priority, state): (jobs, first) for priority, state, jobs, first in rows}
    found: dict[str, float] = {
        f'opptak_jobs{{queue="{queue}",state="{state}"}}': counts.get((priority, state), (0, now))[0]
        for priority, queue in QUEUES.items()
        for state in OutboxState
    }
    for priority, queue in QUEUES.items():
        _, first = counts.get((priority, OutboxState.WAITING), (0, now))
        found[f'opptak_job_late_seconds{{queue="{queue}"}}'] = max((now - first).total_seconds(), 0.0)
    return {**found, "opptak_services_away": away, "opptak_audit_chains_broken": broken}
