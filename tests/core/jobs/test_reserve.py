"""The queue of a worker's threads: how much of what nobody waits for is under way at a time."""

from queue import Empty

import msgspec
import pytest

from opptak.brokers.reserve import ReservingQueue


class Item(msgspec.Struct, frozen=True, order=True):
    priority: int
    name: str = msgspec.field(default="")


def filled(*priorities: int) -> ReservingQueue:
    queue = ReservingQueue(room=1, urgent=1)
    for number, priority in enumerate(priorities):
        queue.put(Item(priority, str(number)))
    return queue


def test_no_more_is_handed_out_than_there_is_room_for() -> None:
    queue = filled(9, 9)
    queue.get(timeout=0)
    with pytest.raises(Empty):
        queue.get(timeout=0)
    queue.task_done()
    assert queue.get(timeout=0).name == "1"


def test_urgent_work_comes_first_and_needs_no_room() -> None:
    queue = filled(9, 1, 5, 1)
    assert [queue.get(timeout=0).priority for _ in range(3)] == [1, 1, 5]
    queue.put(Item(1))
    assert queue.get(timeout=0).priority == 1
    queue.task_done()
    with pytest.raises(Empty):
        queue.get(timeout=0)


def test_whoever_stops_gets_all_that_is_left() -> None:
    queue = filled(9, 9, 5)
    assert [queue.get_nowait().priority for _ in range(3)] == [5, 9, 9]
    with pytest.raises(Empty):
        queue.get_nowait()
