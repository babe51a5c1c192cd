"""The worker: a relay tells the broker which outbox rows are due (`opptak.relay`), dramatiq runs them, and
failures are settled by class (`opptak.settling`).

The message is only a pointer; whether there is work left to do is decided by the row (see
`opptak.kit.outbox`), so a broker may deliver twice, or lose everything, without harm.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any
from uuid import UUID

import dramatiq
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.broker import Broker
from dramatiq.middleware import Middleware

from opptak.brokers import make_broker
from opptak.brokers.reserve import ReservingQueue
from opptak.domains import load_tasks
from opptak.relay import QUEUES, Relay
from opptak.runtime import Runtime
from opptak.settling import perform
from opptak.tenancy.jobs import Priority

__all__ = ("Background", "WorkerProcess")

_STOP_SECONDS = 25
"""How long running jobs may go on after the process was told to stop; their rows outlive it in any case."""
Background = Callable[[Runtime], Coroutine[Any, Any, None]]
"""A loop that runs until it is cancelled."""


class _CloseLast(Middleware):
    """Closes connections once no job runs, while the event loop they belong to still does.

    dramatiq asks the middleware added last first, so this comes before `AsyncIO` ends the loop.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def after_worker_shutdown(self, broker: Broker, worker: dramatiq.Worker) -> None:
        loop = get_event_loop_thread()
        if loop is not None:
            asyncio.run_coroutine_threadsafe(self._runtime.close(), loop.loop).result(timeout=10)


class WorkerProcess:
    """Broker, dramatiq workers and relay in threads of this process; `beside` runs in the same event loop."""

    def __init__(self, runtime: Runtime, *, beside: Sequence[Background] = ()) -> None:
        self._runtime = runtime
        list(load_tasks())
        self.broker = make_broker(runtime.settings.broker_url)
        self._relay = Relay(runtime, self.broker)
        self._background: tuple[Callable[[], Coroutine[Any, Any, None]], ...] = (
            self._relay.run,
            runtime.watch,
            *(partial(run, runtime) for run in beside),
        )
        self._tasks: list[Future[None]] = []
        self.broker.add_middleware(_CloseLast(runtime))
        dramatiq.set_broker(self.broker)
        for priority, queue in QUEUES.items():
            dramatiq.actor(
                actor_name=f"opptak.{queue}", queue_name=queue, priority=priority, broker=self.broker
            )(self._run)
        threads = runtime.settings.worker_threads
        self._worker = dramatiq.Worker(self.broker, worker_threads=threads + 1, worker_timeout=100)
        self._worker.work_queue = ReservingQueue(room=threads, urgent=Priority.PARENT_WAITS)

    def broker_answers(self) -> bool:
        """Return whether the broker did when it was asked last, a second ago at most."""
        return self._relay.broker_answers

    def start(self) -> None:
        """Start the threads."""
        self._worker.start()
        loop = get_event_loop_thread()
        if loop is None:
            raise RuntimeError("the AsyncIO middleware has no event loop")
        self._tasks = [asyncio.run_coroutine_threadsafe(run(), loop.loop) for run in self._background]

    def stop(self) -> None:
        """Let running jobs end, then stop."""
        for task in self._tasks:
            task.cancel()
        self._relay.close()
        self._worker.stop(timeout=_STOP_SECONDS * 1000)
        self.broker.close()

    async def _run(self, tenant: str, job: str) -> None:
        try:
            await perform(self._runtime, UUID(tenant), UUID(job))
        finally:
            self._relay.wake()
