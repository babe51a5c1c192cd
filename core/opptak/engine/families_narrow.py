"""What can't happen in any outcome without blocking families, found before the solver is asked.

Deferred acceptance from both sides at once. A party can't have a seat if as many others with a better rank as
there are seats have nothing better to hope for; and it is sure of a seat, and ends with nothing worse, if
fewer others with a better rank than there are seats can come. A family with tuples counts among those who can
come as long as it may, and among those with nothing better to hope for only where all that is left to it
seats the child there. Usually this leaves few parties to decide about.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterator
from typing import NamedTuple

from opptak.engine.families_town import Town

__all__ = ("bits", "narrow")


def narrow(town: Town, *, pardoned: Collection[int] = (), blocking: int = 0) -> list[int]:
    """Return for each party, as bits, what it may get where at most `blocking` of the `pardoned` block.

    No bits are left where there is no such outcome. A pardoned party is sure of nothing, since it may be one
    of those that block; and as many of them as may block do not count among those who go before others.
    """
    search = _Search(town, frozenset(pardoned), blocking)
    search.run()
    return search.left


class _Entry(NamedTuple):
    """A child that may come to a program, in the order of the program."""

    party: int
    options: int
    """As bits: those that seat the child here."""
    tests: tuple[tuple[int, int], ...]
    """Options of which the child is the last here, each with the seats it asks for."""


class _Search:
    def __init__(self, town: Town, pardoned: frozenset[int], blocking: int) -> None:
        self._town = town
        self._pardoned = pardoned
        self._blocking = blocking
        self._together = [party.family is not None for party in town.parties]
        self.left = [(1 << len(party.options)) - 1 for party in town.parties]
        self._entries = _entries(town)
        self._sure: dict[tuple[int, int], set[int]] = {}
        self._queue = deque(range(len(town.seats)))
        self._queued = set(self._queue)

    def run(self) -> None:
        """Look at programs until nothing changes."""
        while self._queue:
            program = self._queue.popleft()
            self._queued.discard(program)
            self._look_at(program)

    def _look_at(self, program: int) -> None:
        seats = self._town.seats[program]
        coming = bound = alone = pardoned = 0
        own_coming: Counter[int] = Counter()
        own_bound: Counter[int] = Counter()
        entries = self._entries[program]
        for number, entry in enumerate(entries):
            party = entry.party
            room = seats + min(pardoned, self._blocking)
            if alone >= room:
                for after in entries[number:]:
                    self._keep(after.party, ~after.options)
                del entries[number:]
                return
            for option, count in entry.tests:
                if bound - own_bound[party] + count > room:
                    self._keep(party, ~(1 << option))
                if coming - own_coming[party] + count <= seats:
                    self._assure(party, option, program)
            may_come, must_come = self._hope(entry)
            coming += may_come
            bound += must_come
            pardoned += must_come and party in self._pardoned
            if self._together[party]:
                own_coming[party] += may_come
                own_bound[party] += must_come
            else:
                alone += must_come

    def _hope(self, entry: _Entry) -> tuple[bool, bool]:
        """Return whether the child can come here, and whether it has nothing better to hope for."""
        left = self.left[entry.party]
        if self._together[entry.party]:
            return bool(left & entry.options), not left & ~entry.options
        return bool(left & entry.options), not left & (entry.options - 1)

    def _assure(self, party: int, option: int, program: int) -> None:
        if party in self._pardoned:
            return
        sure = self._sure.setdefault((party, option), set())
        sure.add(program)
        if len(sure) == len(self._town.parties[party].options[option].stakes):
            self._keep(party, (2 << option) - 1)

    def _keep(self, party: int, options: int) -> None:
        before, after = self.left[party], self.left[party] & options
        if after == before:
            return
        self.left[party] = after
        first = after & -after
        for option in bits((before ^ after) | first):
            for stake in self._town.parties[party].options[option].stakes:
                if stake.program not in self._queued:
                    self._queued.add(stake.program)
                    self._queue.append(stake.program)


def _entries(town: Town) -> list[list[_Entry]]:
    """Return each program's applicants in its order."""
    found: list[dict[int, _Entry]] = [{} for _ in town.seats]
    for number, party in enumerate(town.parties):
        for index, option in enumerate(party.options):
            last = {stake.program: stake for stake in option.stakes}
            for seat in option.seats:
                entry = found[seat.program].get(seat.rank, _Entry(number, 0, ()))
                stake = last[seat.program]
                tests = ((index, stake.seats),) if stake.rank == seat.rank else ()
                found[seat.program][seat.rank] = _Entry(
                    number, entry.options | 1 << index, entry.tests + tests
                )
    return [[those[rank] for rank in sorted(those)] for those in found]


def bits(number: int) -> Iterator[int]:
    """Yield the places of the bits that are set, the lowest first."""
    while number:
        last = number & -number
        yield last.bit_length() - 1
        number ^= last
