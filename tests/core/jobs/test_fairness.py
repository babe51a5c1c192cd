"""Whose work goes to the broker next: nobody waits for another tenant's pile, and nobody waits for ever."""

import random
from collections import Counter, deque
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select

from opptak.kit import outbox
from opptak.kit.claiming import IN_FLIGHT, TENANT_IN_FLIGHT, Pointer, Rotation
from opptak.kit.clock import TravelClock
from opptak.kit.db import Role
from opptak.kit.ids import new_id
from opptak.kit.outbox import OutboxJob
from opptak.runtime import Runtime
from opptak.tenancy.jobs import Priority


class Pile:
    """The outbox as relays see it, with nothing in it at first."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.now = runtime.clock.now()

    async def add(self, tenant: UUID, jobs: int, priority: int = Priority.BULK, *, after: int = 0) -> None:
        moment = self.now + timedelta(seconds=after)
        rows = [
            outbox.row(tenant, "test.pile", {"thing": new_id()}, available_at=moment, priority=priority)
            for _ in range(jobs)
        ]
        async with self._runtime.database.unscoped(Role.RELAY) as session:
            await session.execute(outbox.put_once(), rows)

    async def claim(self, rotation: Rotation, priority: int = Priority.BULK) -> list[Pointer]:
        async with self._runtime.database.unscoped(Role.RELAY) as session:
            return list(await rotation.claim(session, priority, now=self.now))

    async def done(self, *pointers: Pointer) -> None:
        async with self._runtime.database.unscoped(Role.RELAY) as session:
            await session.execute(delete(OutboxJob).where(OutboxJob.id.in_([one.job for one in pointers])))

    async def left(self) -> int:
        async with self._runtime.database.unscoped(Role.RELAY) as session:
            return await session.scalar(select(func.count()).select_from(OutboxJob)) or 0


@pytest.fixture
async def pile(runtime: Runtime, clock: TravelClock) -> AsyncIterator[Pile]:
    async with runtime.database.unscoped(Role.RELAY) as session:
        await session.execute(delete(OutboxJob))
    yield Pile(runtime)
    async with runtime.database.unscoped(Role.RELAY) as session:
        await session.execute(delete(OutboxJob))


async def test_one_job_does_not_wait_for_the_pile_of_another_tenant(pile: Pile) -> None:
    big, small = new_id(), new_id()
    await pile.add(big, 500)
    await pile.add(small, 1)
    told = await pile.claim(Rotation())
    assert {pointer.tenant for pointer in told[:2]} == {big, small}


async def test_what_comes_later_goes_before_a_pile_that_is_there_already(pile: Pile) -> None:
    big, small = new_id(), new_id()
    rotation = Rotation()
    await pile.add(big, 500)
    first = await pile.claim(rotation)
    assert len(first) == TENANT_IN_FLIGHT
    await pile.add(small, 1)
    assert [pointer.tenant for pointer in await pile.claim(rotation)] == [small]


async def test_urgent_work_has_room_of_its_own(pile: Pile) -> None:
    tenant = new_id()
    await pile.add(tenant, 500)
    rotation = Rotation()
    await pile.claim(rotation)
    await pile.add(tenant, 1, Priority.PARENT_WAITS)
    assert len(await pile.claim(rotation, Priority.PARENT_WAITS)) == 1


async def test_broker_holds_a_bounded_number_however_much_waits(pile: Pile) -> None:
    for _ in range(2 * IN_FLIGHT):
        await pile.add(new_id(), 3)
    relays = [Rotation(), Rotation()]
    told = [pointer for rotation in relays for pointer in await pile.claim(rotation)]
    assert len(told) == IN_FLIGHT
    assert len({pointer.tenant for pointer in told}) == IN_FLIGHT
    await pile.done(*told[:5])
    assert len(await pile.claim(relays[0])) == 5


async def test_tenants_take_turns_though_there_are_more_than_places(pile: Pile) -> None:
    tenants = [new_id() for _ in range(2 * IN_FLIGHT)]
    for tenant in tenants:
        await pile.add(tenant, 3)
    rotation = Rotation()
    served: Counter[UUID] = Counter()
    for _ in range(4):
        told = await pile.claim(rotation)
        await pile.done(*told)
        served.update(pointer.tenant for pointer in told)
    assert set(served.values()) == {2}


async def test_work_that_is_not_due_is_not_told(pile: Pile) -> None:
    tenant = new_id()
    await pile.add(tenant, 1, after=60)
    assert await pile.claim(Rotation()) == []


@pytest.mark.parametrize("seed", range(5))
async def test_done_in_fair_shares_whatever_waits_and_whoever_relays(pile: Pile, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- to be the same every time
    waiting = {new_id(): chance.choice((1, 3, 20, 150)) for _ in range(chance.randint(2, 30))}
    for tenant, jobs in waiting.items():
        await pile.add(tenant, jobs)
    relays = [Rotation() for _ in range(chance.randint(1, 3))]
    broker: deque[Pointer] = deque()
    served: Counter[UUID] = Counter()
    while sum(served.values()) < sum(waiting.values()):
        broker.extend(await pile.claim(chance.choice(relays)))
        assert len(broker) <= IN_FLIGHT
        assert max(Counter(pointer.tenant for pointer in broker).values()) <= TENANT_IN_FLIGHT
        for pointer in [broker.popleft() for _ in range(min(len(broker), chance.randint(1, 40)))]:
            await pile.done(pointer)
            served[pointer.tenant] += 1
        # Nobody who still waits is behind another by more than what may be in flight.
        behind = min((served[tenant] for tenant in waiting if served[tenant] < waiting[tenant]), default=0)
        ahead = max((count for tenant, count in served.items() if count < waiting[tenant]), default=0)
        assert ahead - behind <= TENANT_IN_FLIGHT
    assert await pile.left() == 0
