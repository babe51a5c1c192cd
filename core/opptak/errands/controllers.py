"""Long work in the JSON API: how far it is."""

from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from opptak.authz.actions import Action
from opptak.errands.schemas import ErrandView
from opptak.errands.service import Errands
from opptak.tenancy.context import Work

__all__ = ("StaffErrands",)


class StaffErrands(Controller):
    """Work that was asked for and is done elsewhere."""

    path = "/errands"
    tags = ("staff",)

    @get("/{errand_id:uuid}", action=Action.ROUND_READ, operation_id="errand")
    async def show(self, work: NamedDependency[Work], errand_id: FromPath[UUID]) -> ErrandView:
        """Return how far a piece of long work is, and what came of it."""
        return await Errands(work).get(errand_id)
