"""Pages need few queries, and as many for a large family as for a small one."""

from datetime import date

import pytest

from opptak.runtime import Runtime
from tests.core.scene import Household, Scene
from tests.counting import counted
from tests.portal.conftest import LogIn

BUDGET = 8
"""Queries of a page, those for the tenant and the login among them."""

ONE = (date(2025, 6, 1),)
THREE = (date(2025, 6, 1), date(2024, 6, 1), date(2023, 6, 1))


async def queries(log_in: LogIn, runtime: Runtime, home: Household, path: str) -> int:
    parent = await log_in(home)
    await parent.get(path)
    with counted(runtime) as statements:
        page = await parent.get(path)
    assert page.status_code == 200
    return len(statements)


@pytest.mark.parametrize("page", ["", "/wishes", "/priority"])
async def test_application_takes_few_queries(
    scene: Scene, log_in: LogIn, runtime: Runtime, page: str
) -> None:
    await scene.houses(a=1, b=1, c=1, d=1, e=1)
    small, large = await scene.family(*ONE), await scene.family(*THREE, parents=2)
    [one, *three] = await scene.draft(small, large)

    few = await queries(log_in, runtime, small, f"/applications/{one.id}{page}")
    many = await queries(log_in, runtime, large, f"/applications/{three[0].id}{page}")

    assert few == many
    assert many <= BUDGET


async def test_children_take_few_queries(scene: Scene, log_in: LogIn, runtime: Runtime) -> None:
    houses = await scene.houses(a=1, b=1, c=1, d=1, e=1)
    small, large = await scene.family(*ONE), await scene.family(*THREE, parents=2)
    await scene.apply(small, houses["a"])
    await scene.apply(large, *houses.values())
    await scene.close()
    await scene.release()

    few = await queries(log_in, runtime, small, "/children")
    many = await queries(log_in, runtime, large, "/children")

    assert few == many
    assert many <= BUDGET


async def test_status_takes_as_many_queries_however_many_wishes(
    scene: Scene, log_in: LogIn, runtime: Runtime
) -> None:
    houses = await scene.houses(a=1, b=1, c=1, d=1, e=1)
    small, large = await scene.family(*ONE), await scene.family(*THREE, parents=2)
    [one] = await scene.apply(small, houses["a"])
    three = await scene.apply(large, *houses.values())

    few = await queries(log_in, runtime, small, f"/applications/{one.id}/status")
    many = await queries(log_in, runtime, large, f"/applications/{three[0].id}/status")

    assert few == many
