"""The program in docs/how-to/call-the-api.md does what the page says."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from tests.asgi import within
from tests.core.scene import SMALL, Scene
from tests.core.web.test_api import app

from opptak.admission.schemas import ClaimState
from opptak.admission.service import Applications
from opptak.authz.actions import Role
from opptak.identity.staff import Staff
from opptak.kit.subject import SYSTEM

__all__ = ("app",)

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "call-the-api.md"
EMAIL, PASSWORD = "anne@kommune.example", "a password of the test"


def program() -> dict[str, Any]:
    """Return what the page's program defines."""
    [code] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    defined: dict[str, Any] = {"__name__": "guide"}
    exec(compile(code, str(GUIDE), "exec"), defined)  # noqa: S102 -- our own page
    return defined


def test_program_finds_its_way_to_this_machine() -> None:
    client = program()["client_of"]("http://kafjord.localhost:8400")
    assert str(client.base_url) == "http://127.0.0.1:8400"
    assert client.headers["Host"] == "kafjord.localhost:8400"
    client = program()["client_of"]("https://kafjord.example")
    assert str(client.base_url) == "https://kafjord.example"
    assert "Host" not in client.headers


async def test_program_decides_what_is_open(app: Litestar, scene: Scene) -> None:
    guide, houses = program(), await scene.houses(ann=2)
    async with scene.work_as(SYSTEM) as work:
        await Staff(work).add(email=EMAIL, name="Anne", roles=[Role.CASE_WORKER], password=PASSWORD)
        base = f"http://{work.tenant.slug}.localhost"
    await scene.apply(await scene.family(SMALL), houses["ann"])
    await scene.apply(await scene.family(SMALL), houses["ann"], priority=True)
    await scene.close()
    async with httpx.AsyncClient(transport=within(app), base_url=base) as client:
        with pytest.raises(SystemExit):
            await guide["log_in"](client, EMAIL, "another")
        assert (await guide["log_in"](client, EMAIL, PASSWORD))["roles"] == ["case_worker"]
        [row] = await guide["undecided"](client)
        assert await guide["decide"](client, row["id"]) == 1
        assert await guide["undecided"](client) == []
    async with scene.work_as(SYSTEM) as work:
        decided = await Applications(work).get(row["id"])
    assert ClaimState.VERIFIED in {claim.state for claim in decided.claims}
