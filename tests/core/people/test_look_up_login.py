"""A parent who logs in before the register has told of them."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from tests.conftest import Drained
from tests.fakes import FakeTown, adult, number

from opptak.hooks.types import Identity
from opptak.identity.logins import Logins
from opptak.identity.schemas import NewLogin, Started
from opptak.kit.ids import new_id
from opptak.kit.subject import Space
from opptak.people.service import People
from opptak.people.tasks import look_up_login
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import enqueue

OpenWork = Callable[[], AbstractAsyncContextManager[Work]]
Drain = Callable[[], Awaitable[Drained]]


async def logged_in(work: OpenWork) -> Started:
    """Let number 1 log in as somebody nobody has heard of, and have the register asked."""
    identity = Identity(subject="s", identity_number=number(1), level="high")
    async with work() as opened:
        login = NewLogin(space=Space.PARENTS, subject_id=None, identity=identity)
        started = await Logins(opened).begin(login)
        await enqueue(opened, look_up_login, login=started.login_id)
    return started


async def test_login_is_settled_once_the_register_knows(work: OpenWork, town: FakeTown, drain: Drain) -> None:
    town.add(adult(1))
    started = await logged_in(work)
    assert await drain() == ["person.look_up_login"]
    async with work() as opened:
        person = await People(opened).by_number(number(1))
        login = await Logins(opened).find(started.token, Space.PARENTS)
        assert await Logins(opened).identity(started.login_id) is None
    assert person is not None
    assert login is not None
    assert (login.subject.id, login.subject.name) == (person.id, "Voksen Prøve1")


async def test_login_of_a_stranger_stays_open(work: OpenWork, town: FakeTown, drain: Drain) -> None:
    started = await logged_in(work)
    assert (await drain()).failures == []
    async with work() as opened:
        login = await Logins(opened).find(started.token, Space.PARENTS)
    assert login is not None
    assert login.subject.id is None


async def test_login_that_is_gone_asks_nobody(work: OpenWork, town: FakeTown, drain: Drain) -> None:
    async with work() as opened:
        await enqueue(opened, look_up_login, login=new_id())
    assert await drain() == ["person.look_up_login"]
    assert town.calls == []
