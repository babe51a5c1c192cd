"""What can go wrong with facilities."""

from opptak.kit.errors import NotFound

__all__ = ("FacilityNotFound", "UnitNotFound")


class FacilityNotFound(NotFound):
    """There is no such facility."""

    code = "facility_not_found"


class UnitNotFound(NotFound):
    """There is no such unit, or it is in a house the subject has nothing to do with."""

    code = "unit_not_found"
