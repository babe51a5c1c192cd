"""What a worker's threads take next: the most urgent first, and one thread is kept for what is urgent."""

import threading
from queue import Empty, PriorityQueue
from typing import Any

__all__ = ("ReservingQueue",)


class ReservingQueue(PriorityQueue[Any]):
    """Hands out at most `room` pieces of work at a time that are less urgent than priority `urgent`.

    Long work that nobody waits for would else hold every thread. Whoever gets a piece calls `task_done` in
    the same thread, as dramatiq's workers do.
    """

    def __init__(self, *, room: int, urgent: int) -> None:
        super().__init__()
        self._room = room
        self._urgent = urgent
        self._held = threading.local()

    def get_nowait(self) -> Any:
        """Return what is next though there be no room: a worker that stops hands everything back so."""
        with self.mutex:
            if not self.queue:
                raise Empty
            return super()._get()

    def task_done(self) -> None:
        """Make room for what this thread has got and done."""
        with self.mutex:
            self._room += self._held.takes_room
            self.not_empty.notify()
        super().task_done()

    def _qsize(self) -> int:
        # What may not be taken now is not there, for whoever asks. The first of a heap is the most urgent.
        return len(self.queue) if self.queue and (self._room or self._is_urgent(self.queue[0])) else 0

    def _get(self) -> Any:
        item = super()._get()
        self._held.takes_room = not self._is_urgent(item)
        self._room -= self._held.takes_room
        return item

    def _is_urgent(self, item: Any) -> bool:
        return bool(item.priority <= self._urgent)
