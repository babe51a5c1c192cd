"""What somebody does about stopped work, on a page or in a program: done and noted alike."""

from uuid import UUID

from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.tenancy.context import Work
from opptak.tenancy.problems import Problems, SetAsideReason

__all__ = ("retry_all", "set_aside")


async def retry_all(work: Work, job_id: UUID) -> int:
    """Have everything tried again that stopped for the same reason; return how much. Raises NotFound."""
    problems = Problems(work)
    kind = await problems.kind(job_id)
    jobs = await problems.retry_kind(kind)
    record(work, Action.PROBLEM_RETRY, "job", job_id, actor=kind.actor, jobs=jobs)
    return jobs


async def set_aside(work: Work, job_id: UUID, reason: SetAsideReason) -> int:
    """Give up everything that stopped for the same reason; return how much. Raises NotFound."""
    problems = Problems(work)
    kind = await problems.kind(job_id)
    jobs = await problems.drop_kind(kind)
    record(
        work,
        Action.PROBLEM_SET_ASIDE,
        "job",
        job_id,
        actor=kind.actor,
        code=kind.code,
        jobs=jobs,
        reason=reason.value,
    )
    return jobs
