"""What a site says of itself; sites are found by the entry-point group `opptak.sites`."""

from typing import Protocol
from uuid import UUID

import msgspec
from litestar import Controller

from opptak.authz.actions import Action
from opptak.hooks.types import Identity
from opptak.kit.subject import Space
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work

__all__ = ("KnownPerson", "MenuItem", "PersonDirectory", "Site")


class MenuItem(msgspec.Struct, frozen=True):
    """An entry of the main menu, shown to those who may do `action` where the tenant has its module; `label`
    is a message key.
    """

    label: str
    path: str
    action: Action
    module: Module | None = None


class KnownPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who logged in, found among the tenant's people."""

    id: UUID
    name: str
    language: str = ""


class PersonDirectory(Protocol):
    """How the parents' site finds out who has logged in; the identity domain knows no people."""

    async def find(self, work: Work, identity: Identity) -> KnownPerson | None:
        """Return the person, from our own records alone (one query); called until it is found."""
        ...

    async def missing(self, work: Work, login_id: UUID) -> None:
        """Enqueue a job that asks the register; it gets the number with `Logins(work).identity(login_id)`."""
        ...


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A site: its pages, where they are, and for whom. The login pages are added to it."""

    name: str
    """Message key."""
    space: Space
    package: str
    """Import name of the package with the folders `templates` and `static`."""
    controllers: tuple[type[Controller], ...]
    prefix: str = ""
    """Path all its pages begin with, without a slash at the end."""
    menu: tuple[MenuItem, ...] = ()
    module: Module | None = None
    """What its pages belong to, but for those that name a module of their own."""
    people: PersonDirectory | None = None
    """Needed by a site for parents."""
