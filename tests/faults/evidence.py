"""What is there when all is over, at the platform and at the authorities."""

from collections import Counter
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from tests.faults.estate import Estate
from tests.faults.play import Play
from tests.faults.watch import PUT_OFF

from opptak.admission.service import Rounds
from opptak.demo.figures import Municipality, count
from opptak.offers.service import free_places
from opptak_fiks.letters import ShipmentStatus, delivery

__all__ = ("Evidence", "Letter", "Offer", "Shipment", "gather")

MUNICIPALITY = "5544"


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter in our table; `about` is what a second one of its kind to the same person would be about."""

    key: str
    kind: str
    recipient: UUID
    about: str
    state: str
    reference: str | None


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """A letter at SvarUt; `state` in our words."""

    id: str
    reference: str
    state: str


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An offer."""

    id: UUID
    application: UUID
    child: UUID
    status: str
    first: bool
    """Whether the allocation made it, and not the cascade."""
    answered: bool
    """Whether somebody has answered it."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the invariants look at."""

    letters: list[Letter]
    shipments: list[Shipment]
    guardians: int
    """Guardians who were asked about a child."""
    offers: list[Offer]
    granted: set[UUID]
    """Applications the released run gave a place."""
    free: dict[UUID, int]
    applications: dict[UUID, str]
    """Status by application."""
    in_line: set[UUID]
    """Applications that wait in a line."""
    placements: dict[UUID, UUID]
    """Placements in force that came from offers, with the offer."""
    exported: list[tuple[str, list[str]]]
    """Hand-overs the administration system has taken: key, and placement ids."""
    export_runs: dict[str, str]
    """State by hand-over, as we know it."""
    outbox: list[str]
    """Work left, by actor and state."""
    files: int
    """Stored files that nothing refers to."""
    people: int
    """Identity numbers that belong to more than one person."""
    audited: dict[tuple[str, UUID], int]
    """Entries of the audit log by action and what it was done to, of acts that happen once."""
    strays: int
    """Sealed files on disk that no row knows: their transactions were never committed."""
    figures: Municipality
    letters_by_kind: dict[str, int]


_LETTERS = """
select key, kind, recipient_id,
       case when kind in ('invitation', 'reminder') then split_part(key, ':', 2) || split_part(key, ':', 4)
            when key like 'outcome:%%' then split_part(key, ':', 2)
            else regexp_replace(key, ':[^:]*$', '') end,
       state, reference
from letter order by key
"""
_OFFERS = (
    "select id, application_id, child_id, status, cascade_of is null, answered_by is not null from offer"
)
_GUARDIANS = "select count(distinct guardian_id) from invitation"
_RESULT = "select result from allocation_run where state = 'released'"
_APPLICATIONS = "select id, status from application"
_IN_LINE = "select distinct application_id from waiting_entry where state = 'waiting'"
_PLACEMENTS = """
select id, offer_id from placement where offer_id is not null and (ends_on is null or ends_on >= starts_on)
"""
_EXPORT_RUNS = "select id, state from export_run"
_OUTBOX = (
    "select actor || ' ' || state from outbox where state = 'parked' or available_at <= %s or " + PUT_OFF  # noqa: S608
)
_FILES = """
select count(*) from stored_file where id not in (select file_id from letter where file_id is not null)
  and id not in (select file_id from export_run where file_id is not null)
"""
_STORED = "select count(*) from stored_file"
_PEOPLE = (
    "select count(*) from (select 1 from person group by tenant_id, number_index having count(*) > 1) twice"
)
_AUDITED = """
select action, target_id, count(*) from audit_entry where outcome = 'done'
  and action in ('offer.send', 'own_offer.answer', 'run.release', 'round.close') group by action, target_id
"""


async def gather(estate: Estate, play: Play) -> Evidence:
    """Return all of it."""
    rows = play.watch.rows
    async with play.work() as work:
        [round_] = await Rounds(work).all()
        figures = await count(work, seconds=0.0)
        free = await free_places(work, round_)
    letters = [_letter(row) for row in await rows(_LETTERS)]
    return Evidence(
        letters=letters,
        shipments=_shipments(estate),
        guardians=await play.watch.number(_GUARDIANS),
        offers=[_offer(row) for row in await rows(_OFFERS)],
        granted=_granted(await rows(_RESULT)),
        free=free,
        applications=dict(await _pairs(play, _APPLICATIONS)),
        in_line={application for (application,) in await rows(_IN_LINE)},
        placements=dict(await _pairs(play, _PLACEMENTS)),
        exported=_exported(estate),
        export_runs={str(run): state for run, state in await rows(_EXPORT_RUNS)},
        outbox=[str(left) for (left,) in await rows(_OUTBOX, estate.clock.now())],
        files=await play.watch.number(_FILES),
        people=await play.watch.number(_PEOPLE),
        strays=_on_disk(estate) - await play.watch.number(_STORED),
        audited={(action, target): times for action, target, times in await rows(_AUDITED)},
        figures=figures,
        letters_by_kind=dict(sorted(Counter(letter.kind for letter in letters).items())),
    )


async def _pairs(play: Play, query: LiteralString) -> list[tuple[Any, Any]]:
    return [(first, second) for first, second in await play.watch.rows(query)]


def _letter(row: tuple[Any, ...]) -> Letter:
    key, kind, recipient, about, state, reference = row
    return Letter(key=key, kind=kind, recipient=recipient, about=about, state=state, reference=reference)


def _offer(row: tuple[Any, ...]) -> Offer:
    identity, application, child, status, first, answered = row
    return Offer(
        id=identity, application=application, child=child, status=status, first=first, answered=answered
    )


def _granted(rows: list[tuple[Any, ...]]) -> set[UUID]:
    """Return the applications with a place in the released run; none before there is one."""
    given = [msgspec.json.decode(bytes(result))["assignment"] for (result,) in rows]
    return {UUID(application) for one in given for application, unit in one.items() if unit}


def _shipments(estate: Estate) -> list[Shipment]:
    found = estate.behind("/svarut/letters", municipality=MUNICIPALITY)
    return [
        Shipment(
            id=one["id"],
            reference=one["reference"],
            state=delivery(ShipmentStatus(id=one["id"], status=one["status"])).state,
        )
        for one in found["letters"]
    ]


def _on_disk(estate: Estate) -> int:
    return sum(path.is_file() for path in (estate.settings.data_path / "files").rglob("*"))


def _exported(estate: Estate) -> list[tuple[str, list[str]]]:
    return [
        (one["key"], [placement["id"] for placement in one["export"]["placements"]])
        for one in estate.behind("/administration/exports", municipality=MUNICIPALITY)
    ]
