"""A token bucket a key, in this process's memory: slows down whoever guesses passwords.

With several web processes each counts for itself, so the limit is multiplied by their number; in return no
attacker can cause writes to the database.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

__all__ = ("Throttle",)

_MOST_KEYS = 10_000


class Throttle:
    """`burst` attempts at once, and one more for each `refill` that passes."""

    def __init__(self, *, burst: int, refill: timedelta) -> None:
        self._burst = burst
        self._refill = refill
        self._full_at: OrderedDict[object, datetime] = OrderedDict()

    def take(self, key: object, *, now: datetime) -> bool:
        """Use up an attempt; False, and nothing used, when none is left. `key` holds the tenant."""
        full_at = max(self._full_at.get(key, now), now) + self._refill
        if full_at - now > self._refill * self._burst:
            return False
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        if len(self._full_at) > _MOST_KEYS:
            self._full_at.popitem(last=False)
        return True

    def give_back(self, key: object) -> None:
        """Undo one `take`: the attempt was no guess."""
        if key in self._full_at:
            self._full_at[key] -= self._refill

    def clear(self, key: object) -> None:
        """Give all attempts back, after the right password."""
        self._full_at.pop(key, None)
