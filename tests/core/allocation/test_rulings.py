"""Decisions by hand, what they change for others, runs that are locked, and what differs between two."""

import json

import pytest
from tests.core.allocation.test_runs import WORKER, YOUNGER, applied, computed, release
from tests.core.scene import Scene

from opptak.admission.schemas import ApplicationView
from opptak.allocation.certificates import Certificates
from opptak.allocation.errors import RulingContradicts, RunFrozen, RunNotReleased, RunOutdated
from opptak.allocation.rulings import Rulings
from opptak.allocation.schemas import Fate, Ruled
from opptak.allocation.service import Runs
from opptak.audit.service import AuditLog
from opptak.authz.actions import Action
from opptak.engine.certificate import Kind
from opptak.facilities.errors import UnitNotFound
from opptak.facilities.service import Facilities
from opptak.kit.errors import Invalid, NotFound
from opptak.kit.ids import new_id
from opptak.kit.subject import SYSTEM
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext


async def ruled(scene: Scene, application: ApplicationView, kind: Kind = Kind.PINNED) -> Ruled:
    """Return a decision about house `a`."""
    return Ruled(application_id=application.id, unit_id=(await scene.by_name())["a"].unit_id, kind=kind)


async def test_effect_on_others_is_told_before_anything_is_stored(scene: Scene) -> None:
    one, two = await applied(scene)
    await scene.close()
    await computed(scene)
    pin = await ruled(scene, two)
    async with scene.work_as(WORKER) as work:
        fates = await Rulings(work).effect(pin)
        stored = await Rulings(work).of_round(one.round_id)
    assert stored == []
    assert sorted(fates, key=lambda fate: fate.application_id) == sorted(
        [
            Fate(application_id=one.id, before=pin.unit_id, after=None),
            Fate(application_id=two.id, before=None, after=pin.unit_id),
        ],
        key=lambda fate: fate.application_id,
    )


@pytest.mark.parametrize("kind", Kind)
async def test_next_run_keeps_to_the_decision_and_the_certificate_names_it(scene: Scene, kind: Kind) -> None:
    one, two = await applied(scene)
    await scene.close()
    before = await computed(scene)
    decision = await ruled(scene, two if kind is Kind.PINNED else one, kind)
    async with scene.work_as(WORKER) as work:
        made = await Rulings(work).make(decision, reason="  Særlig avtale.  ")
    assert (made.reason, made.made_by) == ("Særlig avtale.", WORKER.id)
    with pytest.raises(RunOutdated):
        await release(scene, before)
    run = await computed(scene)
    assert [check.code for check in run.checks if not check.passed] == []
    await release(scene, run)
    assert await scene.offers(one) == []
    assert (await scene.offer(two)).unit_id == decision.unit_id
    async with scene.work_as(SYSTEM) as work:
        [signed] = await Certificates(work).released()
        noted = await AuditLog(work).last(Action.RUN_RULE)
    [named] = json.loads(signed.certificate)["deviations"]
    assert (named["kind"], named["program"]) == (kind, str(decision.unit_id))
    assert noted is not None


async def test_decision_taken_back_no_longer_counts(scene: Scene) -> None:
    one, two = await applied(scene)
    await scene.close()
    async with scene.work_as(WORKER) as work:
        made = await Rulings(work).make(await ruled(scene, two), reason="Avtale")
    async with scene.work_as(WORKER) as work:
        await Rulings(work).lift(made.id)
        await Rulings(work).lift(made.id)
        assert await Rulings(work).of_round(one.round_id) == []
    await release(scene, await computed(scene))
    assert await scene.offers(two) == []


async def test_decision_needs_a_reason_a_unit_of_the_round_and_no_contradiction(scene: Scene) -> None:
    one, _ = await applied(scene)
    await scene.close()
    pin = await ruled(scene, one)
    async with scene.work_as(WORKER) as work:
        rulings = Rulings(work)
        for reason in ("", "  ", "x" * 501):
            with pytest.raises(Invalid):
                await rulings.make(pin, reason=reason)
        with pytest.raises(UnitNotFound):
            await rulings.effect(Ruled(application_id=one.id, unit_id=new_id(), kind=Kind.PINNED))
        await rulings.make(pin, reason="Avtale")
        for kind in Kind:
            with pytest.raises(RulingContradicts):
                await rulings.make(await ruled(scene, one, kind), reason="Avtale")


async def test_decisions_are_unknown_to_other_tenants_and_parents(
    scene: Scene, runtime: Runtime, other_tenant: TenantContext
) -> None:
    one, _ = await applied(scene)
    await scene.close()
    pin = await ruled(scene, one)
    async with scene.work_as(WORKER) as work:
        made = await Rulings(work).make(pin, reason="Avtale")
    async with runtime.work(other_tenant, WORKER) as work:
        with pytest.raises(NotFound):
            await Rulings(work).lift(made.id)
        with pytest.raises(NotFound):
            await Rulings(work).effect(pin)
    async with scene.work_as((await scene.family(YOUNGER)).parent) as work:
        with pytest.raises(NotFound):
            await Rulings(work).effect(pin)


async def test_frozen_run_is_not_superseded_until_it_is_thawed(scene: Scene) -> None:
    await applied(scene)
    await scene.close()
    first = await computed(scene)
    async with scene.work_as(WORKER) as work:
        with pytest.raises(RunNotReleased):
            await Runs(work).freeze(first.id, reason="Klage")
    await release(scene, first)
    async with scene.work_as(WORKER) as work:
        with pytest.raises(Invalid):
            await Runs(work).freeze(first.id, reason=" ")
        frozen = await Runs(work).freeze(first.id, reason="Klage 12/27")
    assert (frozen.frozen_by, frozen.frozen_for) == (WORKER.id, "Klage 12/27")
    second = await computed(scene)
    with pytest.raises(RunFrozen):
        await release(scene, second)
    async with scene.work_as(WORKER) as work:
        assert (await Runs(work).thaw(first.id)).frozen_at is None
    await release(scene, second)


async def test_run_again_after_a_fix_moves_nobody_who_has_an_offer(scene: Scene) -> None:
    one, two = await applied(scene)
    await scene.close()
    await release(scene, await computed(scene))
    unit = (await scene.by_name())["a"].unit_id
    async with scene.work_as(WORKER) as work:
        await Facilities(work).confirm_capacity(unit, seats=2, valid_from=work.tenant.today())
    again = await computed(scene)
    async with scene.work_as(WORKER) as work:
        assert await Runs(work).changes(again.id) == [Fate(application_id=two.id, before=None, after=unit)]
    first = await scene.offer(one)
    await release(scene, again)
    assert await scene.offers(one) == [first]
    assert (await scene.offer(two)).unit_id == unit
