"""What staff are told: each step with its numbers, who went ahead in what, and what would have changed it."""

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
from opptak.engine.market import UNPLACED
from opptak.engine.result import OPEN, Reason, Status, WishOutcome

__all__ = ("for_case_worker",)

say = saying(Reader.CASE_WORKER)

COMPARED = (Reason.POINTS, Reason.TIE, Reason.LOTTERY)
"""Refusals that more points could have changed."""
COMPONENTS = ("kept", "tier", "points", "tie", "lottery", "listed", "behind")
"""In which part of the key somebody with a place went ahead; `behind` has the place without being ahead."""


def for_case_worker(facts: Facts, child: int) -> Iterator[Sentence]:
    """Yield the steps of a child's outcome."""
    row, place = facts.market.children[child], facts.outcome.place[child]
    yield from outcome(facts, child, say)
    if place != UNPLACED and (slot := facts.slot(child)) != OPEN:
        yield say("slot", Predicate.SLOT, program=facts.market.programs[place].id, tag=slot)
    if entry := facts.shortages.get(row.id):
        yield say(f"right_{entry.cause}", Predicate.SHORTAGE, claims=entry.claims, seats=entry.seats)
    yield from own_points(facts, child, say)
    yield from joint_wishes(facts, row, say)
    for wish, at in facts.rows(child):
        yield from settled(wish, say)
        if at != UNPLACED and wish.status is not Status.NOT_NEEDED:
            yield from _weighed(facts, child, wish, at)
    if place == UNPLACED:
        for program, full in facts.would_take(row):
            yield say("would_be_ahead" if full else "seat_left", Predicate.WOULD_TAKE, program=program.id)


def _weighed(facts: Facts, child: int, wish: WishOutcome, at: int) -> Iterator[Sentence]:
    program, own = facts.market.lists[child][at], facts.market.standing(child, at)
    yield say(
        "own_key",
        Predicate.OWN_KEY,
        program=wish.program,
        tier=own.tier,
        points=own.points,
        position=facts.market.ranks[child][at] + 1,
        of=len(facts.market.applicants[program]),
    )
    if wish.status is Status.REFUSED:
        yield from _refused(facts, child, wish, at)
        last = facts.last(child, at)
        if last is not None and wish.by in COMPARED and not facts.in_one_queue:
            yield from would_points(own, last, wish.program, say)
        yield from _went_ahead(facts, child, wish, at)
        waiting = facts.result.waiting[wish.program]
        position = facts.waiting_position(facts.market.children[child].id, wish.program)
        yield say(
            "waiting",
            Predicate.WAITING_POSITION,
            program=wish.program,
            position=position,
            of=len(waiting),
        )


def _refused(facts: Facts, child: int, wish: WishOutcome, at: int) -> Iterator[Sentence]:
    program, own, last = wish.program, facts.market.standing(child, at), facts.last(child, at)
    if wish.by is None:
        seats = facts.market.seatings[facts.market.lists[child][at]].capacity
        yield say("refused_joint" if seats else "refused_no_seats", Predicate.REFUSED, program=program)
    elif wish.by is Reason.SIZE:
        yield too_large(facts, child, wish, at, say)
    elif wish.by in LIMITS or last is None:
        yield say(limit(facts, wish.by), Predicate.REFUSED, program=program)
    elif wish.by is Reason.TIER:
        yield say("refused_tier", Predicate.REFUSED, program=program, own=own.tier, last=last.tier)
    elif wish.by is Reason.POINTS:
        yield say("refused_points", Predicate.REFUSED, program=program, own=own.points, last=last.points)
    else:
        yield say(f"refused_{wish.by}", Predicate.REFUSED, program=program)


def _went_ahead(facts: Facts, child: int, wish: WishOutcome, at: int) -> Iterator[Sentence]:
    counted = facts.ahead(child, at)
    for component in COMPONENTS:
        if count := counted[component]:
            yield say(f"ahead_{component}", Predicate.AHEAD_COUNT, program=wish.program, count=count)
