"""What must hold however often the deployment was broken. Pure: each looks at the evidence and names what is
wrong.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
from tests.faults.evidence import Evidence

__all__ = ("INVARIANTS", "Finding", "differences", "examine")

_LIVE = {"held", "sent", "accepted", "accepted_staying_listed"}
_ACCEPTED = {"accepted", "accepted_staying_listed"}
_NOT_POSTED = {"unreachable", "cancelled"}
_OF_THE_ROUND = ("run.release", "round.close")
"""Acts noted once in the whole story, when it comes as far."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What an invariant found: `looked_at` things, and what is `wrong` with some."""

    name: str
    looked_at: int
    wrong: list[str]


Check = Callable[[Evidence], tuple[int, Iterable[str]]]


def examine(evidence: Evidence) -> list[Finding]:
    """Look at everything."""
    findings = []
    for name, check in INVARIANTS.items():
        looked_at, wrong = check(evidence)
        findings.append(Finding(name=name, looked_at=looked_at, wrong=sorted(wrong)))
    return findings


def differences(ours: Evidence, undisturbed: Evidence) -> Finding:
    """Compare the sums with those of the story told undisturbed."""
    mine, other = _sums(ours), _sums(undisturbed)
    wrong = [
        f"{name}: {mine.get(name)} and not {other.get(name)}"
        for name in sorted(mine.keys() | other.keys())
        if mine.get(name) != other.get(name)
    ]
    return Finding(name="sums as in the undisturbed story", looked_at=len(other), wrong=wrong)


def _sums(evidence: Evidence) -> dict[str, Any]:
    figures: dict[str, Any] = msgspec.to_builtins(evidence.figures)
    statuses = Counter(evidence.applications.values())
    kinds = {f"letters of kind {kind}": number for kind, number in evidence.letters_by_kind.items()}
    return {**figures, **kinds, **{f"applications {status}": number for status, number in statuses.items()}}


def _one_letter_each(evidence: Evidence) -> tuple[int, Iterator[str]]:
    said = Counter((letter.recipient, letter.kind, letter.about) for letter in evidence.letters)
    invited = {letter.recipient for letter in evidence.letters if letter.kind == "invitation"}
    wrong = [f"{times} letters of kind {kind} to one guardian" for (_, kind, _), times in _twice(said)]
    if len(invited) != evidence.guardians:
        wrong.append(f"{len(invited)} guardians invited, {evidence.guardians} asked")
    return len(said), iter(wrong)


def _one_shipment_each(evidence: Evidence) -> tuple[int, Iterator[str]]:
    arrived = Counter(shipment.reference for shipment in evidence.shipments)
    return len(evidence.shipments), (f"{key}: {times} at SvarUt" for key, times in _twice(arrived))


def _both_sides_agree(evidence: Evidence) -> tuple[int, Iterator[str]]:
    there = {shipment.reference: shipment for shipment in evidence.shipments}
    here = {letter.key: letter for letter in evidence.letters if letter.state not in _NOT_POSTED}
    wrong = [f"{key}: only at SvarUt" for key in there.keys() - here.keys()]
    for key, letter in here.items():
        shipment = there.get(key)
        if shipment is None:
            wrong.append(f"{key}: {letter.state} here, and not at SvarUt")
        elif shipment.id != letter.reference:
            wrong.append(f"{key}: another letter at SvarUt than the one we know")
        elif shipment.state != letter.state:
            wrong.append(f"{key}: {letter.state} here, {shipment.state} at SvarUt")
    return len(here), iter(wrong)


def _one_offer_a_child(evidence: Evidence) -> tuple[int, Iterator[str]]:
    live = Counter(offer.child for offer in evidence.offers if offer.status in _LIVE)
    return len(live), (f"a child has {times} offers" for _, times in _twice(live))


def _offers_as_released(evidence: Evidence) -> tuple[int, Iterator[str]]:
    first = Counter(offer.application for offer in evidence.offers if offer.first)
    wrong = [f"{times} first offers for one application" for _, times in _twice(first)]
    wrong += ["a place the run gave was not offered" for _ in evidence.granted - first.keys()]
    wrong += ["a place was offered that the run did not give" for _ in first.keys() - evidence.granted]
    return len(evidence.granted), iter(wrong)


def _seats(evidence: Evidence) -> tuple[int, Iterator[str]]:
    over = (f"a unit has {-free} children too many" for free in evidence.free.values() if free < 0)
    return len(evidence.free), over


def _accepted_placed_exported(evidence: Evidence) -> tuple[int, Iterator[str]]:
    accepted = {offer.id for offer in evidence.offers if offer.status in _ACCEPTED}
    placed = Counter(evidence.placements.values())
    lines = Counter(line for _, placements in evidence.exported for line in placements)
    known = {str(placement) for placement in evidence.placements}
    wrong = [f"an offer has {times} placements" for _, times in _twice(placed)]
    wrong += ["an accepted offer has no placement" for _ in accepted - placed.keys()]
    wrong += ["a placement has no accepted offer" for _ in placed.keys() - accepted]
    wrong += [f"a placement was exported {times} times" for _, times in _twice(lines)]
    wrong += ["a placement was not exported" for _ in known - lines.keys()]
    wrong += ["a placement was exported that is not there" for _ in lines.keys() - known]
    wrong += [
        f"hand-over {state}, taken {key in dict(evidence.exported)}"
        for key, state in evidence.export_runs.items()
        if (state == "handed_over") is not (key in dict(evidence.exported))
    ]
    return len(accepted), iter(wrong)


def _everybody_accounted_for(evidence: Evidence) -> tuple[int, Iterator[str]]:
    """A place, a line, or neither: the status says which, and nobody is in two of them."""
    placed = {offer.application for offer in evidence.offers if offer.status in _ACCEPTED}
    offered = {offer.application for offer in evidence.offers if offer.status in _LIVE - _ACCEPTED}
    wrong = []
    for application, status in evidence.applications.items():
        expected = "allocated" if application in offered else "placed" if application in placed else None
        if expected is None and application in evidence.in_line:
            expected = "waiting"
        if expected and status != expected:
            wrong.append(f"an application is {status} and not {expected}")
        if expected is None and status in ("allocated", "placed", "waiting"):
            wrong.append(f"an application is {status} with neither place nor line")
    return len(evidence.applications), iter(wrong)


def _nothing_left(evidence: Evidence) -> tuple[int, Iterator[str]]:
    return len(evidence.outbox), iter(evidence.outbox)


def _no_orphans(evidence: Evidence) -> tuple[int, Iterator[str]]:
    wrong = []
    if evidence.files:
        wrong.append(f"{evidence.files} stored files belong to nothing")
    if evidence.people:
        wrong.append(f"{evidence.people} identity numbers belong to several people")
    return evidence.files + evidence.people, iter(wrong)


def _noted_once(evidence: Evidence) -> tuple[int, Iterator[str]]:
    sent = {("offer.send", offer.id) for offer in evidence.offers if offer.status != "held"}
    answered = {("own_offer.answer", offer.id) for offer in evidence.offers if offer.answered}
    noted = {act: times for act, times in evidence.audited.items() if act[0] not in _OF_THE_ROUND}
    wrong = [f"{action}: noted {times} times" for (action, _), times in _twice(Counter(evidence.audited))]
    wrong += [f"{action}: not noted" for action, _ in (sent | answered) - noted.keys()]
    wrong += [f"{action}: noted, and never done" for action, _ in noted.keys() - (sent | answered)]
    for action in _OF_THE_ROUND:
        targets = sum(name == action for name, _ in evidence.audited)
        if targets != bool(evidence.granted):
            wrong.append(f"{action}: noted of {targets}")
    return len(sent | answered) + len(_OF_THE_ROUND), iter(wrong)


def _twice(counted: Counter[Any]) -> Iterator[tuple[Any, int]]:
    return ((thing, times) for thing, times in counted.items() if times > 1)


INVARIANTS: dict[str, Check] = {
    "one letter a guardian and matter": _one_letter_each,
    "one letter at SvarUt a letter": _one_shipment_each,
    "letters the same on both sides": _both_sides_agree,
    "one live offer a child": _one_offer_a_child,
    "first offers are those released": _offers_as_released,
    "no unit above its places": _seats,
    "accepted = placed = exported": _accepted_placed_exported,
    "place, line or neither": _everybody_accounted_for,
    "no work left": _nothing_left,
    "no orphans, no doubles": _no_orphans,
    "acts noted once": _noted_once,
}
"""Name → check."""
