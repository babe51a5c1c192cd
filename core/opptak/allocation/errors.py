"""What can stop a run on its way out."""

from opptak.kit.errors import Conflict, NotAllowed

__all__ = (
    "FourEyesRequired",
    "ReleaseBlocked",
    "RoundStillOpen",
    "RunNotChecked",
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


class RunOutdated(Conflict):
    """Applications, places or rules have changed since the run was computed."""

    code = "allocation.outdated"


class RunSuperseded(Conflict):
    """Another run of the round has been released."""

    code = "allocation.superseded"


class RoundStillOpen(Conflict):
    """People can still apply in time."""

    code = "allocation.round_still_open"
