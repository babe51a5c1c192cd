"""The way of a case, as far as it is known."""

from datetime import UTC, date, datetime

import pytest
from tests.portal.views.test_stages import CONFIG, application, offer

from opptak.admission.schemas import ApplicationStatus
from opptak.kit.i18n import Catalogues
from opptak.offers.schemas import OfferStatus
from opptak_portal.views.cards import Case
from opptak_portal.views.stages import Stage
from opptak_portal.views.steps import progress, way
from opptak_portal.views.words import Words

WORDS = Words(Catalogues.load().translator("nb"))
SENT = datetime(2027, 2, 28, 23, 30, tzinfo=UTC)


def steps(
    stage: Stage, *, late: bool = False, offered: OfferStatus | None = None
) -> list[tuple[str, str, str]]:
    sent = application(ApplicationStatus.SUBMITTED, submitted_at=SENT, late=late, start_on=date(2027, 9, 1))
    case = Case(
        child_id=sent.child_id,
        name=sent.child_name,
        born_on=sent.child_born_on,
        stage=stage,
        config=CONFIG,
        application=sent,
        offer=offer(offered) if offered else None,
    )
    return [(step.state, step.title, step.when) for step in progress(case, WORDS, zone="Europe/Oslo")]


def test_way_of_an_application_in_time() -> None:
    assert steps(Stage.SENT) == [
        ("done", "Søknaden er sendt", "1.\u00a0mars 2027"),
        ("current", "Søknadsfristen", "1.\u00a0mars 2027"),
        ("coming", "Vi går gjennom søknadene og fordeler plassene", ""),
        ("coming", "Du får svar", ""),
        ("coming", "Barnet begynner", "Fra 1.\u00a0september 2027"),
    ]


def test_way_of_a_late_application_has_no_deadline_ahead() -> None:
    assert [title for _, title, _ in steps(Stage.SENT_LATE, late=True)][:2] == [
        "Søknaden er sendt",
        "Vi går gjennom søknadene og fordeler plassene",
    ]


def test_way_of_an_offer_tells_the_last_day() -> None:
    assert ("current", "Du får svar", "Svar senest 31.\u00a0mars 2027") in steps(
        Stage.OFFERED, offered=OfferStatus.SENT
    )


@pytest.mark.parametrize("stage", [Stage.WAITING, Stage.NO_PLACE, Stage.TURNED_DOWN, Stage.LAPSED])
def test_way_ends_where_nobody_knows_how_it_goes_on(stage: Stage) -> None:
    *before, last = steps(stage)

    assert {state for state, _, _ in before} == {"done"}
    assert (last[0], len(before)) == ("current", 3)


def test_way_of_a_round_has_its_days() -> None:
    assert [step.when for step in way(CONFIG, WORDS)] == [
        "Fra 11.\u00a0januar 2027",
        "Senest 1.\u00a0mars 2027",
        "Etter 1.\u00a0mars 2027",
        "Du har 14 dager på deg til å svare",
        "Fra 1.\u00a0august 2027",
    ]
