"""What can become of an errand besides its end."""

from opptak.kit.errors import Conflict

__all__ = ("ErrandDropped",)


class ErrandDropped(Conflict):
    """Somebody took the errand's job away before it was done."""

    code = "errands.dropped"
