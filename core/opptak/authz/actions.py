"""Every action a handler can name. The value is stable: it is stored in audit entries and policies."""

from enum import StrEnum

__all__ = ("Action", "Role")


class Role(StrEnum):
    """Roles a municipality gives; parents have the role `guardian` by being logged in as one."""

    GUARDIAN = "guardian"
    CASE_WORKER = "case_worker"
    APPROVER = "approver"
    """Releases what somebody else has prepared (four eyes)."""
    LEADER = "leader"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Action(StrEnum):
    """Actions, `noun.verb`."""

    OWN_CHILDREN_READ = "own_children.read"
    OWN_APPLICATION_READ = "own_application.read"
    OWN_APPLICATION_WRITE = "own_application.write"
    OWN_OFFER_ANSWER = "own_offer.answer"
    OWN_LETTER_READ = "own_letter.read"
    TODAY_READ = "today.read"
    APPLICATION_READ = "application.read"
    APPLICATION_WRITE = "application.write"
    CLAIM_DECIDE = "claim.decide"
    FACILITY_READ = "facility.read"
    FACILITY_IMPORT = "facility.import"
    CAPACITY_WRITE = "capacity.write"
    ROUND_READ = "round.read"
    RUN_READ = "run.read"
    """To see which child would get what."""
    RUN_COMPUTE = "run.compute"
    RUN_CHECK = "run.check"
    RUN_RELEASE = "run.release"
    RUN_RULE = "run.rule"
    """To place a child by hand, or to keep it out of a unit."""
    RUN_FREEZE = "run.freeze"
    """To say that a released run must stay as it is, or need not any more."""
    LETTER_READ = "letter.read"
    LETTER_RESEND = "letter.resend"
    OFFER_READ = "offer.read"
    PLACEMENT_READ = "placement.read"
    PLACEMENT_EXPORT = "placement.export"
    OUTREACH_START = "outreach.start"
    ERRAND_READ = "errand.read"
    """To see how far long work is; which work, its own action says."""
    AUDIT_READ = "audit.read"
    PROBLEM_READ = "problem.read"
    PROBLEM_RETRY = "problem.retry"
    PROBLEM_SET_ASIDE = "problem.set_aside"
    TENANT_CONFIGURE = "tenant.configure"
