"""Runs and their reasons in the JSON API."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from opptak.admission.service import Applications, Rounds
from opptak.allocation.asking import AskedRuns
from opptak.allocation.certificates import Certificates
from opptak.allocation.rulings import Rulings
from opptak.allocation.schemas import Fate, OwnLine, Ruled, RulingView, RunView, Signed
from opptak.allocation.service import Runs
from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.engine.certificate import Kind
from opptak.engine.explain import tell
from opptak.errands.schemas import ErrandView
from opptak.errands.service import Errands
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work

__all__ = ("OwnLines", "OwnReasons", "StaffRulings", "StaffRuns")

EXCHANGE_FILE = {HTTP_200_OK: ResponseSpec(dict[str, object], generate_examples=False)}

LanguageTag = Annotated[str, QueryParameter(name="language", max_length=8)]


class RulingAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision by hand: `pinned` places the child in the unit, `blocked` keeps it out."""

    unit_id: UUID
    kind: Kind


class RulingSent(RulingAsked, frozen=True, forbid_unknown_fields=True):
    """A decision by hand, and why."""

    reason: str


class ReasonSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a run must stay as it is."""

    reason: str


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


class OwnLines(Controller):
    """What the signed certificate says of a child."""

    path = "/applications/{application_id:uuid}/line"
    tags = ("parents",)

    @get("/", action=Action.OWN_APPLICATION_READ, module=Module.OFFERS, operation_id="my_line")
    async def line(self, work: NamedDependency[Work], application_id: FromPath[UUID]) -> OwnLine:
        """Return the line of the signed certificate that says what this child was given."""
        return await Certificates(work).own(application_id)


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
        "/runs/{run_id:uuid}/changes",
        action=Action.RUN_READ,
        module=Module.ALLOCATION,
        operation_id="run_changes",
    )
    async def changes(self, work: NamedDependency[Work], run_id: FromPath[UUID]) -> list[Fate]:
        """Return which children get another place than in the run computed before."""
        return await Runs(work).changes(run_id)

    @post(
        "/runs/{run_id:uuid}/freeze",
        action=Action.RUN_FREEZE,
        module=Module.ALLOCATION,
        status_code=HTTP_200_OK,
        operation_id="freeze_run",
    )
    async def freeze(
        self, work: NamedDependency[Work], run_id: FromPath[UUID], data: JSONBody[ReasonSent]
    ) -> RunView:
        """Say that a released run must stay as it is, such as while a complaint is dealt with."""
        return await Runs(work).freeze(run_id, reason=data.reason)

    @post(
        "/runs/{run_id:uuid}/thaw",
        action=Action.RUN_FREEZE,
        module=Module.ALLOCATION,
        status_code=HTTP_200_OK,
        operation_id="thaw_run",
    )
    async def thaw(self, work: NamedDependency[Work], run_id: FromPath[UUID]) -> RunView:
        """Say that a released run need not stay as it is any more."""
        return await Runs(work).thaw(run_id)

    @get(
        "/certificates",
        action=Action.ROUND_READ,
        module=Module.ALLOCATION,
        operation_id="certificates",
    )
    async def certificates(self, work: NamedDependency[Work]) -> list[Signed]:
        """Return the signed certificates of all released runs, the newest first."""
        return await Certificates(work).released()

    @get(
        "/runs/{run_id:uuid}/published.zip",
        action=Action.ROUND_READ,
        module=Module.ALLOCATION,
        responses={HTTP_200_OK: ResponseSpec(bytes, media_type="application/zip", generate_examples=False)},
        operation_id="run_published",
    )
    async def published(self, work: NamedDependency[Work], run_id: FromPath[UUID]) -> Response[bytes]:
        """Return what may be published of a released run: files without names, verifier and certificate."""
        return Response(await Certificates(work).archive(run_id), media_type="application/zip")

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


class StaffRulings(Controller):
    """Decisions by hand, which every run keeps to."""

    path = "/"
    tags = ("staff",)

    @get(
        "/rounds/{round_id:uuid}/rulings",
        action=Action.RUN_READ,
        module=Module.ALLOCATION,
        operation_id="rulings",
    )
    async def of_round(self, work: NamedDependency[Work], round_id: FromPath[UUID]) -> list[RulingView]:
        """Return the decisions that runs of a round keep to."""
        found = await Rulings(work).of_round((await Rounds(work).get(round_id)).id)
        record(work, Action.RUN_READ, "round", round_id, shown=[one.application_id for one in found])
        return found

    @post(
        "/applications/{application_id:uuid}/rulings/effect",
        action=Action.RUN_RULE,
        module=Module.ALLOCATION,
        status_code=HTTP_200_OK,
        operation_id="ruling_effect",
    )
    async def effect(
        self, work: NamedDependency[Work], application_id: FromPath[UUID], data: JSONBody[RulingAsked]
    ) -> list[Fate]:
        """Return which children would get another place than without the decision; nothing is stored."""
        fates = await Rulings(work).effect(_ruled(application_id, data))
        shown = [fate.application_id for fate in fates]
        record(work, Action.RUN_READ, "application", application_id, shown=shown)
        return fates

    @post(
        "/applications/{application_id:uuid}/rulings",
        action=Action.RUN_RULE,
        module=Module.ALLOCATION,
        operation_id="make_ruling",
    )
    async def make(
        self, work: NamedDependency[Work], application_id: FromPath[UUID], data: JSONBody[RulingSent]
    ) -> RulingView:
        """Store a decision with its reason; runs from now on keep to it."""
        return await Rulings(work).make(_ruled(application_id, data), reason=data.reason)

    @post(
        "/rulings/{ruling_id:uuid}/lift",
        action=Action.RUN_RULE,
        module=Module.ALLOCATION,
        status_code=HTTP_200_OK,
        operation_id="lift_ruling",
    )
    async def lift(self, work: NamedDependency[Work], ruling_id: FromPath[UUID]) -> RulingView:
        """Take a decision back."""
        return await Rulings(work).lift(ruling_id)


def _ruled(application_id: UUID, asked: RulingAsked) -> Ruled:
    return Ruled(application_id=application_id, unit_id=asked.unit_id, kind=asked.kind)


async def _told(work: Work, application_id: UUID, language: str) -> list[str]:
    tongue = work.tenant.language(language)
    sentences = await Runs(work).explain(application_id, language=tongue)
    return [tell(sentence, work.tenant.translator(tongue)) for sentence in sentences]
