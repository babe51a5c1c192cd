"""A front that hands each connection to the next of several web processes, as a load balancer does."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle

__all__ = ("round_robin",)


@contextmanager
def round_robin(port: int, behind: Sequence[int]) -> Iterator[None]:
    """Listen on a loopback port; a web process that is away is passed over."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(_serve(port, behind, ready, stop)))
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


async def _serve(port: int, behind: Sequence[int], ready: threading.Event, stop: asyncio.Event) -> None:
    turn = cycle(behind)
    open_now: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_now.add(task)
        try:
            await _carry(reader, writer, [next(turn) for _ in behind])
        except asyncio.CancelledError:
            return
        finally:
            open_now.discard(task)
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    ready.set()
    await stop.wait()
    server.close()
    for task in list(open_now):
        task.cancel()
    await asyncio.gather(*open_now, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ports: Sequence[int]) -> None:
    for port in ports:
        with suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", port)
            try:
                await asyncio.gather(_pump(reader, back), _pump(there, writer))
            finally:
                back.close()
            return


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await source.read(65536):
            sink.write(part)
            await sink.drain()
    with suppress(OSError):
        if sink.can_write_eof():
            sink.write_eof()
