"""Families at every step of the way, with the addresses of all pages they can open there."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from opptak.admission.schemas import Answers
from opptak.admission.service import Applications
from tests.core.scene import Household, Scene

__all__ = ("Leaf", "after_release", "before_deadline", "public_pages")


class Leaf(msgspec.Struct, frozen=True):
    """A page, and who can open it (nobody needs to be logged in for a public one)."""

    path: str
    household: Household | None = None


async def public_pages(scene: Scene) -> list[Leaf]:
    """Return the pages for everybody."""
    houses = await scene.houses(a=1, b=2)
    first = houses["a"].facility_id
    paths = ["/", "/kindergartens", f"/kindergartens/{first}", "/contact", "/privacy", "/accessibility"]
    return [Leaf(path) for path in paths]


async def before_deadline(scene: Scene) -> list[Leaf]:
    """Return the pages of a family that answers, of one that has answered, and of one with a schoolchild."""
    houses = await scene.houses(a=2, b=2, c=2)
    answering = await scene.family(date(2025, 6, 1), date(2026, 9, 20), parents=2)
    sent = await scene.family(date(2023, 5, 5))
    alone = await scene.family(date(2010, 5, 5))
    [draft, _] = await scene.draft(answering)
    await _answer(scene, answering, draft.id, draft.version)
    [application] = await scene.apply(sent, houses["b"], houses["c"], priority=True)
    own, others = f"/applications/{draft.id}", f"/applications/{application.id}"
    return [
        Leaf("/children", answering),
        Leaf("/children", alone),
        *_leaves(own, ["", "/wishes", "/priority", "/review", "/no"], answering),
        *_leaves(others, ["", "/receipt", "/status", "/withdraw"], sent),
    ]


async def after_release(scene: Scene) -> list[Leaf]:
    """Return the pages of families that got what they wanted most, something else, and nothing."""
    houses = await scene.houses(a=1, b=1)
    homes = [await scene.family(date(2025, month, 1)) for month in (1, 2, 3)]
    sent = [(await scene.apply(home, houses["a"], houses["b"]))[0] for home in homes]
    await scene.close()
    await scene.release()
    leaves: list[Leaf] = []
    for home, application in zip(homes, sent, strict=True):
        own = f"/applications/{application.id}"
        leaves += [Leaf("/children", home), *_leaves(own, ["/status", "/why", "/certificate"], home)]
        leaves += [
            leaf
            for offer in await scene.offers(application)
            for leaf in _leaves(f"/offers/{offer.id}", ["", "/decline"], home)
        ]
    return leaves


def _leaves(address: str, ends: Sequence[str], household: Household) -> list[Leaf]:
    return [Leaf(address + end, household) for end in ends]


async def _answer(scene: Scene, household: Household, application: UUID, version: int) -> None:
    async with scene.work_as(household.parent) as work:
        given = Answers(start_on=date(2027, 8, 16), days_per_week=5)
        await Applications(work).save(application, given, version=version)
