"""Staff accounts, their roles and passwords."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from tests.conftest import WorkAs

from opptak.authz.actions import Role
from opptak.identity.errors import AccountExists, LoginRefused, PasswordTooShort
from opptak.identity.logins import Logins
from opptak.identity.models import LoginSession, StaffAccount, StaffRole
from opptak.identity.schemas import Login, NewLogin
from opptak.identity.staff import Staff
from opptak.kit.clock import TravelClock
from opptak.kit.ids import new_id
from opptak.kit.subject import SYSTEM, Space
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext

PASSWORD = "correct horse battery"
EMAIL = "anne@kommune.example"


async def _staff_login(work_as: WorkAs, *roles: Role) -> str:
    async with work_as(SYSTEM) as work:
        account = await Staff(work).add(email=EMAIL, name="Anne", roles=roles, password=PASSWORD)
        return (await Logins(work).begin(NewLogin(space=Space.STAFF, subject_id=account))).token


async def _find(work_as: WorkAs, token: str) -> Login | None:
    async with work_as(SYSTEM) as work:
        return await Logins(work).find(token, Space.STAFF)


async def test_account_is_listed_with_its_roles_and_no_password(work_as: WorkAs) -> None:
    await _staff_login(work_as, Role.APPROVER, Role.AUDITOR)
    async with work_as(SYSTEM) as work:
        [account] = await Staff(work).list_all()
        stored = await work.session.scalar(select(StaffAccount.password_hash))
    assert (account.email, account.name, account.disabled) == (EMAIL, "Anne", False)
    assert {grant.role for grant in account.roles} == {Role.APPROVER, Role.AUDITOR}
    assert stored is not None
    assert stored.startswith("$argon2id$")


async def test_email_is_taken_once_at_each_tenant(
    work_as: WorkAs, runtime: Runtime, other_tenant: TenantContext
) -> None:
    await _staff_login(work_as, Role.APPROVER)
    with pytest.raises(AccountExists):
        await _staff_login(work_as, Role.LEADER)
    async with runtime.work(other_tenant) as work:
        await Staff(work).add(email=EMAIL, name="Anne", roles=[Role.LEADER], password=PASSWORD)
        assert len(await Staff(work).list_all()) == 1


async def test_short_password_is_refused(work_as: WorkAs) -> None:
    with pytest.raises(PasswordTooShort):
        async with work_as(SYSTEM) as work:
            await Staff(work).add(email=EMAIL, name="Anne", roles=[], password="too short")


async def test_closed_account_and_one_without_password_do_not_log_in(work_as: WorkAs) -> None:
    token = await _staff_login(work_as, Role.APPROVER)
    async with work_as(SYSTEM) as work:
        await work.session.execute(update(StaffAccount).values(disabled_at=work.now))
        await Staff(work).add(email="per@kommune.example", name="Per", roles=[Role.LEADER])
    assert await _find(work_as, token) is None
    for email in (EMAIL, "per@kommune.example"):
        with pytest.raises(LoginRefused):
            async with work_as(SYSTEM) as work:
                await Staff(work).authenticate(email, PASSWORD, address="192.0.2.1")


async def test_role_holds_on_its_days_alone(work_as: WorkAs, clock: TravelClock) -> None:
    token = await _staff_login(work_as, Role.APPROVER)
    async with work_as(SYSTEM) as work:
        today = work.tenant.today()
        await work.session.execute(update(StaffRole).values(valid_to=today))
    login = await _find(work_as, token)
    assert login is not None
    assert login.subject.roles == {Role.APPROVER}
    async with work_as(SYSTEM) as work:
        await work.session.execute(update(StaffRole).values(valid_to=today - timedelta(days=1)))
    login = await _find(work_as, token)
    assert login is not None
    assert login.subject.roles == frozenset()


async def test_login_forgets_itself_after_its_end(work_as: WorkAs, clock: TravelClock) -> None:
    token = await _staff_login(work_as, Role.APPROVER)
    clock.travel(timedelta(minutes=59))
    assert await _find(work_as, token) is not None
    clock.travel(timedelta(minutes=61))
    assert await _find(work_as, token) is None
    async with work_as(SYSTEM) as work:
        assert await Logins(work).whose(token) is not None
        clock.travel(timedelta(minutes=61))
        await Logins(work).forget_ended()
        assert await Logins(work).whose(token) is None


async def test_token_opens_its_own_space_alone_and_is_stored_nowhere(work_as: WorkAs) -> None:
    async with work_as(SYSTEM) as work:
        new = NewLogin(space=Space.PARENTS, subject_id=new_id(), name="Ola")
        started = await Logins(work).begin(new)
    async with work_as(SYSTEM) as work:
        assert await Logins(work).find(started.token, Space.PARENTS) is not None
        assert await Logins(work).find(started.token, Space.STAFF) is None
        assert await Logins(work).find(started.token[:-1], Space.PARENTS) is None
        row = await work.session.scalar(select(LoginSession))
        assert row is not None
        assert started.token not in str(vars(row))


async def test_staff_behind_one_address_do_not_lock_each_other_out(work_as: WorkAs) -> None:
    await _staff_login(work_as, Role.APPROVER)
    for _ in range(25):
        async with work_as(SYSTEM) as work:
            await Staff(work).authenticate(EMAIL, PASSWORD, address="192.0.2.2")


async def test_login_in_use_ends_after_a_working_day(work_as: WorkAs, clock: TravelClock) -> None:
    token = await _staff_login(work_as, Role.CASE_WORKER)
    for _ in range(23):
        clock.travel_to(clock.now() + timedelta(minutes=30))
        assert await _find(work_as, token) is not None
    clock.travel_to(clock.now() + timedelta(minutes=30))

    assert await _find(work_as, token) is None
