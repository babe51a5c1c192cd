"""Background work of the people domain."""

from uuid import UUID

from opptak.identity.logins import Logins
from opptak.people.service import People
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import Priority, actor

__all__ = ("look_up_login",)


@actor("person.look_up_login", priority=Priority.PARENT_WAITS)
async def look_up_login(work: Work, login: UUID) -> None:
    """Ask the register who has logged in; a login nobody knows stays one without children."""
    identity = await Logins(work).identity(login)
    if identity is None or identity.identity_number is None:
        return
    people = People(work)
    found = await people.fetch([identity.identity_number])
    for person in (await people.get(found.values())).values():
        await Logins(work).settle(login, subject_id=person.id, name=person.name)
