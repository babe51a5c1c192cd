"""What can stop a run on its way out."""

from opptak.kit.errors import Conflict, NotAllowed

__all__ = (
    "FourEyesRequired",
    "ReleaseBlocked",
    "RoundStillOpen",
    "RulingContradicts",
    "RunFrozen",
    "RunNotChecked",
    "RunNotReleased",
    "RunOutdated",
    "RunSuperseded",
)


class FourEyesRequired(NotAllowed):
    """A run is released by another member of staff than the one who computed it."""

    code = "allocation.four_eyes_required"


class RunNotChecked(Conflict):
    """The release checks have not been made."""

    code = "allocation.not_checked"


class ReleaseBlocked(Conflict):
    """Release checks have failed; `count` says how many."""

    code = "allocation.release_blocked"


class RunNotReleased(Conflict):
    """Only a released run can be frozen."""

    code = "allocation.not_released"


class RunFrozen(Conflict):
    """A released run of the round must stay as it is, such as while a complaint is dealt with."""

    code = "allocation.frozen"


class RulingContradicts(Conflict):
    """Another decision by hand says something else of the child."""

    code = "allocation.ruling_contradicts"


class RunOutdated(Conflict):
    """Applications, places or rules have changed since the run was computed."""

    code = "allocation.outdated"


class RunSuperseded(Conflict):
    """Another run of the round has been released."""

    code = "allocation.superseded"


class RoundStillOpen(Conflict):
    """People can still apply in time."""

    code = "allocation.round_still_open"
