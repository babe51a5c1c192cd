"""Runs and their reasons in the JSON API."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from opptak.admission.service import Applications, Rounds
from opptak.allocation.asking import AskedRuns
from opptak.allocation.schemas import RunView
from opptak.allocation.service import Runs
from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.engine.explain import tell
from opptak.errands.schemas import ErrandView
from opptak.errands.service import Errands
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work

__all__ = ("OwnReasons", "StaffRuns")

EXCHANGE_FILE = {HTTP_200_OK: ResponseSpec(dict[str, object], generate_examples=False)}

LanguageTag = Annotated[str, QueryParameter(name="language", max_length=8)]


class OwnReasons(Controller):
    """Why a child got its place, or none."""

    path = "/applications/{application_id:uuid}/reasons"
    tags = ("parents",)

    @get("/", action=Action.OWN_APPLICATION_READ, module=Module.OFFERS, operation_id="my_reasons")
    async def reasons(
        self,
        work: NamedDependency[Work],
        application_id: FromPath[UUID],
        language: LanguageTag = "",
    ) -> list[str]:
        """Return the reasons as sentences, in a language of the municipality."""
        return await _told(work, application_id, language)


class StaffRuns(Controller):
    """Runs: computed, checked, and released by a second person. Long work is an errand to follow."""

    path = "/"
    tags = ("staff",)

    @get(
        "/applications/{application_id:uuid}/reasons",
        action=Action.ROUND_READ,
        module=Module.ALLOCATION,
        operation_id="reasons",
    )
    async def reasons(
        self,
        work: NamedDependency[Work],
        application_id: FromPath[UUID],
        language: LanguageTag = "",
    ) -> list[str]:
        """Return the reasons a family is given, as sentences."""
        case = await Applications(work).heading(application_id)
        return await _told(work, case.id, language)

    @get(
        "/rounds/{round_id:uuid}/runs",
        action=Action.ROUND_READ,
        module=Module.ALLOCATION,
        operation_id="runs",
    )
    async def of_round(self, work: NamedDependency[Work], round_id: FromPath[UUID]) -> list[RunView]:
        """Return the runs of a round, the newest first."""
        runs = await Runs(work).of_round((await Rounds(work).get(round_id)).id)
        record(work, Action.ROUND_READ, "run", shown=[run.id for run in runs])
        return runs

    @post(
        "/rounds/{round_id:uuid}/runs",
        action=Action.RUN_COMPUTE,
        module=Module.ALLOCATION,
        status_code=HTTP_202_ACCEPTED,
        operation_id="compute_run",
    )
    async def compute(self, work: NamedDependency[Work], round_id: FromPath[UUID]) -> ErrandView:
        """Have a dry run computed; its `outcome_id` is the run."""
        return await Errands(work).get(await AskedRuns(work).compute(round_id))

    @get("/runs/{run_id:uuid}", action=Action.ROUND_READ, module=Module.ALLOCATION, operation_id="run")
    async def show(self, work: NamedDependency[Work], run_id: FromPath[UUID]) -> RunView:
        """Return a run with its figures and checks."""
        run = await Runs(work).get(run_id)
        record(work, Action.ROUND_READ, "run", run.id)
        return run

    @post(
        "/runs/{run_id:uuid}/check",
        action=Action.RUN_CHECK,
        module=Module.ALLOCATION,
        status_code=HTTP_202_ACCEPTED,
        operation_id="check_run",
    )
    async def check(self, work: NamedDependency[Work], run_id: FromPath[UUID]) -> ErrandView:
        """Have the release checks made."""
        return await Errands(work).get(await AskedRuns(work).check(run_id))

    @post(
        "/runs/{run_id:uuid}/release",
        action=Action.RUN_RELEASE,
        module=Module.OFFERS,
        status_code=HTTP_202_ACCEPTED,
        operation_id="release_run",
    )
    async def release(self, work: NamedDependency[Work], run_id: FromPath[UUID]) -> ErrandView:
        """Have a run released, by somebody else than who computed it."""
        return await Errands(work).get(await AskedRuns(work).release(run_id))

    @get(
        "/runs/{run_id:uuid}/instance.json",
        action=Action.ROUND_READ,
        module=Module.ALLOCATION,
        responses=EXCHANGE_FILE,
        operation_id="run_instance",
    )
    async def instance(self, work: NamedDependency[Work], run_id: FromPath[UUID]) -> Response[bytes]:
        """Return what the run looked at, in the exchange format."""
        instance, _ = await Runs(work).files(run_id)
        return Response(instance, media_type="application/json")

    @get(
        "/runs/{run_id:uuid}/result.json",
        action=Action.ROUND_READ,
        module=Module.ALLOCATION,
        responses=EXCHANGE_FILE,
        operation_id="run_result",
    )
    async def result(self, work: NamedDependency[Work], run_id: FromPath[UUID]) -> Response[bytes]:
        """Return what the run decided, in the exchange format."""
        _, result = await Runs(work).files(run_id)
        return Response(result, media_type="application/json")


async def _told(work: Work, application_id: UUID, language: str) -> list[str]:
    tongue = work.tenant.language(language)
    sentences = await Runs(work).explain(application_id, language=tongue)
    return [tell(sentence, work.tenant.translator(tongue)) for sentence in sentences]
