"""What can go wrong with placements and their hand-over."""

from opptak.kit.errors import Conflict, NotFound

__all__ = ("ExportNotFound", "ExportNotReady", "PlacementNotFound", "SystemNotConnected")


class PlacementNotFound(NotFound):
    """There is no such placement."""

    code = "placement_not_found"


class ExportNotFound(NotFound):
    """There was no such hand-over."""

    code = "export_not_found"


class ExportNotReady(Conflict):
    """The hand-over has not been made yet."""

    code = "export_not_ready"


class SystemNotConnected(Conflict):
    """The tenant has no administration system, or none of that name."""

    code = "system_not_connected"
