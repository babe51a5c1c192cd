"""A stage of the demonstration and a real browser to visit it with."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser
from tests.e2e.theatre import Theatre, theatre
from tests.e2e.visitor import Device, Visitor, Visitors, browser, visit


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser that is installed."""
    async with browser() as launched:
        yield launched


@pytest.fixture(scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Theatre]:
    """A municipality of this file's own, on the day after its letters went out."""
    async with theatre(tmp_path_factory.mktemp("stage")) as told:
        yield told


@pytest.fixture(scope="module")
async def released(town: Theatre) -> Theatre:
    """The town after the other families have answered and the office has given out the places."""
    await town.story.answer(town.intake)
    await town.story.close(town.intake)
    await town.story.allocate(town.intake.id)
    return town


@pytest.fixture
async def visitors(chromium: Browser, town: Theatre) -> AsyncIterator[Visitors]:
    """Open browsers at the town, each with cookies of its own; none may have had anything to complain of."""
    opened: list[Visitor] = []

    async def open_one(device: Device = Device.PHONE, *, scripts: bool = True) -> Visitor:
        opened.append(await visit(chromium, town, device, scripts=scripts))
        return opened[-1]

    yield open_one
    for visitor in opened:
        await visitor.page.context.close()
    assert [complaint for visitor in opened for complaint in visitor.complaints] == []
