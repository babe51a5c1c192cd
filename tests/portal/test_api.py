"""The JSON API: what the pages do, for programs."""

from typing import Any

import httpx
import pytest

from opptak.kit.ids import new_id
from tests.core.scene import Scene
from tests.portal.conftest import LogIn
from tests.portal.test_filling import opened, stored
from tests.portal.test_offers import released
from tests.portal.visitor import Visitor


async def call(visitor: Visitor, method: str, path: str, body: dict[str, Any]) -> httpx.Response:
    headers = {"x-csrftoken": visitor.token, "Sec-Fetch-Site": "same-origin"}
    return await visitor.client.request(method, f"/api/v1{path}", json=body, headers=headers)


@pytest.mark.parametrize("path", ["/me/children", "/applications/{id}"])
async def test_api_wants_a_login(stranger: Visitor, path: str) -> None:
    answer = await stranger.get(f"/api/v1{path.format(id=new_id())}")

    assert (answer.status_code, answer.json()["code"]) == (401, "login_required")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_api_hides_what_belongs_to_others(scene: Scene, log_in: LogIn) -> None:
    _, application, _ = await opened(scene, log_in)
    other = await log_in(await scene.family())
    await other.get("/children")
    path = f"/applications/{application.id}"

    assert (await other.get(f"/api/v1{path}")).status_code == 404
    assert (await call(other, "PUT", path, {"version": 1})).status_code == 404


async def test_api_refuses_a_call_without_token(scene: Scene, log_in: LogIn) -> None:
    parent, application, _ = await opened(scene, log_in)
    parent.token = ""

    answer = await call(parent, "PUT", f"/applications/{application.id}", {"version": 1})

    assert (answer.status_code, answer.json()["code"]) == (403, "form_expired")


async def test_api_tells_the_children_with_their_applications(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in)

    [child] = (await parent.get("/api/v1/me/children")).json()

    assert child["id"] == str(home.child)
    assert [one["id"] for one in child["applications"]] == [str(application.id)]
    assert (await parent.get(f"/api/v1/applications/{application.id}")).json()["status"] == "drafted"


async def test_api_keeps_answers_and_sends_them_in(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in)
    path, answers = f"/applications/{application.id}", {"start_on": "2027-08-16", "days_per_week": 5}

    kept = await call(parent, "PUT", path, {**answers, "version": application.version})
    sent = await call(parent, "PUT", path, {**answers, "version": kept.json()["version"], "send": True})

    assert (kept.json()["status"], sent.json()["status"]) == ("drafted", "submitted")
    assert (await stored(scene, home, application)).status == "submitted"


async def test_api_says_which_field_is_wrong(scene: Scene, log_in: LogIn) -> None:
    parent, application, _ = await opened(scene, log_in)
    body = {"start_on": "2030-01-01", "version": application.version}

    answer = await call(parent, "PUT", f"/applications/{application.id}", body)

    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"start_on"}


@pytest.mark.parametrize("body", [{}, {"version": "x"}, {"version": 1, "more": 1}])
async def test_api_refuses_what_it_does_not_understand(
    scene: Scene, log_in: LogIn, body: dict[str, Any]
) -> None:
    parent, application, _ = await opened(scene, log_in)

    assert (await call(parent, "PUT", f"/applications/{application.id}", body)).status_code == 422


async def test_api_refuses_an_older_version(scene: Scene, log_in: LogIn) -> None:
    parent, application, _ = await opened(scene, log_in)

    answer = await call(parent, "PUT", f"/applications/{application.id}", {"version": 99})

    assert (answer.status_code, answer.json()["code"]) == (409, "admission.changed")


@pytest.mark.parametrize(("reply", "status"), [("accept", "accepted"), ("decline", "declined")])
async def test_api_takes_the_answer_to_an_offer(scene: Scene, log_in: LogIn, reply: str, status: str) -> None:
    [(home, application, offer), (other, _, _)] = await released(scene)
    parent, stranger = await log_in(home), await log_in(other)
    await stranger.get(f"/applications/{application.id}")
    path = f"/offers/{offer.id}/answer"
    await parent.get(f"/offers/{offer.id}")
    await stranger.get("/children")

    assert (await call(stranger, "POST", path, {"answer": reply})).status_code in {403, 404}
    answers = [await call(parent, "POST", path, {"answer": reply}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert (await scene.offer(application)).status == status


async def test_api_accepts_a_place_while_waiting_for_a_better_one(scene: Scene, log_in: LogIn) -> None:
    [_, (home, application, offer)] = await released(scene)
    parent = await log_in(home)
    await parent.get(f"/offers/{offer.id}")

    await call(parent, "POST", f"/offers/{offer.id}/answer", {"answer": "accept_staying_listed"})

    assert (await scene.offer(application)).status == "accepted_staying_listed"


async def test_api_describes_itself(stranger: Visitor) -> None:
    paths = (await stranger.get("/api/schema")).json()["paths"]

    assert set(paths) >= {
        "/api/v1/me/children",
        "/api/v1/applications/{application_id}",
        "/api/v1/offers/{offer_id}/answer",
    }
