"""Writing to guardians: one letter to each for all their children, noting who was asked about which."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from opptak.admission.schemas import RoundView
from opptak.documents.schemas import LetterKind, LetterRequest
from opptak.documents.service import Letters
from opptak.outreach.repository import OutreachRepository
from opptak.people.schemas import GuardianView
from opptak.tenancy.context import Work

__all__ = ("letter_key", "write_to_guardians")


def letter_key(campaign_id: UUID, guardian_id: UUID, step: int) -> str:
    """Return what a guardian's letter of a step is known by, whichever of their children it came from."""
    return f"outreach:{campaign_id}:{guardian_id}:{step}"


async def write_to_guardians(
    work: Work,
    campaign_id: UUID,
    round_: RoundView,
    guardians: Mapping[UUID, Sequence[GuardianView]],
    *,
    step: int,
) -> int:
    """Write to the guardians of applications (by application) and return how many new letters there are.

    Step 0 is the invitation, 1 and on are the reminders. A guardian who has the step's letter gets no second
    one.
    """
    asked: dict[UUID, list[UUID]] = defaultdict(list)
    readers: dict[UUID, GuardianView] = {}
    for application in sorted(guardians):
        for guardian in guardians[application]:
            asked[guardian.id].append(application)
            readers[guardian.id] = guardian
    requests = {
        reader: _letter(work, campaign_id, round_, guardian, asked[reader][0], step)
        for reader, guardian in readers.items()
    }
    written = await Letters(work).known([request.key for request in requests.values()])
    letters = await Letters(work).post_all(list(requests.values()))
    rows = _invitations(asked, {reader: letters[requests[reader].key] for reader in asked}, step)
    await OutreachRepository(work.session).save_invitations([{**row, "created_at": work.now} for row in rows])
    return len(letters.keys() - written)


def _letter(
    work: Work,
    campaign_id: UUID,
    round_: RoundView,
    guardian: GuardianView,
    application: UUID,
    step: int,
) -> LetterRequest:
    return LetterRequest(
        kind=LetterKind.REMINDER if step else LetterKind.INVITATION,
        recipient_id=guardian.id,
        application_id=application,
        language=guardian.letter_language(work.tenant),
        key=letter_key(campaign_id, guardian.id, step),
        content={"deadline": round_.deadline.isoformat()},
    )


def _invitations(
    asked: Mapping[UUID, Sequence[UUID]], letters: Mapping[UUID, UUID], step: int
) -> Iterator[dict[str, Any]]:
    for guardian, applications in asked.items():
        for application in applications:
            yield {
                "application_id": application,
                "guardian_id": guardian,
                "letter_id": letters[guardian],
                "step": step,
            }
