"""A program's choice among those who ask: room kept for a tag, caps on age bands, then everybody by rank."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from opptak.engine.instance import Child, Program
from opptak.engine.result import OPEN
from opptak.engine.week import DAYS, WHOLE, days_of, fits, pack, present, unpack

__all__ = ("NO_CUT", "Seated", "Seating")

NO_CUT = 2**62
"""Cut-off of a step that has refused nobody."""


class Seating:
    """The room of one program; contracts are given in the program's order, so a rank is a position.

    The first `settled` contracts are of children who hold a place here or are pinned to it: they sit down
    first, wherever there is room, so that a reserve introduced later takes no place from a child that already
    has one. A child with several contracts gets one of them, the one earliest in its own list.
    """

    def __init__(
        self,
        program: Program,
        *,
        applicants: Sequence[Child],
        needs: Sequence[int],
        positions: Sequence[int],
        settled: int,
    ) -> None:
        self.week = days_of(program.capacity)
        self.room = pack(program.capacity)
        self.reserves = program.reserves
        self.caps = program.age_caps
        self.settled = settled
        self.needs = needs
        self.positions = positions
        self.twins = _twins(applicants)
        self._tags = [frozenset(child.tags) for child in applicants] if self.reserves else []
        self._caps_of = [self._bands_caps(child.band) for child in applicants] if self.caps else []

    @property
    def capacity(self) -> int:
        """Seats; where days differ, the place-units of the day that has most."""
        return max(self.week)

    @property
    def plain(self) -> bool:
        """Whether the best ranks simply get the room."""
        return not self.reserves and not self.caps

    @property
    def crossing(self) -> bool:
        """Whether reserves and caps meet, so that a refusal may later turn out to have been too early."""
        return bool(self.reserves) and bool(self.caps)

    @property
    def steps(self) -> int:
        """How many steps a choice has: the settled, each reserve, everybody."""
        return len(self.reserves) + 2

    def choose(self, ranks: Iterable[int], *, cuts: list[int] | None = None) -> list[int]:
        """Return whom `admit` takes; quick where nothing but room limits."""
        if not self.plain or self.twins or cuts is not None:
            return list(self.admit(ranks, cuts=cuts).slots)
        left, chosen = self.room, []
        for rank in sorted(ranks):
            if fits(left, self.needs[rank]):
                left -= self.needs[rank]
                chosen.append(rank)
        return chosen

    def keep(self, held: Collection[int], asking: Iterable[int]) -> list[int]:
        """Return those who are there, but for whom the settled push out, and who else fits beside them."""
        asks = sorted(asking)
        early = {rank for rank in asks if rank in held or rank < self.settled}
        chosen = self.choose(early)
        for rank in asks:
            twins = self.twins.get(rank, ())
            better = any(self.positions[twin] < self.positions[rank] for twin in twins if twin in chosen)
            if rank not in early and not better:
                grown = [*(other for other in chosen if other not in twins), rank]
                if len(self.choose(grown)) == len(grown):
                    chosen = grown
        return chosen

    def admit(self, ranks: Iterable[int], *, cuts: list[int] | None = None) -> "Seated":
        """Choose among the ranks.

        With `cuts`, one a step, the choice is strict: a step ends at the first who does not fit, and its cut
        is lowered to that rank for good.
        """
        table = Seated(self)
        for step, (queue, slot) in enumerate(self._queues(sorted(ranks))):
            for rank in queue:
                if cuts is not None and rank >= cuts[step]:
                    break
                wanted = table.own_slot(rank) if step == 0 else slot
                if not table.seat(rank, slot=wanted) and cuts is not None:
                    cuts[step] = rank
                    if step == 0:
                        cuts[:] = [min(cut, rank) for cut in cuts]
                    break
        return table

    def _queues(self, asking: list[int]) -> Iterator[tuple[list[int], int | None]]:
        """Yield who may sit down in each step, and in which slot."""
        others = [rank for rank in asking if rank >= self.settled]
        yield asking[: len(asking) - len(others)], None
        for slot, reserve in enumerate(self.reserves):
            yield [rank for rank in others if reserve.tag in self._tags[rank]], slot
        yield others, None

    def caps_of(self, rank: int) -> Sequence[int]:
        """Return which caps count the applicant."""
        return self._caps_of[rank] if self.caps else ()

    def may_sit(self, rank: int, slot: str) -> bool:
        """Return whether the applicant can have a seat of the slot."""
        return slot == OPEN or slot in self._tags[rank]

    def _bands_caps(self, band: str | None) -> tuple[int, ...]:
        return tuple(index for index, cap in enumerate(self.caps) if band in cap.bands)


def _twins(applicants: Sequence[Child]) -> dict[int, tuple[int, ...]]:
    """Return the other ranks of each child that asks with several contracts."""
    if len({child.id for child in applicants}) == len(applicants):
        return {}
    ranks: defaultdict[str, list[int]] = defaultdict(list)
    for rank, child in enumerate(applicants):
        ranks[child.id].append(rank)
    several = [those for those in ranks.values() if len(those) > 1]
    return {rank: tuple(other for other in those if other != rank) for those in several for rank in those}


class Seated:
    """Who sits in which slot, and what is left of every limit."""

    def __init__(self, seating: Seating) -> None:
        self._seating = seating
        self._left = seating.room
        self._caps = [cap.max * WHOLE for cap in seating.caps]
        self._rooms = [reserve.count * WHOLE for reserve in seating.reserves]
        self.slots: dict[int, str] = {}
        self._slot_of: dict[int, int | None] = {}

    @property
    def full(self) -> bool:
        """Whether on some day nothing is left for everybody."""
        kept = unpack(self._kept)
        return any(left <= keeps for left, keeps in zip(unpack(self._left), kept, strict=True))

    @property
    def _kept(self) -> int:
        """What closed reserves have left."""
        rooms = zip(self._rooms, self._seating.reserves, strict=True)
        return sum(room for room, reserve in rooms if not reserve.open)

    def room(self, *, settled: bool) -> tuple[int, ...]:
        """Return what is left each day for one who is settled, or for others beside what reserves keep."""
        kept = (0,) * DAYS if settled else unpack(self._kept)
        return tuple(left - keeps for left, keeps in zip(unpack(self._left), kept, strict=True))

    def seat(self, rank: int, *, slot: int | None) -> bool:
        """Seat an applicant in a reserve's slot or an open one; False if a limit forbids it.

        True as well for a child that already sits under this contract or one it would rather have.
        """
        if rank in self.slots:
            return True
        twin = next((other for other in self._seating.twins.get(rank, ()) if other in self.slots), None)
        if twin is None:
            return self._sit(rank, slot)
        if self._seating.positions[twin] < self._seating.positions[rank]:
            return True
        old = self._slot_of[twin]
        self._take(twin, old, -1)
        if self._sit(rank, slot):
            return True
        self._take(twin, old, 1)
        return False

    def _sit(self, rank: int, slot: int | None) -> bool:
        need = self._seating.needs[rank]
        if not fits(self._left, need) or self.cap_reached(rank):
            return False
        if slot is not None and not fits(self._rooms[slot], need):
            return False
        if slot is None and rank >= self._seating.settled and not self._fits_open(need):
            return False
        self._take(rank, slot, 1)
        return True

    def _take(self, rank: int, slot: int | None, sign: int) -> None:
        """Count an applicant in (1) or out (-1)."""
        need = self._seating.needs[rank]
        self._left -= sign * need
        for cap in self._seating.caps_of(rank):
            self._caps[cap] -= sign * present(need)
        if slot is not None:
            self._rooms[slot] -= sign * need
        if sign > 0:
            self._slot_of[rank] = slot
            self.slots[rank] = OPEN if slot is None else self._seating.reserves[slot].tag
        else:
            del self.slots[rank]

    def _fits_open(self, need: int) -> bool:
        """Return whether there is room beside what closed reserves keep, on the days of the need."""
        kept = self._kept
        if not kept:
            return True
        named = unpack(need)
        rooms = zip(unpack(self._left), unpack(kept), named, strict=True)
        return all(not units or left - keeps >= units for left, keeps, units in rooms)

    def own_slot(self, rank: int) -> int | None:
        """Return the first reserve with room that the applicant may use."""
        need = self._seating.needs[rank]
        for slot, reserve in enumerate(self._seating.reserves):
            if self._seating.may_sit(rank, reserve.tag) and fits(self._rooms[slot], need):
                return slot
        return None

    def cap_reached(self, rank: int) -> bool:
        """Return whether a cap on the applicant's age band is used up on a day of its need."""
        caps = self._seating.caps_of(rank)
        return bool(caps) and not all(
            fits(self._caps[cap], present(self._seating.needs[rank])) for cap in caps
        )

    def last(self, rank: int) -> int | None:
        """Return the worst rank of another child in the seats an applicant competes for; None if none is.

        Those are the open seats or, where every seat is kept for a tag, the seats of the applicant's tags.
        """
        twins = self._seating.twins.get(rank, ())
        slots = [(other, slot) for other, slot in self.slots.items() if other not in twins]
        admitted = [other for other, slot in slots if slot == OPEN] or [
            other for other, slot in slots if self._seating.may_sit(rank, slot)
        ]
        return max(admitted, default=None)

    def cutoff(self) -> tuple[int, str] | None:
        """Return the last admitted and its slot: an open one, else the last reserve in use."""
        for tag in (OPEN, *(reserve.tag for reserve in reversed(self._seating.reserves))):
            admitted = [rank for rank, slot in self.slots.items() if slot == tag]
            if admitted:
                return max(admitted), tag
        return None
