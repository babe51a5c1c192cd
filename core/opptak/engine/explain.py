"""Explanations (begrunnelse): what a family is told about its own child, from the published result alone.

A sentence is a message key with its parameters and the predicate that must hold for it to be true. Numbers of
the last child admitted are told only where at least five admitted children share its tier; otherwise a family
could read another's circumstances from them.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

import msgspec

from opptak.engine.checks import require_same
from opptak.engine.instance import Child, Contributor, Instance, PriorityMode, Program, program_of
from opptak.engine.market import HOLDER, Market
from opptak.engine.result import OPEN, Cutoff, Reason, Result, Status, WishOutcome
from opptak.kit.errors import NotFound
from opptak.kit.i18n import Translator

__all__ = ("Explainer", "Explanation", "Predicate", "Sentence", "UnknownChild", "explain", "tell")

CROWD = 5
"""How many admitted children must share a tier before the last one's numbers are told."""
SUGGESTIONS = 3
"""How many programs with free seats an unplaced family is told of."""


class UnknownChild(NotFound):
    """The instance has no child with this id."""

    code = "allocation.unknown_child"

    def __init__(self, child: str) -> None:
        super().__init__(child=child)
        self.child = child

    def __str__(self) -> str:
        return f"$.children: no child {self.child!r}"


class Predicate(StrEnum):
    """What a sentence claims; its parameters say about which program and with which numbers."""

    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"
    SLOT = "slot"
    OWN_POINTS = "own_points"
    CRITERION = "criterion"
    REFUSED = "refused"
    FILTERED = "filtered"
    NOT_NEEDED = "not_needed"
    WAITING_POSITION = "waiting_position"
    AHEAD_OF_CUTOFF = "ahead_of_cutoff"
    SEAT_LEFT = "seat_left"


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence; `program` among the parameters is an id for the reader's side to name."""

    key: str
    params: dict[str, int | str]
    predicate: Predicate


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """All a family is told about one child, in the order to be read."""

    child: str
    sentences: tuple[Sentence, ...]


def explain(instance: Instance, result: Result, child_id: str) -> Explanation:
    """Explain one child's outcome; raises UnknownChild and ResultOfAnotherInstance."""
    return Explainer(instance, result).explain(child_id)


class Explainer:
    """Explains many children of one result."""

    def __init__(self, instance: Instance, result: Result) -> None:
        require_same(instance, result)
        self._market = Market.of(instance)
        self._result = result
        self._index = {child.id: index for index, child in enumerate(self._market.children)}
        self._admitted: dict[str, list[int]] = {program.id: [] for program in instance.programs}
        for child, program in result.assignment.items():
            if program is not None:
                self._admitted[program].append(self._index[child])

    def explain(self, child_id: str) -> Explanation:
        """Explain one child's outcome; raises UnknownChild."""
        if child_id not in self._index:
            raise UnknownChild(child_id)
        child = self._market.children[self._index[child_id]]
        return Explanation(child=child_id, sentences=tuple(self._sentences(child)))

    def _sentences(self, child: Child) -> Iterator[Sentence]:
        place = self._result.assignment[child.id]
        yield from self._outcome(child, place)
        if self._market.instance.rules.priority is PriorityMode.POINTS:
            yield from self._points(child)
        asked_beside = False
        for wish in self._result.wishes[child.id]:
            if wish.status is Status.REFUSED and self._standing_is_fallback(child, wish.program):
                asked_beside = True
            elif wish.program != place:
                yield from self._wish(child, wish)
        if asked_beside:
            yield _say("guarantee_full", Predicate.REFUSED)
        if place is None:
            for program in self._with_seats_left(child)[:SUGGESTIONS]:
                yield _say("seat_left", Predicate.SEAT_LEFT, program=program.id)

    def _outcome(self, child: Child, place: str | None) -> Iterator[Sentence]:
        stated = [program_of(wish) for wish in child.wishes]
        if place is None:
            yield _say("unplaced" if stated else "no_wishes", Predicate.UNASSIGNED)
            return
        if self._result.keeps_place(child):
            yield _say("kept", Predicate.ASSIGNED, program=place)
        elif place == child.pinned:
            yield _say("pinned", Predicate.ASSIGNED, program=place)
        elif place not in stated:
            yield _say("offered_fallback", Predicate.ASSIGNED, program=place)
        elif stated[0] == place:
            yield _say("offered_first", Predicate.ASSIGNED, program=place)
        else:
            number = stated.index(place) + 1
            yield _say("offered_wish", Predicate.ASSIGNED, program=place, number=number)
        if self._slot(child, place) != OPEN:
            yield _say("reserved_seat", Predicate.SLOT, program=place)

    def _points(self, child: Child) -> Iterator[Sentence]:
        """Tell the points that counted: for the application, and where a program counts its own."""
        stated = {program_of(wish) for wish in child.wishes}
        weighed = [
            wish.program
            for wish in self._result.wishes[child.id]
            if wish.program in stated and wish.status in (Status.OFFERED, Status.REFUSED)
        ]
        if child.priority is not None and not child.priority_at.keys() >= set(weighed):
            yield _say("own_points", Predicate.OWN_POINTS, points=child.priority.points)
            yield from map(_criterion, child.priority.reasons)
        for program in weighed:
            if own := child.priority_at.get(program):
                yield _say("own_points_at", Predicate.OWN_POINTS, program=program, points=own.points)
                yield from map(_criterion, own.reasons)

    def _wish(self, child: Child, wish: WishOutcome) -> Iterator[Sentence]:
        if wish.status is Status.NOT_NEEDED:
            yield _say("not_needed", Predicate.NOT_NEEDED, program=wish.program)
        elif wish.status is Status.FILTERED:
            key = "filtered_listed" if wish.by is Reason.LISTED else "filtered"
            yield _say(key, Predicate.FILTERED, program=wish.program)
        elif wish.status is Status.REFUSED:
            yield from self._refused(child, wish)
            waiting = self._result.waiting[wish.program]
            position = waiting.index(child.id) + 1
            yield _say("waiting", Predicate.WAITING_POSITION, program=wish.program, position=position)

    def _refused(self, child: Child, wish: WishOutcome) -> Iterator[Sentence]:
        if wish.by is None or wish.by in _LIMITS:
            yield _say(_LIMITS[wish.by], Predicate.REFUSED, program=wish.program)
            return
        cutoff = self._result.cutoffs[wish.program]
        last = cutoff.points
        if last is None or not self._in_a_crowd(wish.program, cutoff):
            yield _say("refused_higher_priority", Predicate.REFUSED, program=wish.program)
        elif wish.by is Reason.TIER:
            key = "refused_kept" if cutoff.tier == HOLDER else "refused_tier"
            yield _say(key, Predicate.REFUSED, program=wish.program)
        else:
            own = self._market.standing(self._program(wish.program), self._index[child.id]).points
            key = f"refused_{wish.by}"
            yield _say(key, Predicate.REFUSED, program=wish.program, own=own, last=last)
            yield _say("would_points", Predicate.AHEAD_OF_CUTOFF, program=wish.program, points=last + 1)

    def _in_a_crowd(self, program: str, cutoff: Cutoff) -> bool:
        index = self._program(program)
        tiers = [self._market.standing(index, child).tier for child in self._admitted[program]]
        return tiers.count(cutoff.tier or 0) >= CROWD

    def _with_seats_left(self, child: Child) -> list[Program]:
        """Return programs the child did not ask for and would certainly have got, its own district first."""
        asked = self._market.lists[self._index[child.id]]
        found = [
            program
            for index, program in enumerate(self._market.programs)
            if index not in asked
            and not self._result.cutoffs[program.id].full
            and program.band in (None, child.band)
            and program.id not in child.blocked
            and program.ranking is None
            and not any(child.band in cap.bands for cap in program.age_caps)
        ]
        return sorted(found, key=lambda program: program.district != child.district)

    def _slot(self, child: Child, place: str) -> str:
        index = self._program(place)
        ranks = [self._market.rank[index][other] for other in self._admitted[place]]
        return (
            self._market.seatings[index].admit(ranks).slots[self._market.rank[index][self._index[child.id]]]
        )

    def _standing_is_fallback(self, child: Child, program: str) -> bool:
        return self._market.standing(self._program(program), self._index[child.id]).fallback

    def _program(self, program: str) -> int:
        return self._market.index_of_program[program]


_LIMITS = {
    None: "refused_no_seats",
    Reason.CAP: "refused_cap",
    Reason.RESERVE: "refused_reserve",
    Reason.LISTED: "refused_listed",
}


def tell(sentence: Sentence, tr: Translator, *, names: Mapping[str, str] | None = None) -> str:
    """Put a sentence into a language; `names` are the programs' names by id."""
    params = dict(sentence.params)
    if "program" in params and names:
        params["program"] = names.get(str(params["program"]), params["program"])
    if "criterion" in params:
        label = f"allocation.criterion.{params['criterion']}"
        params["criterion"] = tr(label) if tr.knows(label) else params["criterion"]
    return tr(sentence.key, **params)


def _say(key: str, predicate: Predicate, **params: int | str) -> Sentence:
    return Sentence(key=f"allocation.why.{key}", params=params, predicate=predicate)


def _criterion(contributor: Contributor) -> Sentence:
    return _say("criterion", Predicate.CRITERION, criterion=contributor.criterion, points=contributor.points)
