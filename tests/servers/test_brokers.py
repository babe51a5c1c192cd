"""Real brokers: what they lose is told again, what they deliver twice is done once, nobody waits for them."""

import asyncio
from collections.abc import AsyncIterator

import dramatiq
import msgspec
import pika
import pytest
import redis

from opptak.brokers import make_broker, rabbitmq
from opptak.brokers.outlet import BrokerAway, Outlet
from opptak.runtime import Runtime
from opptak.settings import Settings, SettingsInvalid
from opptak.tenancy.context import TenantContext
from opptak.worker import WorkerProcess
from tests.servers.brokers import Rabbit, Redis
from tests.servers.conftest import Deploy
from tests.servers.notes import Notebook
from tests.servers.programs import wait_until

JOBS = 60


def test_unknown_broker_is_refused_without_quoting_its_password() -> None:
    with pytest.raises(SettingsInvalid, match=r"OPPTAK_BROKER_URL: no broker for `kafka:`$"):
        make_broker("kafka://user:secret@host")


@pytest.fixture
async def worker(beside: Runtime, broker: Redis | Rabbit) -> AsyncIterator[WorkerProcess]:
    """A worker in this process, on the real broker."""
    settings = msgspec.structs.replace(beside.settings, broker_url=broker.url)
    made = WorkerProcess(Runtime(settings))
    made.start()
    yield made
    await asyncio.to_thread(made.stop)
    if not broker.running:
        broker.up()


async def _finished(notebook: Notebook) -> None:
    await asyncio.to_thread(wait_until, lambda: notebook.left() == 0, what="all jobs are done")


async def test_worker_does_each_job_once(
    beside: Runtime, municipality: TenantContext, worker: WorkerProcess, notebook: Notebook
) -> None:
    wanted = await notebook.ask_for(beside, municipality, JOBS)
    await _finished(notebook)
    assert sorted(notebook.lines()) == sorted(wanted)


async def test_message_that_can_t_be_read_stops_nobody(
    beside: Runtime,
    municipality: TenantContext,
    worker: WorkerProcess,
    broker: Redis | Rabbit,
    notebook: Notebook,
) -> None:
    for body in (b"\xff", b"[]", b'{"queue_name":"default"}'):
        _put_raw(broker, body)
    wanted = await notebook.ask_for(beside, municipality, 3)
    await _finished(notebook)
    assert sorted(notebook.lines()) == sorted(wanted)


def _put_raw(broker: Redis | Rabbit, body: bytes) -> None:
    if isinstance(broker, Redis):
        client = redis.Redis.from_url(broker.url)
        client.hset("opptak:default.msgs", body.hex(), body)
        client.rpush("opptak:default", body.hex())
        client.close()
    else:
        with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
            connection.channel().basic_publish("", "default", body)


@pytest.mark.broker
@pytest.mark.parametrize("broker", ["rabbitmq"], indirect=True)
async def test_rabbitmq_forgets_what_nobody_takes(
    broker: Redis | Rabbit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis can't, but holds no more than the outbox lets be in flight."""
    monkeypatch.setattr(rabbitmq, "KEPT_SECONDS", 1)
    made = make_broker(broker.url)
    assert isinstance(made, rabbitmq.Rabbit)
    made.declare_queue("fleeting")
    made.enqueue(_message("fleeting"))
    assert made.get_queue_message_counts("fleeting") == (1, 0, 0)
    await asyncio.to_thread(
        wait_until, lambda: made.get_queue_message_counts("fleeting") == (0, 0, 0), what="it is forgotten"
    )
    made.close()


async def test_silent_broker_holds_up_its_own_thread_alone(broker: Redis | Rabbit) -> None:
    outlet = Outlet(made := make_broker(broker.url))
    made.declare_queue("bulk")
    await outlet.send([_message()])
    broker.freeze()
    try:
        sending = asyncio.create_task(outlet.send([_message()]))
        await asyncio.sleep(0.5)
        assert not sending.done()
    finally:
        broker.thaw()
    await sending
    broker.kill()
    with pytest.raises(BrokerAway):
        await outlet.check()
    await asyncio.to_thread(broker.up)
    await outlet.check()
    await outlet.send([_message()])
    outlet.close()
    made.flush("bulk")
    made.close()


def _message(queue: str = "bulk") -> dramatiq.Message[None]:
    return dramatiq.Message(queue_name=queue, actor_name="opptak.bulk", args=(), kwargs={}, options={})


async def test_two_workers_survive_broker_and_worker_kills_while_the_web_answers(
    beside: Runtime,
    municipality: TenantContext,
    own_settings: Settings,
    broker: Redis | Rabbit,
    notebook: Notebook,
    deploy: Deploy,
) -> None:
    deployment = deploy(msgspec.structs.replace(own_settings, broker_url=broker.url))
    web = deployment.serve()
    first, second = deployment.worker(), deployment.worker()
    wanted = await notebook.ask_for(beside, municipality, JOBS)
    # The one that is up first may have done all before the other is.
    while len(notebook.workers()) < 2 and first.running and second.running:
        wanted += await notebook.ask_for(beside, municipality, JOBS)
        await asyncio.sleep(1)
    broker.kill()
    first.kill()
    wanted += await notebook.ask_for(beside, municipality, JOBS)
    await asyncio.to_thread(web.wait_until, web.ready, what="the web process is ready without a broker")
    first.start()
    await asyncio.sleep(2)
    await asyncio.to_thread(broker.up)
    await _finished(notebook)
    assert sorted(notebook.lines()) == sorted(wanted)
    for once in ("the relay was interrupted", "the relay goes on", "Consumer encountered a connection error"):
        assert second.said().count(once) == 1
    assert await asyncio.to_thread(deployment.stop) == [0, 0, 0]
