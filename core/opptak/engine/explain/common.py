"""Sentences that a family and staff are told alike, each in its own words."""

from collections.abc import Callable, Iterator

from opptak.engine.explain.facts import Facts
from opptak.engine.explain.joint import better_joint_wishes, family_of
from opptak.engine.explain.sentences import PREFIX, Param, Predicate, Reader, Sentence
from opptak.engine.instance import Algorithm, Child, Priority, PriorityMode
from opptak.engine.market import UNPLACED, Standing
from opptak.engine.result import Reason, Status, WishOutcome

__all__ = (
    "LIMITS",
    "Say",
    "joint_wishes",
    "limit",
    "outcome",
    "own_points",
    "saying",
    "settled",
    "too_large",
    "would_points",
)

Say = Callable[..., Sentence]

MOST_POINTS = 65535
"""More points than these can't be given."""
LIMITS = {
    Reason.CAP: "refused_cap",
    Reason.RESERVE: "refused_reserve",
    Reason.STRICT_SWITCH: "refused_settled",
}
"""Refusals that are told without comparing children."""


def limit(facts: Facts, by: Reason) -> str:
    """Return the sentence of a refusal that is told without comparing children."""
    if by is Reason.STRICT_SWITCH and facts.instance.rules.algorithm is Algorithm.STRICT:
        return "refused_strict"
    return LIMITS.get(by, "refused_reserve")


def saying(reader: Reader) -> Say:
    """Return what makes a reader's sentences from the key's last part, a predicate and parameters."""
    prefix = PREFIX[reader]

    def say(key: str, predicate: Predicate, /, **params: Param) -> Sentence:
        return Sentence(key=prefix + key, params=params, predicate=predicate)

    return say


def outcome(facts: Facts, child: int, say: Say) -> Iterator[Sentence]:
    """Tell what the child has got, and on which days."""
    row, place = facts.market.children[child], facts.outcome.place[child]
    if place == UNPLACED:
        yield say("unplaced" if row.wishes else "no_wishes", Predicate.UNASSIGNED)
        return
    program, number = facts.market.programs[place].id, facts.got_number(child)
    if program == row.current:
        yield say("kept", Predicate.ASSIGNED, program=program)
    elif program == row.pinned:
        yield say("pinned", Predicate.ASSIGNED, program=program)
    elif number is None:
        fallback = facts.market.standing(child, facts.outcome.got[child]).fallback
        yield say("offered_fallback" if fallback else "offered_joint", Predicate.ASSIGNED, program=program)
    elif number == 1:
        yield say("offered_first", Predicate.ASSIGNED, program=program)
    else:
        yield say("offered_wish", Predicate.ASSIGNED, program=program, number=number)
    if days := facts.days_given(child):
        yield say("days", Predicate.DAYS, program=program, days=days)


def own_points(facts: Facts, child: int, say: Say) -> Iterator[Sentence]:
    """Tell the points that counted, for the application and where a program counts its own; or the queue."""
    row = facts.market.children[child]
    if facts.instance.rules.priority is not PriorityMode.POINTS:
        return
    if facts.in_one_queue:
        yield say("queue", Predicate.QUEUE, position=facts.queue[row.id], of=len(facts.queue))
        return
    weighed = [wish.program for wish, at in facts.rows(child) if _is_weighed(facts, wish, child, at)]
    if row.priority is not None and not row.priority_at.keys() >= set(weighed):
        yield say("own_points", Predicate.OWN_POINTS, points=row.priority.points)
        yield from _criteria(row.priority, say)
    for program in dict.fromkeys(weighed):
        if own := row.priority_at.get(program):
            yield say("own_points_at", Predicate.OWN_POINTS, program=program, points=own.points)
            yield from _criteria(own, say, program=program)


def joint_wishes(facts: Facts, row: Child, say: Say) -> Iterator[Sentence]:
    """Tell what happened to the family's joint wishes."""
    family = family_of(facts, row)
    if family is None:
        return
    got = facts.result.families[family.id]
    if got is None:
        yield say("joint_none", Predicate.JOINT)
    else:
        yield say("joint_met", Predicate.JOINT, number=got + 1)
    for wish in better_joint_wishes(facts, family):
        if not wish.possible:
            yield say("joint_filtered", Predicate.JOINT, number=wish.number)
        elif wish.full is None:
            yield say("joint_left", Predicate.JOINT, number=wish.number)
        else:
            yield say("joint_refused", Predicate.JOINT, number=wish.number, program=wish.full)


def settled(wish: WishOutcome, say: Say) -> Iterator[Sentence]:
    """Tell of a wish that was not needed, or could not be considered."""
    if wish.status is Status.NOT_NEEDED:
        yield say("not_needed", Predicate.NOT_NEEDED, program=wish.program)
    elif wish.status is Status.FILTERED:
        key = "filtered_listed" if wish.by is Reason.LISTED else "filtered"
        yield say(key, Predicate.FILTERED, program=wish.program)


def too_large(facts: Facts, child: int, wish: WishOutcome, at: int, say: Say) -> Sentence:
    """Tell on which days a need did not fit; without days where something else than room was in the way."""
    days = facts.days_without_room(child, at)
    if days:
        return say("refused_days", Predicate.REFUSED, program=wish.program, days=days)
    return say("refused_size", Predicate.REFUSED, program=wish.program)


def would_points(own: Standing, last: Standing, program: str, say: Say) -> Iterator[Sentence]:
    """Tell the least points with which the child would have stood ahead of the last one there."""
    level = own._replace(lack=last.lack)
    points = last.points if level < last else last.points + 1
    if points <= MOST_POINTS:
        yield say("would_points", Predicate.AHEAD_OF_CUTOFF, program=program, points=points)


def _is_weighed(facts: Facts, wish: WishOutcome, child: int, at: int) -> bool:
    told = wish.status in (Status.OFFERED, Status.REFUSED)
    return told and at != UNPLACED and not facts.market.standing(child, at).fallback


def _criteria(priority: Priority, say: Say, **params: Param) -> Iterator[Sentence]:
    for one in priority.reasons:
        yield say("criterion", Predicate.CRITERION, criterion=one.criterion, points=one.points, **params)
