"""Whatever is sent, described or not, is answered as the description says, and is never a fault of ours."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from litestar import Litestar
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.core.web.test_api import STAFF, app, calling, plain, town
from tests.isolation.estate import Estate, Login
from tests.isolation.test_routes import PLAIN

from opptak.authz.check import PUBLIC, allowed
from opptak.kit.subject import Space
from opptak.web import handlers

__all__ = ("app", "town")

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

few = settings(
    max_examples=4,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
    deadline=None,
    database=None,
    derandomize=True,
)

Ask = Callable[[Case[Any]], httpx.Response]


async def test_every_operation_answers_as_described(app: Litestar, town: Estate) -> None:
    schema = schemathesis.openapi.from_dict(dict(app.openapi_schema.to_schema()))
    ids = {name: some[0] for name, some in {**PLAIN, **town.ids}.items()}
    tried, wrong = 0, []
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        named = {name: value for name, value in ids.items() if f"{{{name}}}" in operation.path}
        async with calling(app, town, _caller(app, town, operation.method, operation.path)) as client:
            ask = _asking(client)
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                cases = operation.as_strategy(mode, path_parameters=named, headers={}, cookies={})
                answers = await asyncio.to_thread(_try, cases, ask)
                tried += len(answers)
                wrong += [f"{operation.label}: {one}" for one in answers if one]
    assert "\n".join(wrong) == ""
    assert tried > 200


def _asking(client: httpx.AsyncClient) -> Ask:
    """Return how a thread asks an application that lives in this loop."""
    loop = asyncio.get_running_loop()

    def ask(case: Case[Any]) -> httpx.Response:
        sent = case.as_transport_kwargs(base_url=str(client.base_url))
        request = client.build_request(
            case.method,
            sent["url"],
            params=sent["params"],
            json=sent.get("json"),
            content=sent.get("data"),
        )
        return asyncio.run_coroutine_threadsafe(client.send(request), loop).result()

    return ask


def _try(cases: SearchStrategy[Case[Any]], ask: Ask) -> list[str]:
    """Return what is wrong with each answer: mostly nothing."""
    answers: list[str] = []

    @few
    @given(case=cases)
    def one(case: Case[Any]) -> None:
        answer = ask(case)
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failures:
            said = "; ".join(f"{failure.title}: {failure.message}" for failure in failures.exceptions)
            answers.append(f"{answer.status_code} to {answer.request.url}: {said}")
        else:
            answers.append("")

    one()
    return answers


def _caller(app: Litestar, town: Estate, method: str, path: str) -> Login | None:
    """Return somebody whose role may do what an operation does."""
    [action] = [
        handler.opt["action"]
        for route, handler in handlers(app)
        if plain(route) == path and method.upper() in handler.http_methods
    ]
    if action is PUBLIC:
        return None
    space = Space.STAFF if path.startswith(STAFF) else Space.PARENTS
    return next(
        one for one in town.logins().values() if one.subject.space is space and allowed(one.subject, action)
    )
