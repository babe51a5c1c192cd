"""A program's choice among those who ask: seats kept for a tag, caps on age bands, then everybody by rank."""

from collections.abc import Iterable, Sequence

from opptak.engine.instance import Child, Program
from opptak.engine.result import OPEN

__all__ = ("Seated", "Seating")


class Seating:
    """The seats of one program; applicants are given in the program's order, so a rank is a position.

    The first `settled` applicants hold a place here or are pinned to it: they sit down first, wherever there
    is a seat, so that a reserve introduced later takes no place from a child that already has one.
    """

    def __init__(self, program: Program, *, applicants: Sequence[Child], settled: int) -> None:
        if not isinstance(program.capacity, int):
            raise TypeError(program.id)
        self.capacity = program.capacity
        self.reserves = program.reserves
        self.caps = program.age_caps
        self.settled = settled
        self._tags = [frozenset(child.tags) for child in applicants] if self.reserves else []
        self._caps_of = [self._bands_caps(child.band) for child in applicants] if self.caps else []

    @property
    def plain(self) -> bool:
        """Whether the best ranks simply get the seats."""
        return not self.reserves and not self.caps

    @property
    def crossing(self) -> bool:
        """Whether reserves and caps meet, so that a refusal may later turn out to have been too early."""
        return bool(self.reserves) and bool(self.caps)

    def admit(self, ranks: Iterable[int]) -> "Seated":
        """Choose among the ranks."""
        asking = sorted(ranks)
        table = Seated(self)
        others = [rank for rank in asking if rank >= self.settled]
        for rank in asking[: len(asking) - len(others)]:
            table.seat(rank, slot=table.own_slot(rank))
        for slot, reserve in enumerate(self.reserves):
            for rank in others:
                if table.room[slot] and reserve.tag in self._tags[rank]:
                    table.seat(rank, slot=slot)
        for rank in others:
            if not table.open_seats:
                break
            table.seat(rank, slot=None)
        return table

    def caps_of(self, rank: int) -> Sequence[int]:
        """Return which caps count the applicant."""
        return self._caps_of[rank] if self.caps else ()

    def may_sit(self, rank: int, slot: str) -> bool:
        """Return whether the applicant can have a seat of the slot."""
        return slot == OPEN or slot in self._tags[rank]

    def _bands_caps(self, band: str | None) -> tuple[int, ...]:
        return tuple(index for index, cap in enumerate(self.caps) if band in cap.bands)


class Seated:
    """Who sits in which slot, and what is left of every limit."""

    def __init__(self, seating: Seating) -> None:
        self._seating = seating
        self._caps = [cap.max for cap in seating.caps]
        self.room = [reserve.count for reserve in seating.reserves]
        self.slots: dict[int, str] = {}

    @property
    def open_seats(self) -> int:
        """Seats left for everybody."""
        kept = sum(
            room for room, reserve in zip(self.room, self._seating.reserves, strict=True) if not reserve.open
        )
        return max(0, self._seating.capacity - len(self.slots) - kept)

    def seat(self, rank: int, *, slot: int | None) -> None:
        """Seat an applicant in a reserve's slot or an open one; none who sits already or exceeds a limit."""
        full = len(self.slots) >= self._seating.capacity
        if full or rank in self.slots or self.cap_reached(rank):
            return
        for cap in self._seating.caps_of(rank):
            self._caps[cap] -= 1
        if slot is None:
            self.slots[rank] = OPEN
        else:
            self.room[slot] -= 1
            self.slots[rank] = self._seating.reserves[slot].tag

    def own_slot(self, rank: int) -> int | None:
        """Return the first reserve with room that the applicant may use."""
        for slot, reserve in enumerate(self._seating.reserves):
            if self.room[slot] and self._seating.may_sit(rank, reserve.tag):
                return slot
        return None

    def cap_reached(self, rank: int) -> bool:
        """Return whether a cap on the applicant's age band is used up."""
        return not all(self._caps[cap] for cap in self._seating.caps_of(rank))

    def last(self, rank: int) -> int | None:
        """Return the worst rank admitted to the seats an applicant competes for; None if there are none.

        Those are the open seats or, where every seat is kept for a tag, the seats of the applicant's tags.
        """
        slots = self.slots.items()
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
