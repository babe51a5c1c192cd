"""Runs: computed, checked, released by a second person, and explained."""

import asyncio
import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import select
from tests.core.scene import Drain, Household, Scene, staff
from tests.counting import counted

from opptak.admission.schemas import ApplicationStatus, ApplicationView, ClaimView, Fact
from opptak.admission.service import Applications, Claims, Rounds
from opptak.allocation.asking import AskedRuns
from opptak.allocation.certificates import Certificates
from opptak.allocation.errors import (
    FourEyesRequired,
    ReleaseBlocked,
    RoundStillOpen,
    RunNotChecked,
    RunOutdated,
    RunSuperseded,
)
from opptak.allocation.schemas import RunState, RunView
from opptak.allocation.service import Runs
from opptak.authz.actions import Role
from opptak.documents.schemas import LetterKind, LetterView
from opptak.documents.service import Letters
from opptak.engine.explain import Reader
from opptak.errands.running import Running
from opptak.errands.service import Errands
from opptak.facilities.service import Facilities
from opptak.identity.staff import Staff
from opptak.kit.errors import NotFound
from opptak.kit.subject import SYSTEM, Space, Subject
from opptak.offers.schemas import OfferStatus
from opptak.offers.service import Offers
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak_verifier import verify
from opptak_verifier.lines import check_line

WORKER, APPROVER = staff(Role.CASE_WORKER), staff(Role.APPROVER)
SAMI_HOUSE = "994459082"
"""Register number of the house where the tenant's criteria keep two places for Sami speakers."""
ELDER, YOUNGER = date(2025, 1, 1), date(2025, 6, 1)


async def applied(scene: Scene, *, priority: bool = False) -> tuple[ApplicationView, ApplicationView]:
    """Let two families apply for one place, the elder child first in line; the other may state priority."""
    houses = await scene.houses(a=1)
    [one] = await scene.apply(await scene.family(ELDER), houses["a"])
    [two] = await scene.apply(await scene.family(YOUNGER, parents=2), houses["a"], priority=priority)
    return one, two


async def computed(scene: Scene, *, check: bool = True) -> RunView:
    """Compute a run of the round, and check it."""
    round_ = await scene.round()
    async with scene.work_as(WORKER) as work:
        run = await Runs(work).compute(round_.id)
        return await Runs(work).check(run.id) if check else run


async def release(scene: Scene, run: RunView) -> RunView:
    """Release a run as the second person."""
    async with scene.work_as(APPROVER) as work:
        return await Runs(work).release(run.id)


async def test_dry_run_leaves_no_trace_outside(scene: Scene, drain: Drain) -> None:
    one, two = await applied(scene)
    await drain()
    await scene.close()
    run = await computed(scene)
    assert (run.number, run.state, run.summary.children, run.summary.placed) == (
        1,
        RunState.CHECKED,
        2,
        1,
    )
    assert list(await drain()) == []
    assert (await scene.offers(one), await scene.offers(two)) == ([], [])
    assert await scene.status(one) is ApplicationStatus.READY


async def test_runs_of_the_same_round_have_the_same_hashes(scene: Scene) -> None:
    await applied(scene)
    await scene.close()
    first, second = await computed(scene), await computed(scene)
    assert (first.number, second.number) == (1, 2)
    assert (first.input_hash, first.output_hash) == (second.input_hash, second.output_hash)


async def test_files_of_a_run_convince_the_independent_verifier(scene: Scene) -> None:
    await applied(scene)
    await scene.close()
    run = await computed(scene)
    async with scene.work_as(WORKER) as work:
        instance, result = await Runs(work).files(run.id)
    assert all(check.passed for check in verify(instance, result))
    names = ("Barn", "Voksen", "Prøve")
    assert not any(name.encode() in instance + result for name in names)


async def test_checks_pass_and_say_so(scene: Scene) -> None:
    await applied(scene)
    await scene.close()
    run = await computed(scene)
    assert {check.code for check in run.checks} >= {"verified", "open_claims", "capacity", "rights_met"}
    assert [check.code for check in run.checks if not check.passed] == []
    assert run.releasable


async def test_run_is_released_by_a_second_member_of_staff(scene: Scene) -> None:
    await applied(scene)
    await scene.close()
    run = await computed(scene)
    parent = (await scene.family()).parent
    for subject in (WORKER, SYSTEM, parent):
        async with scene.work_as(subject) as work:
            with pytest.raises(FourEyesRequired):
                await Runs(work).release(run.id)
    released = await release(scene, run)
    assert (released.state, released.released_by) == (RunState.RELEASED, APPROVER.id)


async def test_run_is_unknown_to_other_tenants(
    scene: Scene, runtime: Runtime, other_tenant: TenantContext
) -> None:
    await applied(scene)
    await scene.close()
    run = await computed(scene)
    verbs: list[Callable[[Runs], Awaitable[object]]] = [
        lambda runs: runs.get(run.id),
        lambda runs: runs.files(run.id),
        lambda runs: runs.check(run.id),
        lambda runs: runs.release(run.id),
    ]
    for verb in verbs:
        async with runtime.work(other_tenant, APPROVER) as work:
            with pytest.raises(NotFound):
                await verb(Runs(work))


async def test_release_needs_the_checks(scene: Scene) -> None:
    await applied(scene)
    await scene.close()
    run = await computed(scene, check=False)
    with pytest.raises(RunNotChecked):
        await release(scene, run)


async def test_release_waits_for_the_deadline(scene: Scene) -> None:
    await applied(scene)
    rehearsal = await computed(scene)
    assert rehearsal.summary.children == 2
    with pytest.raises(RoundStillOpen):
        await release(scene, rehearsal)


async def test_release_refuses_a_run_that_is_out_of_date(scene: Scene) -> None:
    one, _ = await applied(scene)
    await scene.close()
    run = await computed(scene)
    async with scene.work_as(WORKER) as work:
        await Applications(work).withdraw(one.id)
    with pytest.raises(RunOutdated):
        await release(scene, run)
    assert (await release(scene, await computed(scene))).summary.children == 1


async def test_release_is_not_upset_by_who_comes_late(scene: Scene) -> None:
    await applied(scene)
    await scene.close()
    run = await computed(scene)
    [late] = await scene.apply(await scene.family(YOUNGER), (await scene.by_name())["a"])
    assert (await release(scene, run)).state is RunState.RELEASED
    assert (late.late, await scene.status(late)) == (True, ApplicationStatus.SUBMITTED)


async def test_release_refuses_a_run_made_with_other_capacity(scene: Scene) -> None:
    await applied(scene)
    await scene.close()
    run = await computed(scene)
    houses = await scene.by_name()
    async with scene.work_as(WORKER) as work:
        unit = houses["a"].unit_id
        await Facilities(work).confirm_capacity(unit, seats=2, valid_from=date(2027, 8, 1))
    with pytest.raises(RunOutdated):
        await release(scene, run)


async def test_release_sends_offers_and_makes_the_line(scene: Scene) -> None:
    one, two = await applied(scene)
    await scene.close()
    await release(scene, await computed(scene))
    assert [offer.status for offer in await scene.offers(one)] == [OfferStatus.SENT]
    assert (await scene.status(one), await scene.status(two)) == (
        ApplicationStatus.ALLOCATED,
        ApplicationStatus.WAITING,
    )
    async with scene.work_as(SYSTEM) as work:
        lines = await Offers(work).waiting_positions([one.id, two.id])
        seed = (await Rounds(work).get(one.round_id)).seed
    assert {key: [line.position for line in those] for key, those in lines.items()} == {
        one.id: [],
        two.id: [1],
    }
    assert seed is not None


async def test_release_twice_at_once_is_once(scene: Scene) -> None:
    one, _ = await applied(scene)
    await scene.close()
    run = await computed(scene)
    first, second = await asyncio.gather(release(scene, run), release(scene, run))
    assert first == second
    assert len(await scene.offers(one)) == 1


async def test_release_puts_other_runs_out_of_force(scene: Scene) -> None:
    await applied(scene)
    await scene.close()
    first, second = await computed(scene), await computed(scene)
    await release(scene, second)
    with pytest.raises(RunSuperseded):
        await release(scene, first)
    async with scene.work_as(WORKER) as work:
        with pytest.raises(RunSuperseded):
            await Runs(work).check(second.id)
        runs = await Runs(work).of_round(second.round_id)
    assert [run.state for run in runs] == [RunState.RELEASED, RunState.SUPERSEDED]


async def open_claim(scene: Scene, application: ApplicationView) -> ClaimView:
    """Return the application's claim to priority by law."""
    async with scene.work_as(SYSTEM) as work:
        claims = (await Applications(work).get(application.id)).claims
    return next(claim for claim in claims if claim.fact is Fact.STATUTORY_PRIORITY)


async def test_open_claim_that_decides_a_place_blocks_the_release(scene: Scene) -> None:
    one, two = await applied(scene, priority=True)
    await scene.close()
    run = await computed(scene)
    claim = await open_claim(scene, two)
    assert [(found.claim_id, found.decides) for found in run.claims] == [(claim.id, True)]
    blocking = next(check for check in run.checks if check.code == "open_claims")
    assert (blocking.passed, blocking.applications, run.releasable) == (False, (two.id,), False)
    with pytest.raises(ReleaseBlocked):
        await release(scene, run)
    async with scene.work_as(WORKER) as work:
        await Claims(work).decide(claim.id, holds=True)
    await release(scene, await computed(scene))
    assert (await scene.offers(one), len(await scene.offers(two))) == ([], 1)


async def letters_of(scene: Scene, application: ApplicationView) -> list[LetterView]:
    """Return an application's letters after the receipts."""
    async with scene.work_as(SYSTEM) as work:
        found = await Letters(work).of_application(application.id)
    return [letter for letter in found if letter.kind is not LetterKind.RECEIPT]


async def test_letters_go_to_all_guardians_once(scene: Scene, drain: Drain) -> None:
    one, two = await applied(scene)
    await scene.close()
    run = await release(scene, await computed(scene))
    assert (await drain()).failures == []
    assert [letter.kind for letter in await letters_of(scene, one)] == [LetterKind.OFFER]
    assert [letter.kind for letter in await letters_of(scene, two)] == [LetterKind.WAITING] * 2
    async with scene.work_as(SYSTEM) as work:
        await Offers(work).announce(
            run_id=run.id, applications=[one.id, two.id], reasons=lambda _: lambda _: []
        )
    assert len(await letters_of(scene, two)) == 2


async def test_explanation_names_houses_and_criteria_in_the_readers_language(scene: Scene) -> None:
    houses = await scene.houses(a=1)
    await scene.apply(await scene.family(ELDER), houses["a"])
    household = await scene.family(YOUNGER)
    [sent] = await scene.apply(household, houses["a"])
    await scene.close()
    await release(scene, await computed(scene))
    async with scene.work_as(household.parent) as work:
        bokmal = await Runs(work).explain(sent.id, language="nb")
        english = await Runs(work).explain(sent.id, language="en")
        [asked] = await Runs(work).explain_to([Reader.CASE_WORKER], sent.id)
    criteria = [
        [sentence.params["criterion"] for sentence in told if "criterion" in sentence.params]
        for told in (bokmal, english)
    ]
    assert criteria == [
        ["en vei hjemmefra på opptil 2 km"],
        ["a way from home of up to 2 km"],
    ]
    assert {sentence.params.get("program", "Barnehage a") for sentence in english} == {"Barnehage a"}
    assert "allocation.why.waiting" in {sentence.key for sentence in english}
    assert all(sentence.key.startswith("allocation.why.") for sentence in asked)


async def test_explanation_is_for_the_guardians_and_after_the_release(scene: Scene) -> None:
    houses = await scene.houses(a=1)
    household, other = await scene.family(), await scene.family()
    [sent] = await scene.apply(household, houses["a"])
    await scene.close()
    run = await computed(scene)
    async with scene.work_as(household.parent) as work:
        with pytest.raises(NotFound):
            await Runs(work).explain(sent.id)
        with pytest.raises(NotFound):
            await Runs(work).explain(sent.id, run_id=run.id)
    async with scene.work_as(WORKER) as work:
        assert len(await Runs(work).explain(sent.id, run_id=run.id)) > 0
    await release(scene, run)
    async with scene.work_as(other.parent) as work:
        with pytest.raises(NotFound):
            await Runs(work).explain(sent.id)
    async with scene.work_as(household.parent) as work:
        assert (await Runs(work).explain(sent.id))[0].key == "allocation.why.offered_first"


async def accept(scene: Scene, household: Household, application: ApplicationView) -> None:
    """Accept the newest offer."""
    offer = await scene.offer(application)
    async with scene.work_as(household.parent) as work:
        await Offers(work).accept(offer.id)


async def test_second_run_serves_the_late_and_leaves_the_placed_alone(scene: Scene, drain: Drain) -> None:
    houses = await scene.houses(a=2)
    first = await scene.family(ELDER)
    [one] = await scene.apply(first, houses["a"])
    await scene.close()
    await release(scene, await computed(scene))
    await accept(scene, first, one)
    await drain()
    [late] = await scene.apply(await scene.family(YOUNGER), houses["a"])
    second = await release(scene, await computed(scene))
    assert (late.late, second.summary.children, second.summary.placed) == (True, 1, 1)
    assert [offer.status for offer in await scene.offers(one)] == [OfferStatus.ACCEPTED]
    assert [offer.status for offer in await scene.offers(late)] == [OfferStatus.SENT]
    async with scene.work_as(first.parent) as work:
        assert (await Runs(work).explain(one.id))[0].key == "allocation.why.offered_first"


async def test_reserved_places_go_to_those_they_are_kept_for(scene: Scene, drain: Drain) -> None:
    houses = await scene.houses(**{SAMI_HOUSE: 2})
    for born_on in (date(2025, 1, 1), date(2025, 2, 1)):
        await scene.apply(await scene.family(born_on), houses[SAMI_HOUSE])
    speaker = await scene.family(YOUNGER, languages=["se"])
    [sent] = await scene.apply(speaker, houses[SAMI_HOUSE])
    await scene.close()
    await release(scene, await computed(scene))
    assert (await scene.offer(sent)).status is OfferStatus.SENT
    async with scene.work_as(speaker.parent) as work:
        told = await Runs(work).explain(sent.id)
    assert "allocation.why.reserved_seat" in {sentence.key for sentence in told}


async def test_list_of_runs_needs_one_query(scene: Scene, runtime: Runtime) -> None:
    await applied(scene)
    await scene.close()
    round_ = await scene.round()
    lengths = []
    for _ in range(2):
        await computed(scene)
        async with scene.work_as(WORKER) as work:
            await work.session.execute(select(1))
            with counted(runtime) as statements:
                await Runs(work).of_round(round_.id)
        lengths.append(len(statements))
    assert lengths == [1, 1]


async def test_released_run_has_a_signed_certificate_and_a_line_for_each_child(scene: Scene) -> None:
    one, two = await applied(scene)
    await scene.close()
    await release(scene, await computed(scene))
    async with scene.work_as(SYSTEM) as work:
        [signed] = await Certificates(work).released()
        own = [await Certificates(work).own(each.id) for each in (one, two)]
    key = load_pem_public_key(signed.public_key.encode())
    assert isinstance(key, Ed25519PublicKey)
    key.verify(signed.signature, signed.certificate)
    assert [line.holds for line in own] == [True, True]
    assert all(check_line(line.line, signed.certificate).passed for line in own)
    forged = own[0].line.replace(b'"by":null', b'"by":"points"')
    assert forged != own[0].line
    assert not check_line(forged, signed.certificate).passed


async def test_archive_of_a_round_names_nobody_and_verifies(scene: Scene) -> None:
    one, two = await applied(scene)
    await scene.close()
    run = await release(scene, await computed(scene))
    async with scene.work_as(WORKER) as work:
        archive = zipfile.ZipFile(io.BytesIO(await Certificates(work).archive(run.id)))
    instance, result = archive.read("instance.json"), archive.read("result.json")
    certificate = json.loads(archive.read("certificate.json"))
    assert all(check.passed for check in verify(instance, result))
    assert certificate["record"]["output_hash"] == json.loads(result)["record"]["output_hash"]
    published = b"".join(archive.read(name) for name in archive.namelist() if not name.endswith(".pyz"))
    assert not any(str(each).encode() in published for each in (one.id, two.id, one.child_id, two.child_id))


async def test_own_line_is_for_the_own_family(scene: Scene) -> None:
    houses = await scene.houses(a=1)
    family, other = await scene.family(), await scene.family(YOUNGER)
    [sent] = await scene.apply(family, houses["a"])
    await scene.close()
    async with scene.work_as(family.parent) as work:
        with pytest.raises(NotFound):
            await Certificates(work).own(sent.id)
    await release(scene, await computed(scene))
    async with scene.work_as(other.parent) as work:
        with pytest.raises(NotFound):
            await Certificates(work).own(sent.id)
    async with scene.work_as(family.parent) as work:
        assert (await Certificates(work).own(sent.id)).holds


async def test_certificates_are_signed_with_one_key_and_it_is_the_tenants_own(
    scene: Scene, runtime: Runtime, other_tenant: TenantContext
) -> None:
    await applied(scene)
    await scene.close()
    async with scene.work_as(SYSTEM) as work:
        assert await Certificates(work).public_key() is None
    await release(scene, await computed(scene))
    await release(scene, await computed(scene))
    async with scene.work_as(SYSTEM) as work:
        assert len({signed.public_key for signed in await Certificates(work).released()}) == 1
    async with runtime.work(other_tenant, APPROVER) as work:
        assert (await Certificates(work).released(), await Certificates(work).public_key()) == ([], None)


async def test_run_whose_worker_died_is_computed_once_by_the_next(scene: Scene, drain: Drain) -> None:
    await applied(scene)
    await scene.close()
    await drain()
    round_ = await scene.round()
    async with scene.work_as(SYSTEM) as work:
        account = await Staff(work).add(email="a@kommune.example", name="Anne", roles=[Role.CASE_WORKER])
    worker = Subject(space=Space.STAFF, id=account, roles=frozenset({Role.CASE_WORKER}))
    async with scene.work_as(worker) as work:
        errand = await AskedRuns(work).compute(round_.id)

    with pytest.raises(KeyboardInterrupt):
        await _killed_before_the_end(scene, errand)
    async with scene.work_as(worker) as work:
        left, seen = await Runs(work).of_round(round_.id), await Errands(work).get(errand)
    assert (left, seen.outcome_id, seen.phase) == ([], None, "storing")
    assert (await drain()).failures == []
    async with scene.work_as(worker) as work:
        [run], done = await Runs(work).of_round(round_.id), await Errands(work).get(errand)
    assert (run.number, done.outcome_id) == (1, run.id)


async def _killed_before_the_end(scene: Scene, errand: UUID) -> None:
    """Do all of an errand, and die before it is kept."""
    async with scene.work_as(SYSTEM) as work:
        await Running(work, errand).run()
        raise KeyboardInterrupt
