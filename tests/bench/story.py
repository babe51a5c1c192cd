"""The letters of a campaign: drafts a second, and children drafted for and written to a second.

Tromsø's families are found first. Then drafts are made and thrown away again, against a bare psycopg that
writes the same rows; then one worker process drafts and hands the letters to the simulated SvarUt, against
the bare typesetting of one letter.
"""

import asyncio
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import date
from statistics import median
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import func, select
from tests.bench.measures import processor_seconds, resident_megabytes, say
from tests.documents import TENANTS

from opptak.admission.models import Application, Claim, Wish
from opptak.admission.schemas import DraftRequest
from opptak.admission.service import Applications, Rounds
from opptak.demo.cast import engage
from opptak.demo.stage import Stage, raise_stage
from opptak.demo.story import Story
from opptak.documents import composing
from opptak.documents.rendering import render_letter
from opptak.documents.schemas import LetterKind
from opptak.hooks.providers import RuleSet
from opptak.hooks.types import PostalAddress
from opptak.kit import loops
from opptak.kit.db import Role
from opptak.kit.models import TenantOwned
from opptak.kit.outbox import OutboxJob
from opptak.kit.ports import free_port
from opptak.outreach.models import Campaign
from opptak.outreach.schemas import CampaignState
from opptak.outreach.service import Outreach
from opptak.people.service import People
from opptak.placements.service import Placements
from opptak.settings import Settings
from opptak.settling import perform
from opptak.tenancy.context import TenantContext
from opptak.tenancy.folder import read_folder

__all__ = ("measure_story",)

TOWN = "tromso"
AT_ONCE = 100
"""Children a transaction, as in a campaign."""
LEAST_DRAFTS, LEAST_CHILDREN, MOST_MEGABYTES = 150, 25, 300
"""What the project promises: drafts, and children written to, a second; and the worker's memory."""
_TABLES: tuple[type[TenantOwned], ...] = (Application, Wish, Claim)

Rows = Mapping[type[TenantOwned], Sequence[Mapping[str, Any]]]


class Took(msgspec.Struct, frozen=True):
    """Seconds by the clock, and of the processor."""

    seconds: float
    busy: float


class _Undone(Exception):
    """Ends a transaction whose work is not wanted."""


def measure_story() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=folder, port=free_port(), secure_cookies=False, log_level="WARNING")
        with raise_stage(settings, [TOWN], seed=1, works=False) as stage:
            loops.run(_measure(stage))


async def _measure(stage: Stage) -> None:
    runtime = stage.runtime
    await runtime.catalogue.apply(read_folder(TENANTS / TOWN), author="bench")
    tenant = await runtime.tenants.by_slug(TOWN)
    assert tenant is not None
    await Story(stage, tenant, await engage(runtime, tenant)).furnish()
    round_id = await _found(stage, tenant)
    await _drafts(stage, tenant, round_id)
    await _letters(stage, tenant)
    await runtime.close()


async def _found(stage: Stage, tenant: TenantContext) -> UUID:
    """Have the campaign find the children and their families, and stop before it drafts."""
    async with stage.runtime.work(tenant) as work:
        intake = await Rounds(work).ensure(tenant.document.rounds[0].intake)
        await Outreach(work).start(intake.id)
    while await _state(stage, tenant) != CampaignState.INVITING:
        async with stage.runtime.database.tenant(tenant.id) as session:
            jobs = (await session.scalars(select(OutboxJob.id))).all()
        for job in jobs:
            await perform(stage.runtime, tenant.id, job)
    return intake.id


async def _state(stage: Stage, tenant: TenantContext) -> str:
    async with stage.runtime.database.tenant(tenant.id) as session:
        return (await session.scalars(select(Campaign.state))).one()


async def _drafts(stage: Stage, tenant: TenantContext, round_id: UUID) -> None:
    """Draft for everybody, some at a time, and write the same rows without any of our code."""
    children = await _without_place(stage, tenant)
    ours = busy = bare = 0.0
    for start in range(0, len(children), AT_ONCE):
        took, rows = await _draft(stage, tenant, round_id, children[start : start + AT_ONCE])
        ours, busy = ours + took.seconds, busy + took.busy
        bare += await _write(stage, tenant, rows)
    rate, reference = len(children) / ours, len(children) / bare
    say(f"(c) the same rows by bare psycopg   {reference:9.0f} drafts/s")
    say(f"(d) drafts, everything              {rate:9.0f} drafts/s   (at least {LEAST_DRAFTS})")
    say(f"d / c                               {rate / reference:9.2f}")
    say(f"processor time of the process       {1000 * busy / len(children):9.1f} ms a draft")


async def _without_place(stage: Stage, tenant: TenantContext) -> list[UUID]:
    round_ = tenant.document.rounds[0]
    rules = tenant.plugins.require(RuleSet)
    async with stage.runtime.work(tenant) as work:
        children = await People(work).born_between(*rules.birth_window(round_.year))
        placed = await Placements(work).held_by(children, round_.starts_on)
    return [child for child in children if child not in placed]


async def _draft(
    stage: Stage, tenant: TenantContext, round_id: UUID, children: Sequence[UUID]
) -> tuple[Took, Rows]:
    """Return what the drafts of some children took, and their rows, which are then undone."""
    took, rows = Took(0, 0), {}
    try:
        async with stage.runtime.work(tenant) as work:
            await People(work).locate(children)
            started, before = time.perf_counter(), time.process_time()
            await Applications(work).draft(
                [DraftRequest(child_id=one, round_id=round_id) for one in children]
            )
            await work.session.flush()
            took = Took(time.perf_counter() - started, time.process_time() - before)
            for model in _TABLES:
                found = await work.session.execute(select(model.__table__))
                rows[model] = [dict(row) for row in found.mappings()]
            raise _Undone
    except _Undone:
        return took, rows


async def _write(stage: Stage, tenant: TenantContext, rows: Rows) -> float:
    """Return how long a bare driver takes for the rows, which are then undone."""
    url = stage.runtime.database.urls.url(Role.APP).set(drivername="postgresql")
    async with await psycopg.AsyncConnection.connect(url.render_as_string(hide_password=False)) as connection:
        await connection.execute("select set_config('opptak.tenant', %s, true)", (str(tenant.id),))
        started = time.perf_counter()
        async with connection.cursor() as cursor:
            for model, those in rows.items():
                if those:
                    marks = ", ".join(["%s"] * len(those[0]))
                    await cursor.executemany(
                        f"insert into {model.__tablename__} ({', '.join(those[0])}) values ({marks})",  # noqa: S608
                        [
                            [Jsonb(one) if isinstance(one, dict) else one for one in row.values()]
                            for row in those
                        ],
                    )
        seconds = time.perf_counter() - started
        await connection.rollback()
    return seconds


async def _letters(stage: Stage, tenant: TenantContext) -> None:
    """Let one worker process do what is left of the campaign."""
    typesetting = _typesetting(tenant)
    with stage.worked() as worker:
        while not await _begun(stage, tenant):  # noqa: ASYNC110 -- what is waited for is another process
            await asyncio.sleep(0.02)
        started, before = time.perf_counter(), processor_seconds(worker.pid)
        await _done(stage, tenant)
        seconds = time.perf_counter() - started
        busy, memory = processor_seconds(worker.pid) - before, resident_megabytes(worker.pid)
    async with stage.runtime.work(tenant) as work:
        campaign = await Outreach(work).of_intake(tenant.document.rounds[0].intake)
    children, letters = campaign.drafted / seconds, campaign.invited / seconds
    say(f"(e) one letter, typesetting alone   {typesetting:9.0f} letters/s")
    say(f"(f) letters, everything             {letters:9.0f} letters/s")
    say(f"f / e                               {letters / typesetting:9.2f}")
    say(f"drafts with letters                 {children:9.0f} children/s (at least {LEAST_CHILDREN})")
    say(f"processor time of the worker        {1000 * busy / campaign.invited:9.1f} ms a letter")
    say(f"memory of the worker process        {memory:9d} MB  (at most {MOST_MEGABYTES})")


async def _begun(stage: Stage, tenant: TenantContext) -> bool:
    async with stage.runtime.database.tenant(tenant.id) as session:
        begun = select(func.count()).where(OutboxJob.attempts > 0)
        return bool(await session.scalar(begun))


async def _done(stage: Stage, tenant: TenantContext) -> None:
    left = 1
    while left:
        await asyncio.sleep(0.1)
        async with stage.runtime.database.tenant(tenant.id) as session:
            left = await session.scalar(select(func.count()).select_from(OutboxJob)) or 0


def _typesetting(tenant: TenantContext) -> float:
    """Return how many letters a second the typesetter makes when it has nothing else to do."""
    page = composing.compose(
        LetterKind.INVITATION,
        {"deadline": "2027-03-01"},
        recipient=composing.Recipient(
            name="Prøve Prøvesen",
            address=PostalAddress(lines=("Storgata 1",), postcode="9008", place="Tromsø"),
        ),
        document=tenant.document,
        text=tenant.translator("nb"),
        base_url=tenant.base_url,
        written_on=date(2027, 1, 11),
    )
    taken = []
    for turn in range(101):
        started = time.perf_counter()
        letter = msgspec.structs.replace(page, title=f"{page.title} {turn}")
        render_letter(letter, language="nb", created=tenant.clock.now())
        taken.append(time.perf_counter() - started)
    # The first one reads the fonts.
    return 1 / median(taken[1:])
