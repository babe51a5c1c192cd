"""Plain seats in rounds: all who are without a place ask at once, and every program asked sorts once."""

import numpy as np

from opptak.engine.arrays import CHOOSING, OPEN_TO_ALL, Arrays, Int32, Int64, first_of_each, spread

__all__ = ("RoundSeats",)


class RoundSeats:
    """Who sits where; a seat holds its child as one number, `(program, rank)` above, the child below.

    A round costs the seats of the programs that are asked in it. A program knows the worst rank it holds, so
    that a child walks past all who would refuse it without asking.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        asked = arrays.applicants()
        self._base = first_of_each(asked)
        self._room = np.minimum(np.maximum(arrays.seats, 0), asked)
        self._first = first_of_each(self._room)
        self._held = np.zeros(int(self._room.sum()), dtype=np.int64)
        self._size = np.zeros(len(asked), dtype=np.int64)
        choosing = arrays.seats == CHOOSING
        self._choosing = choosing if choosing.any() else None
        self._worst = np.where(choosing | (self._room > 0), OPEN_TO_ALL, -1).astype(np.int32)
        self.position: Int32 = np.zeros(arrays.children, dtype=np.int32)

    def settle(self, asking: Int32) -> Int32:
        """Let children ask from where they are; returns those who stand before a choosing program."""
        parked = []
        while len(asking):
            asking = self._walk(asking)
            if self._choosing is not None:
                waits = self._choosing[self._arrays.program[self._entry(asking)]]
                parked.append(asking[waits])
                asking = asking[~waits]
            asking = self._seat(asking)
            self.position[asking] += 1
        return np.concatenate(parked) if parked else asking

    def _entry(self, children: Int32) -> Int64:
        return self._arrays.starts[children] + self.position[children]

    def _walk(self, asking: Int32) -> Int32:
        """Move children on to the first program that does not refuse them at once; drops those at the end."""
        arrays, found = self._arrays, []
        while len(asking):
            entry = self._entry(asking)
            left = entry < arrays.starts[asking + 1]
            asking, entry = asking[left], entry[left]
            refused = arrays.rank[entry] > self._worst[arrays.program[entry]]
            found.append(asking[~refused])
            asking = asking[refused]
            self.position[asking] += 1
        return np.concatenate(found) if found else asking

    def _seat(self, asking: Int32) -> Int32:
        """Give each program asked the best of those it holds and those who ask; returns the refused."""
        if not len(asking):
            return asking
        entry = self._entry(asking)
        program = self._arrays.program[entry]
        coming = (self._base[program] + self._arrays.rank[entry]) << 32 | asking
        touched, newcomers = self._touched(program)
        sizes, room = self._size[touched], self._room[touched]
        present = np.concatenate((self._held[spread(self._first[touched], sizes)], coming))
        present.sort()
        sizes += newcomers
        kept = np.minimum(sizes, room)
        stays = np.arange(len(present)) < np.repeat(first_of_each(sizes) + room, sizes)
        self._held[spread(self._first[touched], kept)] = present[stays]
        self._size[touched] = kept
        self._remember_worst(touched[kept == room])
        return (present[~stays] & 0xFFFFFFFF).astype(np.int32)

    def _touched(self, program: Int32) -> tuple[Int64, Int64]:
        """Return the programs asked, in order, and how many ask each."""
        if len(program) * 8 < len(self._room):
            few, newcomers = np.unique(program, return_counts=True)
            return few.astype(np.int64), newcomers.astype(np.int64)
        asked = np.bincount(program, minlength=len(self._room))
        touched = np.flatnonzero(asked)
        return touched, asked[touched]

    def _remember_worst(self, full: Int64) -> None:
        last = self._held[self._first[full] + self._room[full] - 1]
        self._worst[full] = (last >> 32) - self._base[full]
