"""Background work of the placements domain."""

from opptak.placements.exporting import export_placements

__all__ = ("export_placements",)
