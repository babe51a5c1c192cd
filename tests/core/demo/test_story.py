"""The story's own judgement: when it must not go on, and on which days something happens."""

import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from click.testing import CliRunner
from tests.fakes import FakeTown, kindergarten

from opptak.admission.schemas import RoundView
from opptak.admission.service import Rounds
from opptak.demo.cast import engage
from opptak.demo.commands import TENANTS, demo
from opptak.demo.programs import ProgramEnded, Programs
from opptak.demo.stage import Stage, _recall, another_story
from opptak.demo.story import Story, StoryStuck
from opptak.documents.tasks import follow_letters
from opptak.facilities.service import Facilities
from opptak.outreach.repository import OutreachRepository
from opptak.runtime import Runtime
from opptak.settings import Settings
from opptak.tenancy.context import TenantContext, Work
from opptak.tenancy.jobs import enqueue

OpenWork = Callable[[], AbstractAsyncContextManager[Work]]


@pytest.fixture
def said() -> list[str]:
    """What the story has told."""
    return []


@pytest.fixture
def stage(runtime: Runtime) -> Stage:
    """What a story needs of one."""
    own = SimpleNamespace(runtime=runtime, clock=runtime.clock, seed=1, programs=Programs())
    return cast("Stage", own)


@pytest.fixture
async def story(
    stage: Stage, tenant: TenantContext, work: OpenWork, town: FakeTown, said: list[str]
) -> Story:
    """A story in a municipality with a kindergarten."""
    town.facilities = {"970000001": kindergarten("970000001")}
    async with work() as opened:
        await Facilities(opened).import_register()
    return Story(stage, tenant, await engage(stage.runtime, tenant), say=said.append)


@pytest.fixture
async def intake(work: OpenWork, tenant: TenantContext) -> RoundView:
    """The open round."""
    async with work() as opened:
        return await Rounds(opened).ensure(tenant.document.rounds[0].intake)


async def campaign(work: OpenWork, intake: RoundView, *, eligible: int, drafted: int) -> None:
    """Have a campaign that found some children and drafted for some of them."""
    async with work() as opened:
        repository = OutreachRepository(opened.session)
        begun = await repository.begin(intake.id, now=opened.now)
        assert begun is not None
        row = await repository.lock(begun)
        row.eligible, row.drafted, row.invited = eligible, drafted, 2 * drafted


@pytest.mark.parametrize(("eligible", "drafted"), [(0, 0), (3, 0), (3, 2)])
async def test_story_stops_where_applications_are_missing(
    story: Story, work: OpenWork, intake: RoundView, eligible: int, drafted: int
) -> None:
    await campaign(work, intake, eligible=eligible, drafted=drafted)
    with pytest.raises(StoryStuck, match=f"{drafted} of {eligible} applications drafted; run it again"):
        await story.require_drafts(intake.id)


async def test_story_goes_on_when_everybody_has_an_application(
    story: Story, work: OpenWork, intake: RoundView, said: list[str]
) -> None:
    await campaign(work, intake, eligible=3, drafted=3)
    await story.require_drafts(intake.id)
    assert said == ["3 of 3 applications drafted, 6 letters sent to the guardians"]


async def test_reminders_have_days_of_their_own_before_the_answers_of_the_day(
    story: Story, intake: RoundView
) -> None:
    days = story.calendar(intake)
    assert days == sorted(days, key=lambda entry: entry[0])
    assert [day for day, week in days if week is None] == [date(2027, 2, 8), date(2027, 2, 22)]
    assert [week for _, week in days if week is not None] == [0, 1, 2, 3, 4, 5]


async def test_story_ends_at_once_when_its_worker_has_ended(
    story: Story, stage: Stage, work: OpenWork
) -> None:
    async with work() as opened:
        await enqueue(opened, follow_letters)
    with stage.programs.run("worker", [sys.executable, "-c", "raise SystemExit(3)"]) as worker:
        worker.wait()
        with pytest.raises(ProgramEnded, match="the worker has ended with code 3"):
            await story.rest()


def test_summary_without_a_folder_is_told_before_anything_begins(tmp_path: Path) -> None:
    refused = CliRunner().invoke(demo, ["--fresh", "--summary", str(tmp_path / "nowhere" / "out.json")])
    assert (refused.exit_code, refused.output) == (
        1,
        f"Error: --summary: there is no folder {tmp_path / 'nowhere'}\n",
    )


@pytest.mark.parametrize(
    ("tenants", "seed", "told"),
    [
        (("kafjord",), None, []),
        (("kafjord",), 7, []),
        (("kafjord",), 8, ["invented with seed 7"]),
        (("storfjord",), 1, ["invented with seed 7", "began with kafjord"]),
    ],
)
def test_another_story_than_the_one_here_is_told(
    tmp_path: Path, tenants: tuple[str, ...], seed: int | None, told: list[str]
) -> None:
    settings = Settings(data_dir=str(tmp_path))
    assert [*another_story(settings, tenants, seed=seed)] == []
    _recall(tmp_path / "demo.json", ["kafjord"], 7)
    lines = [*another_story(settings, tenants, seed=seed)]
    assert len(lines) == len(told)
    assert all(words in line for words, line in zip(told, lines, strict=True))


def test_whose_story_is_told_can_be_chosen_among_those_there_are() -> None:
    refused = CliRunner().invoke(demo, ["--tenants", "nordreisa,atlantis"])
    assert refused.exit_code == 2
    assert all(slug in refused.output for slug in TENANTS)
