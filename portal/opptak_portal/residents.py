"""Who has logged in: somebody the population register has told us of, or somebody to ask it about."""

from uuid import UUID

from opptak.hooks.types import Identity
from opptak.people.service import People
from opptak.people.tasks import look_up_login
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import enqueue
from opptak.webkit import KnownPerson

__all__ = ("Residents",)


class Residents:
    """The site's directory of people."""

    async def find(self, work: Work, identity: Identity) -> KnownPerson | None:
        """Return the person with the identity number the provider vouches for."""
        if not identity.identity_number:
            return None
        person = await People(work).by_number(identity.identity_number)
        if person is None:
            return None
        return KnownPerson(id=person.id, name=person.name, language=next(iter(person.languages), ""))

    async def missing(self, work: Work, login_id: UUID) -> None:
        """Have the register asked about somebody it has not told us of."""
        await enqueue(work, look_up_login, login=login_id)
