"""Who plays in the demonstration: the office's people with sample passwords, and the parents."""

from uuid import UUID

import msgspec

from opptak.authz.actions import Role
from opptak.facilities.service import Facilities
from opptak.identity.staff import Staff
from opptak.kit.subject import Space, Subject
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext

__all__ = ("PASSWORD", "PLAYERS", "Cast", "engage")

PASSWORD = "training-only-2027"  # noqa: S105 -- printed for everybody, on synthetic data alone
"""Password of all sample accounts."""

PLAYERS: tuple[tuple[str, tuple[Role, ...]], ...] = (
    ("case.worker", (Role.CASE_WORKER,)),
    ("approver", (Role.CASE_WORKER, Role.APPROVER)),
    ("leader", (Role.LEADER,)),
    ("administrator", (Role.ADMINISTRATOR, Role.AUDITOR)),
)
"""Sample accounts: the part of the address before the @, and the roles."""


class Cast(msgspec.Struct, frozen=True):
    """The subjects that act in a tenant's story."""

    case_worker: Subject
    approver: Subject

    def parent(self, person: UUID) -> Subject:
        """Return a guardian as the one who acts."""
        return Subject(space=Space.PARENTS, id=person, roles=frozenset({Role.GUARDIAN}))


async def engage(runtime: Runtime, tenant: TenantContext) -> Cast:
    """Make the sample accounts where they are missing and return who acts."""
    async with runtime.work(tenant) as work:
        staff = Staff(work)
        known = {account.email: account.id for account in await staff.list_all()}
        houses = await Facilities(work).offerable()
        for name, roles in PLAYERS:
            email = f"{name}@{tenant.slug}.example"
            if email in known or (Role.LEADER in roles and not houses):
                continue
            known[email] = await staff.add(
                email=email,
                name=name.replace(".", " ").capitalize(),
                roles=roles,
                password=PASSWORD,
                facility_id=houses[0].id if Role.LEADER in roles else None,
            )
    return Cast(
        case_worker=_staff(known[f"case.worker@{tenant.slug}.example"], Role.CASE_WORKER),
        approver=_staff(known[f"approver@{tenant.slug}.example"], Role.CASE_WORKER, Role.APPROVER),
    )


def _staff(account: UUID, *roles: Role) -> Subject:
    return Subject(space=Space.STAFF, id=account, roles=frozenset(roles))
