"""Who may see how far an errand is: whoever may read what it is about."""

from opptak.authz.check import allowed
from opptak.errands.kinds import kinds
from opptak.kit.subject import Subject

__all__ = ("may_see",)


def may_see(subject: Subject, kind: str) -> bool:
    """Return whether a subject may see errands of a kind."""
    return kind in kinds() and allowed(subject, kinds()[kind].reads)
