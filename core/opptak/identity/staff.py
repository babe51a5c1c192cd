"""Staff accounts: made, given roles, and logged in with a password."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy.exc import IntegrityError

from opptak.authz.actions import Role
from opptak.identity.errors import AccountExists, LoginRefused, PasswordTooShort, TooManyAttempts
from opptak.identity.models import StaffAccount, StaffRole
from opptak.identity.repository import StaffRepository
from opptak.identity.schemas import RoleGrant, StaffView
from opptak.identity.throttle import Throttle
from opptak.kit.errors import NotAllowed
from opptak.kit.ids import new_id
from opptak.kit.subject import Space, Subject
from opptak.tenancy.context import Work

__all__ = ("LEAST_PASSWORD", "Staff")

LEAST_PASSWORD = 12
"""Fewest characters of a password."""

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")
"""Verified where there is no account, so that the answer takes as long."""

_by_account = Throttle(burst=5, refill=timedelta(seconds=30))
_by_address = Throttle(burst=20, refill=timedelta(seconds=10))


class Staff:
    """The staff of a tenant."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._staff = StaffRepository(work.session)

    async def add(
        self,
        *,
        email: str,
        name: str,
        roles: Iterable[Role],
        password: str | None = None,
        facility_id: UUID | None = None,
    ) -> UUID:
        """Make an account with roles from today on; raises AccountExists, PasswordTooShort.

        Without a password the account waits for the municipality's own login. With a facility the roles hold
        there alone.
        """
        if password is not None and len(password) < LEAST_PASSWORD:
            raise PasswordTooShort({"password": PasswordTooShort.code}, least=LEAST_PASSWORD)
        account_id = new_id()
        hashed = None if password is None else await asyncio.to_thread(_hasher.hash, password)
        self._staff.add(StaffAccount(id=account_id, email=_address(email), name=name, password_hash=hashed))
        try:
            await self._staff.flush()
        except IntegrityError as taken:
            raise AccountExists from taken
        for role in roles:
            self._staff.add(
                StaffRole(
                    account_id=account_id,
                    role=role,
                    facility_id=facility_id,
                    valid_from=self._work.tenant.today(),
                )
            )
        return account_id

    async def authenticate(self, email: str, password: str, *, address: str) -> StaffView:
        """Return whose e-mail and password these are; raises LoginRefused, TooManyAttempts.

        `address` is the network address the attempt comes from.
        """
        tenant, wanted = self._work.tenant.id, _address(email)
        if not _by_address.take((tenant, address), now=self._work.now):
            raise TooManyAttempts
        if not _by_account.take((tenant, wanted), now=self._work.now):
            raise TooManyAttempts
        account = await self._staff.by_email(wanted)
        stored = account.password_hash if account else None
        right = await asyncio.to_thread(_verify, stored or _NOBODY, password)
        if account is None or stored is None or account.disabled_at is not None or not right:
            raise LoginRefused
        _by_account.clear((tenant, wanted))
        # A town hall shares one address; those who know their password must not lock each other out.
        _by_address.give_back((tenant, address))
        return _view(account)

    async def subject(self, account_id: UUID) -> Subject:
        """Return who acts with an account today, for work asked for before; raises NotAllowed when closed."""
        account = await self._staff.get(account_id)
        if account is None or account.disabled_at is not None:
            raise NotAllowed
        roles = await self._staff.roles_of(account_id, on=self._work.tenant.today())
        return Subject(
            space=Space.STAFF,
            id=account.id,
            name=account.name,
            roles=frozenset(role.role for role in roles),
            facilities=frozenset(role.facility_id for role in roles if role.facility_id is not None),
        )

    async def names(self) -> dict[UUID, str]:
        """Return the names of all accounts, closed ones too."""
        return {account.id: account.name for account in await self._staff.list_all()}

    async def list_all(self) -> list[StaffView]:
        """Return all accounts with the roles they have or had, by e-mail address."""
        grants: dict[UUID, list[RoleGrant]] = defaultdict(list)
        for role in await self._staff.roles():
            grants[role.account_id].append(_grant(role))
        return [_view(account, grants[account.id]) for account in await self._staff.list_all()]


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _address(email: str) -> str:
    return email.strip().casefold()


def _grant(row: StaffRole) -> RoleGrant:
    return RoleGrant(
        role=Role(row.role), valid_from=row.valid_from, valid_to=row.valid_to, facility_id=row.facility_id
    )


def _view(row: StaffAccount, roles: Sequence[RoleGrant] = ()) -> StaffView:
    return StaffView(
        id=row.id,
        email=row.email,
        name=row.name,
        language=row.language,
        disabled=row.disabled_at is not None,
        roles=tuple(roles),
    )
