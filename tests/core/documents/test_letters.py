"""Letters on their way: written once, sent once, shown to those they concern."""

import io
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from tests.conftest import Drained
from tests.counting import counted
from tests.fakes import FakeTown, adult, number

from opptak.audit.models import AuditEntry
from opptak.documents import following
from opptak.documents.composing import ContentIncomplete
from opptak.documents.errors import LetterMoved, LetterNotFound, LetterNotReady, LetterOnItsWay
from opptak.documents.following import Following
from opptak.documents.models import Letter, LetterEvent
from opptak.documents.schemas import LetterFilter, LetterKind, LetterRequest, LetterState
from opptak.documents.sending import Dispatch, choose_channel
from opptak.documents.service import Letters
from opptak.documents.states import move_letter
from opptak.hooks.errors import Configuration, Permanent, Temporary
from opptak.hooks.providers import DeliveryChannel
from opptak.hooks.types import (
    Contact,
    Delivery,
    DeliveryState,
    PersonRecord,
    PersonState,
    PostalAddress,
    Protection,
)
from opptak.hooks.types import Letter as OutgoingLetter
from opptak.kit.clock import TravelClock
from opptak.kit.ids import new_id
from opptak.kit.subject import Space, Subject
from opptak.people.service import People
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext, Work

OpenWork = Callable[[], AbstractAsyncContextManager[Work]]
WorkAs = Callable[[Subject], AbstractAsyncContextManager[Work]]
Drain = Callable[[], Awaitable[Drained]]

STAFF = Subject(space=Space.STAFF, id=new_id(), roles=frozenset({"case_worker"}))


async def posted(work: OpenWork, *people: PersonRecord, language: str = "nb") -> list[UUID]:
    """Store people and write each an invitation; return the letters."""
    async with work() as opened:
        ids = await People(opened).store(people)
        requests = [
            LetterRequest(
                kind=LetterKind.INVITATION,
                recipient_id=ids[person.identity_number],
                language=language,
                key=f"invitation:{person.identity_number[-4:]}",
                content={"deadline": "2027-03-01"},
            )
            for person in people
        ]
        letters = await Letters(opened).post_all(requests)
    return [letters[request.key] for request in requests]


async def state_of(work: OpenWork, letter: UUID) -> str:
    """Return a letter's state."""
    async with work() as opened:
        return (await opened.session.scalars(select(Letter.state).where(Letter.id == letter))).one()


async def test_letter_is_rendered_sealed_and_sent(work: OpenWork, town: FakeTown, drain: Drain) -> None:
    (letter,) = await posted(work, adult(1), language="se")
    assert await drain() == ["letter.send"]
    sent = town.letters["invitation:0001"]
    text = PdfReader(io.BytesIO(sent.pdf)).pages[0].extract_text()
    assert (sent.recipient_number, sent.language, sent.digital_only) == (number(1), "se", False)
    assert sent.address is not None
    assert sent.address.lines == ("Fjellvegen 1",)
    assert sent.title == "Mánáidgárdesadji: dušše guokte vástádusa váilot"
    assert "Voksen Prøve1" in text
    assert "Fjellvegen 1" in text
    assert number(1) not in text
    async with work() as opened:
        assert await Letters(opened).pdf(letter) == sent.pdf
        assert await Letters(opened).counts() == {"fake": {"se": 1}}


async def test_same_key_is_one_letter(work: OpenWork, town: FakeTown, drain: Drain) -> None:
    first = await posted(work, adult(1))
    await drain()
    assert await posted(work, adult(1)) == first
    assert await drain() == []
    assert town.calls.count("send") == 1


async def test_letter_in_a_language_the_tenant_lacks_falls_back(work: OpenWork, drain: Drain) -> None:
    await posted(work, adult(1), language="de")
    await drain()
    async with work() as opened:
        assert await Letters(opened).counts() == {"fake": {"nb": 1}}


async def test_letter_without_its_facts_is_not_written(work: OpenWork) -> None:
    async with work() as opened:
        ids = await People(opened).store([adult(1)])
        with pytest.raises(ContentIncomplete):
            await Letters(opened).post(
                LetterKind.OFFER,
                recipient_id=ids[number(1)],
                application_id=None,
                language="nb",
                key="offer:1",
                content={},
            )


async def test_channel_that_is_down_gets_the_letter_later_and_once(
    work: OpenWork, town: FakeTown, drain: Drain, clock: TravelClock
) -> None:
    (letter,) = await posted(work, adult(1))
    town.failing = [Temporary("503")]
    assert (await drain()).failures == [("letter.send", "temporary", "503")]
    assert await state_of(work, letter) == LetterState.QUEUED
    clock.travel(timedelta(hours=2))
    await drain()
    assert await state_of(work, letter) == LetterState.ACCEPTED
    assert len(town.letters) == 1


async def test_channel_that_refuses_parks_the_letter_for_a_person(
    work: OpenWork, town: FakeTown, drain: Drain
) -> None:
    (letter,) = await posted(work, adult(1))
    town.failing = [Permanent("400")]
    assert (await drain()).failures == [("letter.send", "permanent", "400")]
    assert await state_of(work, letter) == LetterState.QUEUED


async def test_letters_written_together_are_sent_together(
    work: OpenWork, town: FakeTown, drain: Drain
) -> None:
    letters = await posted(work, *(adult(n) for n in range(1, 24)))
    assert await drain() == ["letters.send", "letters.send"]
    assert len(town.letters) == len(letters) == 23
    assert {await state_of(work, letter) for letter in letters} == {LetterState.ACCEPTED}


async def test_letter_that_is_refused_does_not_stop_the_others(
    work: OpenWork, town: FakeTown, drain: Drain
) -> None:
    letters = await posted(work, adult(1), adult(2), adult(3))
    town.failing = [Permanent("400")]
    assert await drain() == ["letters.send", "letter.send"]
    assert {await state_of(work, letter) for letter in letters} == {LetterState.ACCEPTED}
    assert len(town.letters) == 3


async def test_letter_a_channel_wants_later_waits_that_long(
    work: OpenWork, town: FakeTown, drain: Drain, clock: TravelClock
) -> None:
    letters = await posted(work, adult(1), adult(2), adult(3))
    town.failing = [Temporary("429", retry_after=120)]
    assert await drain() == ["letters.send"]
    assert len(town.letters) == 2
    clock.travel(timedelta(seconds=119))
    assert await drain() == []
    clock.travel(timedelta(seconds=1))
    assert await drain() == ["letter.send"]
    assert {await state_of(work, letter) for letter in letters} == {LetterState.ACCEPTED}


async def test_letters_put_off_together_wait_as_long_as_any_of_them_has_to(
    work: OpenWork, town: FakeTown, drain: Drain, clock: TravelClock
) -> None:
    await posted(work, adult(1), adult(2))
    town.failing = [Temporary("503"), Temporary("timeout", retry_after=120)]
    await drain()
    clock.travel(timedelta(seconds=119))
    assert await drain() == []


async def test_channel_that_is_down_puts_off_letters_together_and_sends_each_once(
    work: OpenWork, town: FakeTown, drain: Drain, clock: TravelClock
) -> None:
    letters = await posted(work, adult(1), adult(2), adult(3))
    town.failing = [Temporary("503")] * 3
    assert (await drain()).failures == [("letters.send", "temporary", "503")]
    clock.travel(timedelta(hours=2))
    await drain()
    assert {await state_of(work, letter) for letter in letters} == {LetterState.ACCEPTED}
    assert len(town.letters) == 3


async def test_job_done_again_after_a_crash_finds_what_was_handed_over(
    work: OpenWork, runtime: Runtime, tenant: TenantContext, town: FakeTown, drain: Drain
) -> None:
    letters = await posted(work, adult(1), adult(2))

    async def crash() -> None:
        async with runtime.work(tenant) as crashing:
            await Dispatch(crashing).send_all(letters)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await crash()
    assert len(town.letters) == 2
    await drain()
    assert {await state_of(work, letter) for letter in letters} == {LetterState.ACCEPTED}
    assert len(town.letters) == 2
    kept = runtime.settings.data_path / "files" / str(tenant.id)
    assert {path.name for path in kept.glob("*/*")} == {str(letter) for letter in letters}


async def test_sending_again_after_it_left_does_nothing(work: OpenWork, town: FakeTown, drain: Drain) -> None:
    (letter,) = await posted(work, adult(1))
    await drain()
    async with work() as opened:
        await Dispatch(opened).send(letter)
        await Dispatch(opened).send(new_id())
    assert town.calls.count("send") == 1


async def test_nobody_writes_to_the_dead(work: OpenWork, town: FakeTown, drain: Drain) -> None:
    (letter,) = await posted(work, adult(1, state=PersonState.DEAD))
    await drain()
    assert await state_of(work, letter) == LetterState.CANCELLED
    assert town.letters == {}


async def test_person_without_address_is_reached_digitally_or_not_at_all(
    work: OpenWork, town: FakeTown, drain: Drain
) -> None:
    town.contacts[number(2)] = Contact(identity_number=number(2), registered=True, may_notify=True)
    async with work() as opened:
        ids = await People(opened).store([adult(2, residence=None)])
        await People(opened).refresh_contacts(list(ids.values()))
    nowhere, digital = await posted(work, adult(1, residence=None), adult(2, residence=None))
    await drain()
    assert await state_of(work, nowhere) == LetterState.UNREACHABLE
    assert await state_of(work, digital) == LetterState.ACCEPTED
    assert [letter.digital_only for letter in town.letters.values()] == [True]


async def test_protected_people_get_letters_at_the_address_for_post(
    work: OpenWork, town: FakeTown, drain: Drain
) -> None:
    office = PostalAddress(lines=("Postboks 1",), postcode="0001", place="Oslo")
    await posted(
        work,
        adult(1, protection=Protection.CONFIDENTIAL),
        adult(2, protection=Protection.STRICT, residence=None, postal=office),
    )
    await drain()
    envelopes = {
        letter.recipient_number: letter.address.lines for letter in town.letters.values() if letter.address
    }
    assert envelopes == {number(1): ("Fjellvegen 1",), number(2): ("Postboks 1",)}
    pages = [PdfReader(io.BytesIO(letter.pdf)).pages[0].extract_text() for letter in town.letters.values()]
    assert all("Fjellvegen" not in page and "Postboks" not in page for page in pages)
    async with work() as opened:
        rows = (await opened.session.scalars(select(Letter))).all()
        events = (await opened.session.scalars(select(LetterEvent))).all()
    assert "Fjellvegen" not in repr([vars(row) for row in (*rows, *events)])


async def test_follow_notes_news_and_asks_no_more_after_the_end(
    work: OpenWork, town: FakeTown, drain: Drain
) -> None:
    (letter,) = await posted(work, adult(1))
    await drain()
    for state in (DeliveryState.NOTIFIED, DeliveryState.READ, DeliveryState.READ):
        town.delivery["invitation:0001"] = state
        async with work() as opened:
            await Following(opened).follow()
    async with work() as opened:
        events = (await opened.session.scalars(select(LetterEvent).order_by(LetterEvent.id))).all()
        view = (await Letters(opened).overview()).items[0].letter
    assert [event.state for event in events] == ["accepted", "notified", "read"]
    assert (view.id, view.state, view.read_at) == (letter, LetterState.READ, opened.now)
    assert town.calls.count("status") == 2


async def test_many_letters_are_followed_some_at_a_time(
    work: OpenWork, town: FakeTown, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "ASKED_AT_ONCE", 2)
    letters = await posted(work, *(adult(n) for n in range(1, 6)))
    await drain()
    town.delivery = dict.fromkeys(town.delivery, DeliveryState.READ)
    async with work() as opened:
        await Following(opened).follow()
    assert await drain() == ["letters.follow_on", "letters.follow_on"]
    assert {await state_of(work, letter) for letter in letters} == {LetterState.READ}


async def test_old_news_changes_nothing(work: OpenWork, town: FakeTown, drain: Drain) -> None:
    (letter,) = await posted(work, adult(1))
    await drain()
    for state in (DeliveryState.TO_PRINT, DeliveryState.NOTIFIED):
        town.delivery["invitation:0001"] = state
        async with work() as opened:
            await Following(opened).follow()
    assert await state_of(work, letter) == LetterState.TO_PRINT


async def test_resend_makes_one_copy_at_a_time(
    work: OpenWork, work_as: WorkAs, town: FakeTown, drain: Drain
) -> None:
    (letter,) = await posted(work, adult(1))
    async with work_as(STAFF) as opened:
        with pytest.raises(LetterOnItsWay):
            await Letters(opened).resend(letter)
    await drain()
    async with work_as(STAFF) as opened:
        copy = await Letters(opened).resend(letter)
        assert await Letters(opened).resend(letter) == copy
    await drain()
    async with work_as(STAFF) as opened:
        second = await Letters(opened).resend(copy)
    await drain()
    assert len({letter, copy, second}) == 3
    assert list(town.letters) == ["invitation:0001", "invitation:0001+1", "invitation:0001+2"]
    async with work() as opened:
        noted = await opened.session.scalars(
            select(AuditEntry.target_id).where(AuditEntry.action == "letter.resend")
        )
        assert set(noted) == {letter, copy}


async def test_letter_is_its_recipients_and_the_staffs(
    runtime: Runtime,
    other_tenant: TenantContext,
    work_as: WorkAs,
    work: OpenWork,
    drain: Drain,
) -> None:
    letter, _ = await posted(work, adult(1), adult(2))
    await drain()
    async with work() as opened:
        recipient = (await opened.session.get_one(Letter, (opened.tenant.id, letter))).recipient_id
    async with work_as(Subject(space=Space.PARENTS)) as nobody:
        with pytest.raises(LetterNotFound):
            await Letters(nobody).pdf(letter)
        assert await Letters(nobody).of_recipient(recipient) == []
    async with work_as(Subject(space=Space.PARENTS, id=new_id())) as stranger:
        with pytest.raises(LetterNotFound):
            await Letters(stranger).pdf(letter)
    async with runtime.work(other_tenant, STAFF) as foreign:
        with pytest.raises(LetterNotFound):
            await Letters(foreign).pdf(letter)
        with pytest.raises(LetterNotFound):
            await Letters(foreign).resend(letter)
    async with work_as(Subject(space=Space.PARENTS, id=recipient)) as parent:
        assert (await Letters(parent).pdf(letter)).startswith(b"%PDF")
        assert [view.id for view in await Letters(parent).of_recipient(recipient)] == [letter]
    async with work_as(STAFF) as staff:
        assert (await Letters(staff).pdf(letter)).startswith(b"%PDF")
    async with work() as opened:
        found = select(AuditEntry).where(AuditEntry.space != Space.SYSTEM)
        noted = (await opened.session.scalars(found)).all()
    assert {(note.space, note.subject_id, note.action, note.target_id) for note in noted} == {
        ("parents", None, "own_letter.read", recipient),
        ("parents", recipient, "own_letter.read", letter),
        ("parents", recipient, "own_letter.read", recipient),
        ("staff", STAFF.id, "letter.read", letter),
    }


async def test_letter_can_be_read_once_it_is_made(work: OpenWork) -> None:
    (letter,) = await posted(work, adult(1))
    async with work() as opened:
        with pytest.raises(LetterNotReady):
            await Letters(opened).pdf(letter)


async def test_overview_pages_and_filters(work: OpenWork, town: FakeTown, drain: Drain) -> None:
    await posted(work, adult(1), adult(2), adult(3, state=PersonState.DEAD))
    await drain()
    async with work() as opened:
        first = await Letters(opened).overview(page=1, size=2)
        cancelled = await Letters(opened).overview(LetterFilter(state=LetterState.CANCELLED))
        tally = await Letters(opened).tally()
    assert (len(first.items), first.total, first.pages) == (2, 3, 2)
    assert [row.recipient for row in cancelled.items] == ["Voksen Prøve3"]
    assert [(found.state, found.channel, found.number) for found in tally] == [
        (LetterState.ACCEPTED, "fake", 2),
        (LetterState.CANCELLED, "", 1),
    ]


async def test_overview_needs_as_many_queries_for_one_as_for_many(runtime: Runtime, work: OpenWork) -> None:
    counts = []
    for people in ([adult(1)], [adult(serial) for serial in range(2, 32)]):
        await posted(work, *people)
        async with work() as opened:
            _ = await opened.session.connection()
            with counted(runtime) as statements:
                await Letters(opened).overview()
        counts.append(len(statements))
    assert counts == [2, 2]


class Silent(DeliveryChannel):
    """A channel that sends nothing."""

    async def send(self, letter: OutgoingLetter) -> Delivery:
        return Delivery(reference=letter.key, state=DeliveryState.ACCEPTED)

    async def status(self, references: Sequence[str]) -> list[Delivery]:
        return []


def channel(name: str, *capabilities: str) -> DeliveryChannel:
    """Return a channel that can do what it says."""
    made: type[Silent] = type("Made", (Silent,), {"name": name, "capabilities": frozenset(capabilities)})
    return made()


@pytest.mark.parametrize(
    ("channels", "digital", "chosen"),
    [
        ([channel("folder"), channel("legal", "legal")], True, "legal"),
        ([channel("legal", "legal"), channel("both", "legal", "print")], True, "legal"),
        ([channel("legal", "legal"), channel("both", "legal", "print")], False, "both"),
        ([channel("first"), channel("second")], False, "first"),
        ([channel("mail", "email"), channel("print", "print")], False, "print"),
    ],
)
def test_channel_is_chosen_by_what_the_letter_needs(
    channels: list[DeliveryChannel], digital: bool, chosen: str
) -> None:
    assert choose_channel(channels, digital=digital).name == chosen


def test_tenant_without_a_channel_must_set_one_up() -> None:
    with pytest.raises(Configuration):
        choose_channel([], digital=True)


def test_letter_never_goes_back() -> None:
    letter = Letter(state=LetterState.READ)
    move_letter(letter, LetterState.READ)
    with pytest.raises(LetterMoved):
        move_letter(letter, LetterState.ACCEPTED)
    assert letter.state == LetterState.READ
