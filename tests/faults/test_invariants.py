"""Each invariant finds the damage it is there for."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.faults.evidence import Evidence, Letter, Offer, Shipment
from tests.faults.invariants import differences, examine

from opptak.demo.figures import Municipality, OfferFigures

GUARDIAN, CHILD, APPLICATION, OFFER, PLACEMENT, UNIT, RUN, ROUND, OTHER = (
    UUID(int=number) for number in range(1, 10)
)
NOTED = {
    ("run.release", RUN): 1,
    ("round.close", ROUND): 1,
    ("offer.send", OFFER): 1,
    ("own_offer.answer", OFFER): 1,
}
KEY = f"outreach:c:{GUARDIAN}:0"


def letter(**changes: Any) -> Letter:
    plain = Letter(key=KEY, kind="invitation", recipient=GUARDIAN, about="c0", state="read", reference="s1")
    return msgspec.structs.replace(plain, **changes)


def shipment(**changes: Any) -> Shipment:
    plain = Shipment(id="s1", reference=KEY, state="read")
    return msgspec.structs.replace(plain, **changes)


def offer(**changes: Any) -> Offer:
    plain = Offer(
        id=OFFER, application=APPLICATION, child=CHILD, status="accepted", first=True, answered=True
    )
    return msgspec.structs.replace(plain, **changes)


def evidence(**changes: Any) -> Evidence:
    """Return what is there after one child got one place, with something changed."""
    whole = Evidence(
        letters=[letter()],
        shipments=[shipment()],
        guardians=1,
        offers=[offer()],
        granted={APPLICATION},
        free={UNIT: 0},
        applications={APPLICATION: "placed"},
        in_line=set(),
        placements={PLACEMENT: OFFER},
        exported=[("run", [str(PLACEMENT)])],
        export_runs={"run": "handed_over"},
        outbox=[],
        files=0,
        people=0,
        strays=0,
        audited=NOTED,
        figures=Municipality(
            tenant="t",
            eligible=1,
            drafts=1,
            letters={},
            answered=1,
            by_rank={"1": 1},
            waiting=0,
            offers=OfferFigures(sent=1, accepted=1, declined=0, reoffered=0),
            exported=1,
            seconds=0.0,
        ),
        letters_by_kind={"invitation": 1},
    )
    return msgspec.structs.replace(whole, **changes)


def broken(found: Evidence) -> list[str]:
    return [finding.name for finding in examine(found) if finding.wrong]


def test_nothing_is_wrong_where_nothing_was_lost() -> None:
    assert broken(evidence()) == []
    assert differences(evidence(), evidence()).wrong == []


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        (lambda: evidence(letters=[letter(), letter(key="again")]), "one letter a guardian and matter"),
        (lambda: evidence(guardians=2), "one letter a guardian and matter"),
        (lambda: evidence(shipments=[shipment(), shipment(id="s2")]), "one letter at SvarUt a letter"),
        (lambda: evidence(shipments=[]), "letters the same on both sides"),
        (lambda: evidence(letters=[]), "letters the same on both sides"),
        (lambda: evidence(shipments=[shipment(id="s2")]), "letters the same on both sides"),
        (lambda: evidence(shipments=[shipment(state="printed")]), "letters the same on both sides"),
        (
            lambda: evidence(offers=[offer(), offer(id=OTHER, application=OTHER, status="sent")]),
            "one live offer a child",
        ),
        (lambda: evidence(granted=set()), "first offers are those released"),
        (lambda: evidence(granted={APPLICATION, OTHER}), "first offers are those released"),
        (lambda: evidence(free={UNIT: -1}), "no unit above its places"),
        (lambda: evidence(placements={}), "accepted = placed = exported"),
        (lambda: evidence(placements={PLACEMENT: OFFER, OTHER: OFFER}), "accepted = placed = exported"),
        (
            lambda: evidence(exported=[("run", [str(PLACEMENT)]), ("again", [str(PLACEMENT)])]),
            "accepted = placed = exported",
        ),
        (lambda: evidence(export_runs={"run": "waiting"}), "accepted = placed = exported"),
        (lambda: evidence(applications={APPLICATION: "waiting"}), "place, line or neither"),
        (
            lambda: evidence(applications={APPLICATION: "placed", OTHER: "waiting"}),
            "place, line or neither",
        ),
        (lambda: evidence(outbox=["letter.send parked"]), "no work left"),
        (lambda: evidence(files=1), "no orphans, no doubles"),
        (lambda: evidence(people=1), "no orphans, no doubles"),
        (lambda: evidence(audited=NOTED | {("run.release", RUN): 2}), "acts noted once"),
        (lambda: evidence(audited=NOTED | {("run.release", OTHER): 1}), "acts noted once"),
        (lambda: evidence(audited=NOTED | {("offer.send", OTHER): 1}), "acts noted once"),
        (lambda: evidence(offers=[offer(answered=False)]), "acts noted once"),
        (lambda: evidence(offers=[offer(), offer(id=OTHER, child=OTHER)]), "acts noted once"),
    ],
)
def test_damage_is_found(damage: Callable[[], Evidence], name: str) -> None:
    assert name in broken(damage())


def test_other_sums_than_undisturbed_are_named() -> None:
    fewer = evidence(letters_by_kind={"invitation": 0})

    assert differences(fewer, evidence()).wrong == ["letters of kind invitation: 0 and not 1"]
