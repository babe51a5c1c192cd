"""Queries a page costs: few, and as many for sixty rows as for one."""

import pytest

from opptak.runtime import Runtime
from tests.admin_ui.album import EVERYWHERE
from tests.admin_ui.conftest import Employ
from tests.admin_ui.test_pages import ALL, MOMENTS, Moment
from tests.core.scene import Scene
from tests.counting import counted

MOST = 8
"""Queries, the begin of the transaction and the login among them."""
DRY_RUN = "/ruling?unit="
"""Runs the round once more to say what a decision would change: it reads all that a run looks at."""


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
async def test_no_page_costs_more_than_the_budget(
    moment: Moment, scene: Scene, employ: Employ, runtime: Runtime
) -> None:
    pages = await moment(scene)
    anne = await employ(*ALL)

    runtime.tenants.hear(anew=True)
    await anne.get("/staff/")  # finds the tenant of the host, which is remembered
    costs = {}
    for path in pages:
        runtime.tenants.hear()  # as a web process does all the time
        with counted(runtime) as statements:
            await anne.get(path)
        costs[path] = len(statements)

    assert {path: cost for path, cost in costs.items() if cost > MOST and DRY_RUN not in path} == {}
    assert min(costs.values()) >= 2


async def test_lists_cost_the_same_for_sixty_rows(scene: Scene, employ: Employ, runtime: Runtime) -> None:
    houses = await scene.houses(a=60, b=60)
    wished = f"/staff/kindergartens/{houses['a'].facility_id}/applicants"
    anne = await employ(*ALL)

    async def costs() -> dict[str, int]:
        found = {}
        for path in (*EVERYWHERE, wished):
            runtime.tenants.hear()
            with counted(runtime) as statements:
                assert (await anne.get(path)).status_code == 200
            found[path] = len(statements)
        return found

    await furnish(scene, families=1)
    runtime.tenants.hear(anew=True)
    await anne.get("/staff/")
    few = await costs()
    await furnish(scene, families=59)
    many = await costs()

    assert many == few


async def furnish(scene: Scene, *, families: int) -> None:
    """Let families apply, and let as many children have a place already."""
    houses = await scene.by_name()
    for _ in range(families):
        await scene.placed((await scene.family()).child, "b")
    # Last, so that the log's newest lines name parents each time.
    for _ in range(families):
        await scene.apply(await scene.family(), houses["a"], houses["b"])
