"""What a family is told about its own child: plain, and nothing of other families' circumstances.

Numbers of the last child admitted are told only where at least five other families share its tier; otherwise
a family, or two siblings who put their letters side by side, could read another's circumstances from them.
"""

from collections.abc import Iterator

from opptak.engine.explain.common import (
    LIMITS,
    joint_wishes,
    limit,
    outcome,
    own_points,
    saying,
    settled,
    too_large,
    would_points,
)
from opptak.engine.explain.facts import Facts
from opptak.engine.explain.sentences import Predicate, Reader, Sentence
from opptak.engine.market import HOLDER, UNPLACED
from opptak.engine.result import OPEN, Reason, Status, WishOutcome

__all__ = ("for_parent",)

say = saying(Reader.PARENT)


def for_parent(facts: Facts, child: int) -> Iterator[Sentence]:
    """Yield what the family of a child is told."""
    row, place = facts.market.children[child], facts.outcome.place[child]
    yield from outcome(facts, child, say)
    if place != UNPLACED and facts.slot(child) != OPEN:
        yield say("reserved_seat", Predicate.SLOT, program=facts.market.programs[place].id)
    if row.id in facts.shortages:
        yield say(f"right_{facts.shortages[row.id].cause}", Predicate.SHORTAGE)
    yield from own_points(facts, child, say)
    yield from joint_wishes(facts, row, say)
    yield from _wishes(facts, child)
    if place == UNPLACED:
        for program, full in facts.would_take(row):
            yield say("would_be_ahead" if full else "seat_left", Predicate.WOULD_TAKE, program=program.id)


def _wishes(facts: Facts, child: int) -> Iterator[Sentence]:
    got, waiting = facts.outcome.place[child], dict[str, None]()
    asked_beside = False
    for wish, at in facts.rows(child):
        if wish.status is Status.REFUSED and facts.market.standing(child, at).fallback:
            asked_beside = True
        elif wish.status is Status.REFUSED:
            yield from _refused(facts, child, wish, at)
            if wish.program not in waiting:
                position = facts.waiting_position(facts.market.children[child].id, wish.program)
                yield say("waiting", Predicate.WAITING_POSITION, program=wish.program, position=position)
            waiting[wish.program] = None
        elif got == UNPLACED or wish.program != facts.market.programs[got].id:
            yield from settled(wish, say)
    if asked_beside:
        yield say("guarantee_full", Predicate.GUARANTEE)


def _refused(facts: Facts, child: int, wish: WishOutcome, at: int) -> Iterator[Sentence]:
    program = wish.program
    if wish.by is None:
        seats = facts.market.seatings[facts.market.lists[child][at]].capacity
        yield say("refused_joint" if seats else "refused_no_seats", Predicate.REFUSED, program=program)
    elif wish.by is Reason.SIZE:
        yield too_large(facts, child, wish, at, say)
    elif wish.by in LIMITS:
        yield say(limit(facts, wish.by), Predicate.REFUSED, program=program)
    else:
        yield from _outranked(facts, child, wish, at)


def _outranked(facts: Facts, child: int, wish: WishOutcome, at: int) -> Iterator[Sentence]:
    """Tell why others went ahead, as far as the family may know."""
    own, last = facts.market.standing(child, at), facts.last(child, at)
    program, family = wish.program, facts.market.children[child].family
    if wish.by is Reason.LISTED:
        yield say("refused_listed", Predicate.REFUSED, program=program)
    elif last is None or not facts.in_a_crowd(facts.market.lists[child][at], last.tier, family):
        yield say("refused_higher_priority", Predicate.REFUSED, program=program)
    elif wish.by is Reason.TIER:
        yield say(
            "refused_kept" if last.tier == HOLDER else "refused_tier", Predicate.REFUSED, program=program
        )
    elif facts.in_one_queue:
        yield say("refused_queue", Predicate.REFUSED, program=program)
    elif wish.by is Reason.POINTS:
        yield say("refused_points", Predicate.REFUSED, program=program, own=own.points, last=last.points)
        yield from would_points(own, last, program, say)
    else:
        yield say(f"refused_{wish.by}", Predicate.REFUSED, program=program, own=own.points)
        yield from would_points(own, last, program, say)
