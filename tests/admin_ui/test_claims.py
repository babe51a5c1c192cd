"""Deciding claims one by one."""

import pytest

from opptak.admission.schemas import ApplicationStatus, ApplicationView
from opptak.authz.actions import Role
from tests.admin_ui.colleague import Colleague
from tests.admin_ui.conftest import Employ
from tests.core.scene import Scene


@pytest.fixture
async def stated(scene: Scene) -> ApplicationView:
    """An application with a priority by law that nobody has decided, after the deadline."""
    houses = await scene.houses(a=1)
    [sent] = await scene.apply(await scene.family(), houses["a"], priority=True)
    await scene.close()
    return sent


@pytest.fixture
async def worker(stated: ApplicationView, employ: Employ) -> Colleague:
    return await employ(Role.CASE_WORKER)


def page_of(application: ApplicationView, *, source: str = "declared") -> str:
    claim = next(claim for claim in application.claims if claim.source == source)
    return f"/staff/applications/{application.id}/claims/{claim.id}"


async def test_approver_may_not_decide(stated: ApplicationView, employ: Employ) -> None:
    approver = await employ(Role.APPROVER)
    await approver.get(f"/staff/applications/{stated.id}")

    assert (await approver.get(page_of(stated))).status_code == 403
    assert (await approver.post(page_of(stated), verdict="verified")).status_code == 403


async def test_verified_claim_makes_the_application_ready(
    scene: Scene, stated: ApplicationView, worker: Colleague
) -> None:
    assert await scene.status(stated) is ApplicationStatus.UNDER_REVIEW
    await worker.get(page_of(stated))

    shown = await worker.follow(await worker.post(page_of(stated), verdict="verified"))

    assert "Prioriteten er godkjent" in shown.text
    assert await scene.status(stated) is ApplicationStatus.READY


async def test_refused_claim_says_why(stated: ApplicationView, worker: Colleague) -> None:
    await worker.get(page_of(stated))

    shown = await worker.follow(
        await worker.post(page_of(stated), verdict="refused", reason="Vedtaket gjelder et søsken")
    )

    assert "Begrunnelse: Vedtaket gjelder et søsken" in shown.text


async def test_refusal_without_a_reason_is_not_taken(
    scene: Scene, stated: ApplicationView, worker: Colleague
) -> None:
    await worker.get(page_of(stated))

    refused = await worker.post(page_of(stated), verdict="refused")

    assert refused.status_code == 422
    assert 'href="#reason"' in refused.text
    assert 'value="refused" checked' in refused.text
    assert await scene.status(stated) is ApplicationStatus.UNDER_REVIEW


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, "verdict"),
        ({"verdict": "maybe"}, "verdict"),
        ({"verdict": "refused", "reason": "x" * 501}, "reason"),
    ],
)
async def test_form_that_makes_no_sense_is_shown_again(
    stated: ApplicationView, worker: Colleague, fields: dict[str, str], wrong: str
) -> None:
    await worker.get(page_of(stated))

    refused = await worker.post(page_of(stated), **fields)

    assert refused.status_code == 422
    assert f'href="#{wrong}"' in refused.text


async def test_claim_waits_while_proof_is_asked_for(
    scene: Scene, stated: ApplicationView, worker: Colleague
) -> None:
    await worker.get(page_of(stated))

    shown = await worker.follow(await worker.post(page_of(stated), verdict="proof_requested"))

    assert "Dokumentasjon etterspurt" in shown.text
    assert await scene.status(stated) is ApplicationStatus.UNDER_REVIEW


async def test_what_the_register_says_is_not_decided_here(stated: ApplicationView, worker: Colleague) -> None:
    assert (await worker.get(page_of(stated, source="register"))).status_code == 404


async def test_claim_of_another_application_is_not_found(
    scene: Scene, stated: ApplicationView, worker: Colleague
) -> None:
    houses = await scene.by_name()
    [other] = await scene.apply(await scene.family(), houses["a"])
    claim = page_of(stated).rpartition("/")[2]

    assert (await worker.get(f"/staff/applications/{other.id}/claims/{claim}")).status_code == 404
