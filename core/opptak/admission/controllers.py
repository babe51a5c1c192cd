"""Applications in the JSON API: what a parent's pages do, for programs."""

from datetime import date
from uuid import UUID

import msgspec
from litestar import Controller, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from opptak.admission.schemas import Answers, ApplicationView
from opptak.admission.service import Applications
from opptak.authz.actions import Action
from opptak.people.service import People
from opptak.tenancy.context import Work

__all__ = ("OwnApplications",)


class OwnChild(msgspec.Struct, frozen=True, kw_only=True):
    """A child the caller is responsible for, with its applications, the newest first."""

    id: UUID
    name: str
    born_on: date
    applications: tuple[ApplicationView, ...]


class AnswersSent(Answers, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers to keep, or with `send` to send in; `version` is that of the application they come from."""

    version: int
    send: bool = False


class OwnApplications(Controller):
    """A parent's children and their applications."""

    path = "/api/v1"
    tags = ("parents",)

    @get("/me/children", action=Action.OWN_CHILDREN_READ)
    async def children(self, work: NamedDependency[Work]) -> list[OwnChild]:
        """Return the caller's children; none for somebody the register has not told of."""
        caller = work.subject.id
        if caller is None:
            return []
        applications = await Applications(work).of_guardian(caller)
        return [
            OwnChild(
                id=child.id,
                name=child.name,
                born_on=child.born_on,
                applications=tuple(one for one in applications if one.child_id == child.id),
            )
            for child in await People(work).children_of(caller)
        ]

    @get("/applications/{application_id:uuid}", action=Action.OWN_APPLICATION_READ)
    async def show(self, work: NamedDependency[Work], application_id: FromPath[UUID]) -> ApplicationView:
        """Return an application; raises NotFound for somebody else's."""
        return await Applications(work).get(application_id)

    @put("/applications/{application_id:uuid}", action=Action.OWN_APPLICATION_WRITE)
    async def answer(
        self, work: NamedDependency[Work], application_id: FromPath[UUID], data: JSONBody[AnswersSent]
    ) -> ApplicationView:
        """Keep the answers or send the application in.

        Raises AnswersRefused, ApplicationChanged, ApplicationLocked, RoundNotOpen, and NotFound.
        """
        applications = Applications(work)
        put_in = applications.submit if data.send else applications.save
        return await put_in(application_id, data, version=data.version)
