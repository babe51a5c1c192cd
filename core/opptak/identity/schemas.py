"""Values of the identity domain."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from opptak.authz.actions import Role
from opptak.hooks.types import Identity
from opptak.kit.subject import Space, Subject

__all__ = (
    "LIFETIMES",
    "LONGEST",
    "Login",
    "NewLogin",
    "ProviderSession",
    "RoleGrant",
    "StaffView",
    "Started",
)

LIFETIMES = {Space.PARENTS: timedelta(minutes=30), Space.STAFF: timedelta(minutes=60)}
"""How long a login lasts without a request."""

LONGEST = {Space.PARENTS: timedelta(hours=24), Space.STAFF: timedelta(hours=12)}
"""How long a login lasts at most, however much it is used (ASVS 5.0, V7.3.2): a working day for staff, who
see everybody's children; for parents as long as NIST SP 800-63B lets a login of theirs last.
"""


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A login in force and who it belongs to."""

    id: UUID
    subject: Subject
    csrf: str
    language: str
    began_at: datetime
    expires_at: datetime


class ProviderSession(msgspec.Struct, frozen=True):
    """What the logout at an identity provider needs; kept sealed."""

    provider: str
    """Its name in the plugin that brings it."""
    id_token: str


class NewLogin(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has just proved who they are."""

    space: Space
    subject_id: UUID | None
    """None for a parent whom the register has not told us of yet; `identity` is then kept, sealed."""
    name: str = ""
    level: str = ""
    language: str = ""
    identity: Identity | None = None
    provider: ProviderSession | None = None


class Started(msgspec.Struct, frozen=True):
    """A login begun: the token goes into the cookie and is stored nowhere."""

    token: str
    login_id: UUID


class RoleGrant(msgspec.Struct, frozen=True, kw_only=True):
    """A role given to a member of staff, everywhere or at one facility; `valid_to` is its last day."""

    role: Role
    valid_from: date
    valid_to: date | None = None
    facility_id: UUID | None = None


class StaffView(msgspec.Struct, frozen=True, kw_only=True):
    """A staff account."""

    id: UUID
    email: str
    name: str
    language: str
    disabled: bool
    roles: tuple[RoleGrant, ...] = ()
