"""Receipts: both guardians are told that the application has arrived."""

from opptak.admission.models import Application
from opptak.documents.schemas import LetterKind, LetterRequest
from opptak.documents.service import Letters
from opptak.people.service import People
from opptak.tenancy.context import Work

__all__ = ("send_receipts",)


async def send_receipts(work: Work, application: Application) -> None:
    """Write a receipt to each guardian; sending in again after a withdrawal gives a new one."""
    guardians = await People(work).guardians_of([application.child_id])
    await Letters(work).post_all(
        [
            LetterRequest(
                kind=LetterKind.RECEIPT,
                recipient_id=guardian.id,
                application_id=application.id,
                language=guardian.letter_language(work.tenant),
                key=f"receipt:{application.id}:{application.version}:{guardian.id}",
                content={
                    "case_number": application.case_number,
                    "received_on": work.tenant.today().isoformat(),
                },
            )
            for guardian in guardians[application.child_id]
        ]
    )
