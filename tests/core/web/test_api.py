"""The JSON API: who may call what, what it answers, and what it refuses without falling over."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import schemathesis
from litestar import Litestar
from tests.asgi import within
from tests.conftest import START, new_tenant
from tests.fakes import FakeCountry
from tests.isolation.estate import Estate, Login, build, park_again

from opptak.authz.actions import Role
from opptak.kit.clock import TravelClock
from opptak.kit.ids import new_id
from opptak.runtime import Runtime
from opptak.web import create_app, handlers, installed_sites
from opptak.webkit.api import query_names

PARENTS, STAFF = "/api/v1", "/staff/api/v1"

OPERATIONS = Path(__file__).with_name("operations.txt")
"""What every client relies on: a line each, with name, method and path."""


@pytest.fixture(scope="module")
async def town(runtime: Runtime, country: FakeCountry) -> AsyncIterator[Estate]:
    """A municipality after the release of its round."""
    assert isinstance(runtime.clock, TravelClock)
    runtime.clock.travel_to(START)
    tenant = await new_tenant(runtime)
    yield await build(
        runtime, tenant, country.town(tenant.slug), houses=("ann", "berg", "carl"), neighbours=1
    )
    runtime.clock.travel_to(START)


@pytest.fixture
def app(runtime: Runtime) -> Litestar:
    """The application with the sites that are installed."""
    return create_app(runtime, installed_sites())


@asynccontextmanager
async def calling(app: Litestar, town: Estate, login: Login | None) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client with somebody's login."""
    headers = {"Sec-Fetch-Site": "same-origin", "X-CSRFToken": login.csrf if login else ""}
    cookies = {login.cookie: login.token} if login else {}
    transport = within(app, raising=False)
    base = f"http://{town.tenant.slug}.localhost"
    async with httpx.AsyncClient(
        transport=transport, base_url=base, headers=headers, cookies=cookies
    ) as client:
        yield client


def problem(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = msgspec.json.decode(response.content)
    assert told["type"] == f"urn:opptak:problem:{told['code']}"
    assert told["status"] == response.status_code
    assert told["trace"] == response.headers["x-request-id"]
    return told


class TestAccess:
    """Anonymous, the wrong role, and those who may."""

    @pytest.mark.parametrize("path", [f"{PARENTS}/me", f"{STAFF}/me", f"{STAFF}/applications"])
    async def test_nobody_is_asked_to_log_in(self, app: Litestar, town: Estate, path: str) -> None:
        async with calling(app, town, None) as client:
            answer = await client.get(path)
        assert (answer.status_code, problem(answer)["code"]) == (401, "login_required")

    async def test_program_is_told_of_no_page(self, app: Litestar, town: Estate) -> None:
        async with calling(app, town, town.staff[Role.CASE_WORKER]) as client:
            answer = await client.get(f"{STAFF}/nowhere", headers={"Accept-Language": "en"})
            taken = await client.delete(f"{STAFF}/facilities")
        assert problem(answer)["title"] == "There is no such thing here."
        assert problem(taken)["code"] == "method_not_allowed"

    async def test_login_of_one_site_is_none_at_the_other(self, app: Litestar, town: Estate) -> None:
        async with calling(app, town, town.parent) as client:
            assert (await client.get(f"{STAFF}/applications")).status_code == 401
        async with calling(app, town, town.staff[Role.CASE_WORKER]) as client:
            assert (await client.get(f"{PARENTS}/me/children")).status_code == 401

    @pytest.mark.parametrize(
        ("role", "path"), [(Role.LEADER, "/letters"), (Role.APPROVER, "/problems"), (Role.LEADER, "/audit")]
    )
    async def test_other_role_is_refused(self, app: Litestar, town: Estate, role: Role, path: str) -> None:
        async with calling(app, town, town.staff[role]) as client:
            answer = await client.get(f"{STAFF}{path}")
        assert (answer.status_code, problem(answer)["code"]) == (403, "not_allowed")

    async def test_change_without_the_token_is_refused(self, app: Litestar, town: Estate) -> None:
        async with calling(app, town, town.staff[Role.CASE_WORKER]) as client:
            del client.headers["X-CSRFToken"]
            answer = await client.post(f"{STAFF}/facilities/import")
        assert (answer.status_code, problem(answer)["code"]) == (403, "form_expired")

    async def test_caller_is_told_what_they_may_do(self, app: Litestar, town: Estate) -> None:
        login = town.staff[Role.LEADER]
        async with calling(app, town, login) as client:
            caller = (await client.get(f"{STAFF}/me")).json()
        assert caller["csrf"] == login.csrf
        assert caller["roles"] == ["leader"]
        assert "capacity.write" in caller["actions"]
        assert "run.release" not in caller["actions"]


class TestParents:
    """What a parent's pages do."""

    async def test_family_sees_children_letters_outcome_and_reasons(
        self, app: Litestar, town: Estate
    ) -> None:
        async with calling(app, town, town.parent) as client:
            children = (await client.get(f"{PARENTS}/me/children")).json()
            letters = (await client.get(f"{PARENTS}/me/letters")).json()
            application = town.ids["application_id"][0]
            outcome = (await client.get(f"{PARENTS}/applications/{application}/outcome")).json()
            reasons = (await client.get(f"{PARENTS}/applications/{application}/reasons")).json()
            pdf = await client.get(f"{PARENTS}/letters/{letters[0]['id']}/letter.pdf")
        assert [one["applications"][0]["id"] for one in children] == list(town.ids["application_id"])
        assert outcome["offers"][0]["status"] == "accepted"
        assert reasons
        assert all(isinstance(sentence, str) for sentence in reasons)
        assert pdf.content.startswith(b"%PDF")

    async def test_application_of_a_child_is_started_once(self, app: Litestar, town: Estate) -> None:
        child = town.ids["child_id"][0]
        url = f"{PARENTS}/me/children/{child}/application"
        async with calling(app, town, None) as client:
            assert (await client.post(url)).status_code in (401, 403)
        async with calling(app, town, town.parent) as client:
            assert (await client.post(url.replace(child, str(new_id())))).status_code == 404
            again = await client.post(url)
        assert again.status_code == 200, again.text
        assert again.json()["id"] in town.ids["application_id"]

    async def test_offer_is_answered_once(self, app: Litestar, town: Estate) -> None:
        async with calling(app, town, town.parent) as client:
            offer = town.ids["offer_id"][-1]
            accepted = await client.post(f"{PARENTS}/offers/{offer}/answer", json={"answer": "accept"})
            again = await client.post(f"{PARENTS}/offers/{offer}/answer", json={"answer": "accept"})
        assert accepted.status_code == again.status_code == 200
        assert accepted.json()["status"] == again.json()["status"] == "accepted"

    async def test_old_version_is_a_conflict(self, app: Litestar, town: Estate) -> None:
        application = town.ids["application_id"][0]
        async with calling(app, town, town.parent) as client:
            answer = await client.put(f"{PARENTS}/applications/{application}", json={"version": 0})
        assert answer.status_code == 409
        assert problem(answer)["code"] == "admission.locked"


class TestStaff:
    """What the staff's pages do."""

    async def test_applications_are_found_part_by_part(self, app: Litestar, town: Estate) -> None:
        async with calling(app, town, town.staff[Role.CASE_WORKER]) as client:
            rounds = (await client.get(f"{STAFF}/rounds")).json()
            wanted = {"round_id": rounds[0]["id"], "size": 2}
            first = (await client.get(f"{STAFF}/applications", params=wanted)).json()
            rest = (
                await client.get(f"{STAFF}/applications", params={**wanted, "after": first["last"]})
            ).json()
        found = [*first["items"], *rest["items"]]
        assert len(found) == first["total"] == len({one["id"] for one in found})
        assert set(town.ids["application_id"]) <= {one["id"] for one in found}

    @pytest.mark.parametrize(
        ("path", "role"),
        [
            ("/applications/{application_id}", Role.CASE_WORKER),
            ("/applications/{application_id}/outcome", Role.CASE_WORKER),
            ("/applications/{application_id}/reasons", Role.CASE_WORKER),
            ("/rounds/{round_id}", Role.CASE_WORKER),
            ("/rounds/{round_id}/counts", Role.CASE_WORKER),
            ("/rounds/{round_id}/queues", Role.CASE_WORKER),
            ("/rounds/{round_id}/runs", Role.APPROVER),
            ("/runs/{run_id}", Role.APPROVER),
            ("/runs/{run_id}/result.json", Role.AUDITOR),
            ("/errands/{errand_id}", Role.CASE_WORKER),
            ("/letters/{letter_id}", Role.CASE_WORKER),
            ("/letters/counts", Role.CASE_WORKER),
            ("/letters?state=queued", Role.CASE_WORKER),
            ("/facilities", Role.LEADER),
            ("/facilities/{facility_id}", Role.CASE_WORKER),
            ("/facilities/units?on=2027-08-01", Role.CASE_WORKER),
            ("/offers?status=accepted", Role.CASE_WORKER),
            ("/placements", Role.CASE_WORKER),
            ("/exports", Role.CASE_WORKER),
            ("/exports/{export_id}/csv", Role.CASE_WORKER),
            ("/problems", Role.CASE_WORKER),
            ("/audit?size=5", Role.AUDITOR),
        ],
    )
    async def test_what_a_page_shows_can_be_asked_for(
        self, app: Litestar, town: Estate, path: str, role: Role
    ) -> None:
        filled = path.format(**{name: some[0] for name, some in town.ids.items()})
        async with calling(app, town, town.staff[role]) as client:
            answer = await client.get(f"{STAFF}{filled}")
        assert answer.status_code == 200, answer.text

    async def test_letter_is_sent_once_more_for_a_reason(self, app: Litestar, town: Estate) -> None:
        url = f"{STAFF}/letters/{town.ids['letter_id'][0]}/resend"
        async with calling(app, town, town.staff[Role.CASE_WORKER]) as client:
            assert problem(await client.post(url, json={}))["code"] == "types_refused"
            refused = problem(await client.post(url, json={"reason": "because"}))
            assert (refused["code"], set(refused["fields"])) == ("types_refused", {"reason"})
            sent = await client.post(url, json={"reason": "moved"})
            copy = sent.json()["letter"]["id"]
        assert sent.status_code == 200
        async with calling(app, town, town.staff[Role.AUDITOR]) as client:
            noted = (await client.get(f"{STAFF}/audit?action=letter.resend")).json()["items"]
        assert copy != town.ids["letter_id"][0]
        assert [one["details"] for one in noted] == [{"reason": "moved"}]

    async def test_stopped_work_is_set_aside_for_a_reason(
        self, app: Litestar, runtime: Runtime, town: Estate
    ) -> None:
        url = f"{STAFF}/problems/{town.ids['job_id'][0]}/set-aside"
        async with calling(app, town, None) as client:
            assert (await client.post(url, json={"reason": "not_needed"})).status_code in (401, 403)
        async with calling(app, town, town.staff[Role.LEADER]) as client:
            assert (await client.post(url, json={"reason": "not_needed"})).status_code == 403
        async with calling(app, town, town.staff[Role.ADMINISTRATOR]) as client:
            assert problem(await client.post(url, json={"reason": "tired"}))["code"] == "types_refused"
            given_up = await client.post(url, json={"reason": "not_needed"})
            assert (await client.post(url, json={"reason": "not_needed"})).status_code == 404
        assert (given_up.status_code, given_up.json()["jobs"] > 0) == (200, True)
        await park_again(runtime, town)

    async def test_long_work_is_an_errand(self, app: Litestar, town: Estate) -> None:
        round_id = town.ids["round_id"][0]
        async with calling(app, town, town.staff[Role.CASE_WORKER]) as client:
            begun = await client.post(f"{STAFF}/rounds/{round_id}/runs")
            assert begun.status_code == 202, begun.text
            again = await client.post(f"{STAFF}/rounds/{round_id}/runs")
            found = await client.get(f"{STAFF}/errands/{begun.json()['id']}")
        assert begun.json()["id"] == again.json()["id"] == found.json()["id"]

    async def test_places_are_set(self, app: Litestar, town: Estate) -> None:
        unit = town.ids["unit_id"][0]
        sent = {"seats": 7, "valid_from": "2027-08-01"}
        async with calling(app, town, town.staff[Role.CASE_WORKER]) as client:
            answer = await client.put(f"{STAFF}/facilities/units/{unit}/capacity", json=sent)
            units = (await client.get(f"{STAFF}/facilities/units", params={"on": "2027-08-01"})).json()
        assert answer.status_code == 204
        assert {one["unit_id"]: one["seats"] for one in units}[unit] == 7


class TestQuery:
    """A misspelt filter is told, of every operation."""

    @pytest.fixture
    async def answer(self, app: Litestar, town: Estate) -> Callable[..., Awaitable[httpx.Response]]:
        logins = {PARENTS: town.parent, STAFF: town.staff[Role.CASE_WORKER]}

        async def ask(site: str, method: str, path: str) -> httpx.Response:
            async with calling(app, town, logins[site]) as client:
                return await client.request(method, path, params={"nme": "x"})

        return ask

    async def test_is_refused_by_every_operation(
        self, app: Litestar, answer: Callable[..., Awaitable[httpx.Response]]
    ) -> None:
        for path, handler in handlers(app):
            if not path.startswith((PARENTS, STAFF)):
                continue
            url = re.sub(r"\{\w+:uuid\}", str(new_id()), path)
            url = re.sub(r"\{[^}]+\}", "json", url)
            site = STAFF if path.startswith(STAFF) else PARENTS
            for method in sorted(handler.http_methods):
                told = problem(await answer(site, method, url))
                assert (told["code"], {*told["fields"]}) == ("types_refused", {"nme"}), (method, path)

    async def test_names_stand_in_the_description(self, app: Litestar) -> None:
        described = app.openapi_schema.to_schema()["paths"]
        for path, handler in handlers(app):
            if path.startswith((PARENTS, STAFF)):
                [operation] = [described[plain(path)][method.lower()] for method in handler.http_methods]
                named = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
                assert query_names(handler) == named

    async def test_language_may_be_chosen_anywhere(self, app: Litestar, town: Estate) -> None:
        async with calling(app, town, town.parent) as client:
            assert (await client.get(f"{PARENTS}/me?language=en")).json()["language"] == "en"


SEATS = f"{STAFF}/facilities/units/{{unit}}/capacity"


class TestRefusals:
    """What no client should send is refused with a code, and never a fault of ours."""

    @pytest.fixture
    async def client(self, app: Litestar, town: Estate) -> AsyncIterator[httpx.AsyncClient]:
        async with calling(app, town, town.staff[Role.CASE_WORKER]) as client:
            yield client

    @pytest.mark.parametrize(
        ("body", "status", "code", "fields"),
        [
            (b'{"seats": 3, "valid_from": "2027-08-01", "more": 1}', 422, "types_refused", None),
            (b'{"seats": "three", "valid_from": "2027-08-01"}', 422, "types_refused", {"seats"}),
            (b'{"seats": 501, "valid_from": "2027-08-01"}', 422, "types_refused", {"seats"}),
            (b'{"seats": 3}', 422, "types_refused", None),
            (b'{"seats": 3, "valid_from": "someday"}', 422, "types_refused", {"valid_from"}),
            (b'{"seats": 3, "valid_from": "2027-08-01\\u0000"}', 400, "bad_request", set()),
            (b'{"seats": NaN, "valid_from": "2027-08-01"}', 400, "bad_request", set()),
            (b'{"seats": 3, "valid_from": "\\ud800"}', 400, None, None),
            (b"{", 400, "bad_request", set()),
            (b"", 422, "types_refused", None),
            (b"[" * 100_000, 400, "bad_request", set()),
            (b'{"seats": 3, "valid_from": "' + b"x" * 1_000_001 + b'"}', 413, "too_large", set()),
        ],
    )
    async def test_body(
        self,
        client: httpx.AsyncClient,
        town: Estate,
        body: bytes,
        status: int,
        code: str | None,
        fields: set[str] | None,
    ) -> None:
        url = SEATS.format(unit=town.ids["unit_id"][0])
        answer = await client.put(url, content=body, headers={"Content-Type": "application/json"})
        told = problem(answer)
        assert told["status"] == status
        assert code in (None, told["code"])
        assert fields is None or set(told.get("fields", {})) == fields

    async def test_body_of_another_kind(self, client: httpx.AsyncClient, town: Estate) -> None:
        url = SEATS.format(unit=town.ids["unit_id"][0])
        answer = await client.put(url, data={"seats": "3"})
        assert (answer.status_code, problem(answer)["code"]) == (415, "unsupported_media")

    @pytest.mark.parametrize(
        "query",
        ["name=%00", "name=a%00b", "size=0", "size=100000", "status=lost", "after=1", f"name={'x' * 200}"],
    )
    async def test_query(self, client: httpx.AsyncClient, query: str) -> None:
        answer = await client.get(f"{STAFF}/applications?{query}")
        assert answer.status_code == (400 if "%00" in query else 422)

    @pytest.mark.parametrize(("offset", "status"), [("", 422), ("Z", 200)])
    async def test_moment_without_an_offset(
        self, app: Litestar, town: Estate, offset: str, status: int
    ) -> None:
        async with calling(app, town, town.staff[Role.AUDITOR]) as client:
            answer = await client.get(f"{STAFF}/audit?since=2027-03-01T00:00:00{offset}")
        assert answer.status_code == status

    async def test_refused_before_any_handler(self, client: httpx.AsyncClient) -> None:
        unreadable = await client.get(f"{STAFF}/applications?name=%00")
        client.headers["Sec-Fetch-Site"] = "cross-site"
        elsewhere = await client.post(f"{STAFF}/facilities/import")
        assert problem(unreadable)["code"] == "bad_request"
        assert problem(elsewhere)["code"] == "form_expired"

    async def test_unknown_address_and_method(self, client: httpx.AsyncClient) -> None:
        assert problem(await client.get(f"{STAFF}/nowhere"))["code"] == "not_found"
        assert problem(await client.delete(f"{STAFF}/applications"))["code"] == "method_not_allowed"


class TestDescription:
    """The OpenAPI document."""

    @pytest.fixture
    def schema(self, app: Litestar) -> Mapping[str, Any]:
        described: Mapping[str, Any] = app.openapi_schema.to_schema()
        return described

    def test_tells_of_every_route(self, app: Litestar, schema: Mapping[str, Any]) -> None:
        ours = {path for path, _ in handlers(app) if path.startswith((PARENTS, STAFF))}
        assert {plain(path) for path in ours} == set(schema["paths"])

    def test_is_valid(self, schema: Mapping[str, Any]) -> None:
        schemathesis.openapi.from_dict(dict(schema)).validate()
        known = schema["components"]["schemas"]
        assert set(_referred(schema)) <= {f"#/components/schemas/{name}" for name in known}

    def test_operations_change_on_purpose_alone(self, schema: Mapping[str, Any]) -> None:
        """After a change that is meant: write the lines of the failure into operations.txt."""
        operations = sorted(
            f"{operation['operationId']} {method.upper()} {path}"
            for path, methods in schema["paths"].items()
            for method, operation in methods.items()
        )
        assert operations == OPERATIONS.read_text(encoding="utf-8").splitlines()

    def test_operations_have_names_of_their_own(self, schema: Mapping[str, Any]) -> None:
        names = [operation["operationId"] for operation in _operations(schema)]
        assert len(names) == len(set(names))
        assert all(name.islower() and name.isidentifier() for name in names)

    def test_operations_say_what_they_do_and_how_they_fail(self, schema: Mapping[str, Any]) -> None:
        for operation in _operations(schema):
            assert operation["description"].endswith("."), operation["operationId"]
            assert "application/problem+json" in operation["responses"]["404"]["content"]


def _referred(part: object) -> Iterator[str]:
    """Yield what a part of a description refers to."""
    match part:
        case {"$ref": str(target)}:
            yield target
        case dict():
            for value in part.values():
                yield from _referred(value)
        case list():
            for value in part:
                yield from _referred(value)


def plain(path: str) -> str:
    """Return a route's path as the description writes it."""
    parts = [part.split(":")[0] + "}" if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)


def _operations(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for path in schema["paths"].values():
        yield from (path[method] for method in ("get", "post", "put") if method in path)
