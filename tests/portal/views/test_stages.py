"""Which of the offers matters, and where an application stands."""

from datetime import date

import msgspec
import pytest

from opptak.admission.schemas import (
    Answer,
    ApplicationStatus,
    ApplicationView,
    ClaimSource,
    ClaimState,
    ClaimView,
    Fact,
    Origin,
)
from opptak.kit.i18n import Catalogues
from opptak.kit.ids import new_id
from opptak.offers.schemas import OfferStatus, OfferView
from opptak.tenancy.config import RoundConfig
from opptak_portal.views.rights import right_told
from opptak_portal.views.stages import LOOKS, Stage, current_offer, stage_of

CONFIG = RoundConfig(
    intake="2027",
    year=2027,
    opens_on=date(2027, 1, 11),
    deadline=date(2027, 3, 1),
    starts_on=date(2027, 8, 1),
    latest_start=date(2027, 12, 31),
)
IN_TIME, TOO_LATE = date(2027, 3, 1), date(2027, 3, 2)


def application(status: ApplicationStatus, **fields: object) -> ApplicationView:
    given = ApplicationView(
        id=new_id(),
        round_id=new_id(),
        intake="2027",
        child_id=new_id(),
        child_name="Áilu",
        child_born_on=date(2025, 6, 1),
        case_number="2027-0001",
        status=status,
        origin=Origin.REGISTER,
        answer=Answer.NONE,
        start_on=None,
        days_per_week=None,
        accepts_elsewhere=True,
        submitted_at=None,
        submitted_by=None,
        late=False,
        entitled=True,
        entitled_reason="",
        latest_start=None,
        editable=True,
        version=1,
        wishes=(),
        claims=(),
    )
    return msgspec.structs.replace(given, **fields)


def offer(status: OfferStatus) -> OfferView:
    return OfferView(
        id=new_id(),
        application_id=new_id(),
        child_id=new_id(),
        unit_id=new_id(),
        facility_id=new_id(),
        facility_name="Storslett barnehage",
        wish_rank=1,
        starts_on=date(2027, 8, 1),
        days_per_week=5,
        status=status,
        answer_by=date(2027, 3, 31),
        answered_at=None,
        cascade_of=None,
        can_stay_listed=False,
    )


def claim(state: ClaimState) -> ClaimView:
    return ClaimView(
        id=new_id(),
        fact=Fact.STATUTORY_PRIORITY,
        facility_id=None,
        source=ClaimSource.DECLARED,
        state=state,
    )


@pytest.mark.parametrize(
    ("statuses", "wanted"),
    [
        ([OfferStatus.SENT, OfferStatus.ACCEPTED_STAYING_LISTED], OfferStatus.SENT),
        ([OfferStatus.DECLINED, OfferStatus.ACCEPTED_STAYING_LISTED], OfferStatus.ACCEPTED_STAYING_LISTED),
        ([OfferStatus.EXPIRED, OfferStatus.DECLINED], OfferStatus.EXPIRED),
        ([OfferStatus.ACCEPTED, OfferStatus.WITHDRAWN], OfferStatus.ACCEPTED),
        ([OfferStatus.HELD], None),
        ([OfferStatus.WITHDRAWN], None),
        ([], None),
    ],
)
def test_offer_to_answer_comes_first(statuses: list[OfferStatus], wanted: OfferStatus | None) -> None:
    found = current_offer([offer(status) for status in statuses])

    assert (found.status if found else None) == wanted


@pytest.mark.parametrize(
    ("status", "fields", "today", "wanted"),
    [
        (ApplicationStatus.DRAFTED, {}, IN_TIME, Stage.TO_ANSWER),
        (ApplicationStatus.DRAFTED, {}, TOO_LATE, Stage.TO_ANSWER_LATE),
        (ApplicationStatus.DRAFTED, {"answer": Answer.ELSEWHERE}, TOO_LATE, Stage.NOT_WANTED),
        (ApplicationStatus.WITHDRAWN, {"answer": Answer.NOT_NOW}, IN_TIME, Stage.NOT_WANTED),
        (ApplicationStatus.WITHDRAWN, {"answer": Answer.YES}, IN_TIME, Stage.WITHDRAWN),
        (ApplicationStatus.SUBMITTED, {}, IN_TIME, Stage.SENT),
        (ApplicationStatus.SUBMITTED, {"late": True}, TOO_LATE, Stage.SENT_LATE),
        (ApplicationStatus.UNDER_REVIEW, {}, TOO_LATE, Stage.IN_REVIEW),
        (ApplicationStatus.READY, {}, TOO_LATE, Stage.IN_REVIEW),
        (ApplicationStatus.ALLOCATED, {}, TOO_LATE, Stage.IN_REVIEW),
        (ApplicationStatus.WAITING, {}, TOO_LATE, Stage.WAITING),
        (ApplicationStatus.NOT_ALLOCATED, {}, TOO_LATE, Stage.NO_PLACE),
    ],
)
def test_stage_follows_the_status(
    status: ApplicationStatus, fields: dict[str, object], today: date, wanted: Stage
) -> None:
    assert stage_of(application(status, **fields), None, config=CONFIG, today=today) is wanted


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (OfferStatus.SENT, Stage.OFFERED),
        (OfferStatus.ACCEPTED, Stage.ACCEPTED),
        (OfferStatus.ACCEPTED_STAYING_LISTED, Stage.ACCEPTED_LISTED),
        (OfferStatus.DECLINED, Stage.TURNED_DOWN),
        (OfferStatus.EXPIRED, Stage.LAPSED),
    ],
)
def test_stage_follows_the_offer(status: OfferStatus, wanted: Stage) -> None:
    unplaced = application(ApplicationStatus.NOT_ALLOCATED)

    assert stage_of(unplaced, offer(status), config=CONFIG, today=TOO_LATE) is wanted


@pytest.mark.parametrize("status", [ApplicationStatus.SUBMITTED, ApplicationStatus.UNDER_REVIEW])
def test_stage_asks_for_proof_once_the_office_has_asked(status: ApplicationStatus) -> None:
    asked = application(status, claims=(claim(ClaimState.PROOF_REQUESTED),))
    unasked = application(status, claims=(claim(ClaimState.NEEDS_REVIEW),))

    assert stage_of(asked, None, config=CONFIG, today=IN_TIME) is Stage.PROOF_MISSING
    assert stage_of(unasked, None, config=CONFIG, today=IN_TIME) is not Stage.PROOF_MISSING


@pytest.mark.parametrize("language", ["nb", "nn", "se", "en"])
def test_stage_has_its_look_and_words(language: str) -> None:
    text = Catalogues.load().translator(language, fallbacks=())
    keys = [f"portal.stage.{stage}.{part}" for stage in Stage for part in ("tag", "line", "action")]

    assert set(LOOKS) == set(Stage)
    assert [key for key in keys if not text.knows(key)] == []


@pytest.mark.parametrize(
    ("status", "reason", "told"),
    [
        (ApplicationStatus.WAITING, "admission.fact.right", "rett til plass"),
        (ApplicationStatus.NOT_ALLOCATED, "admission.fact.right", "rett til plass"),
        (ApplicationStatus.PLACED, "admission.fact.right", ""),
        (ApplicationStatus.ALLOCATED, "admission.fact.right", ""),
        (ApplicationStatus.WAITING, "nobody.knows", ""),
        (ApplicationStatus.WAITING, "", ""),
    ],
)
def test_right_to_a_place_is_told_of_where_there_is_none(
    status: ApplicationStatus, reason: str, told: str
) -> None:
    text = Catalogues.load().translator("nb")

    assert right_told(application(status, entitled_reason=reason), text) == told
