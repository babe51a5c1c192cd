"""Folkeregisteret against the simulator: cohort, personas, extracts that take their time, the feed."""

from datetime import date, timedelta

import httpx
import msgspec
import pytest

from opptak.hooks.context import PluginContext
from opptak.hooks.errors import Configuration, NotFound, Permanent, Temporary
from opptak.hooks.types import CustodyKind, PersonState, Protection, RegisterChange
from opptak.testing import MemoryStore, StoppedClock
from opptak_registry_no.folkeregister import POLL_SECONDS, POLLS, Folkeregister
from opptak_simulators.society.model import Country, Grading, Person, Persona
from tests.plugins.conftest import NORDREISA, Watched
from tests.plugins.registry_no.conftest import Contexts

WINDOW = date(2022, 1, 1), date(2026, 11, 30)
TOKEN = {"access_token": "t", "expires_in": 120}


class Pauses(list[float]):
    """Notes how long somebody wanted to wait."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def register(registry: PluginContext, pauses: Pauses) -> Folkeregister:
    return Folkeregister(registry, pause=pauses)


def persona(people: Country, kind: Persona) -> Person:
    """Return a child of a family of that kind."""
    family = (people.people[number] for number in people.personas[kind])
    return next(person for person in family if person.custody)


async def test_cohort_is_everybody_resident_in_the_window(
    register: Folkeregister, people: Country, stopped_clock: StoppedClock
) -> None:
    today = stopped_clock.now().date()
    expected = {
        person.pid
        for person in people.people.values()
        if WINDOW[0] <= person.born <= WINDOW[1]
        and (home := person.residence_on(today)) is not None
        and home.municipality == "5544"
    }
    found = [one async for one in register.cohort(NORDREISA, born_from=WINDOW[0], born_to=WINDOW[1])]
    assert {one.identity_number for one in found} == expected
    assert len(found) > 150


async def test_cohort_asks_once_and_waits_for_the_extract(
    register: Folkeregister, authorities: Watched, pauses: Pauses
) -> None:
    _ = [one async for one in register.cohort(NORDREISA, born_from=WINDOW[0], born_to=WINDOW[1])]
    assert authorities.count("/uttrekk/tilpasset") == 1
    assert authorities.count("/bulkoppslag") == 1
    assert authorities.count("/token") == 1
    assert pauses == [POLL_SECONDS]


async def test_cohort_never_puts_a_number_into_an_address(
    register: Folkeregister, authorities: Watched, people: Country
) -> None:
    child = persona(people, Persona.TWO_PARENTS).pid
    await register.person(child)
    await register.guardians([child])
    assert not any(number in str(request.url) for request in authorities.requests for number in people.people)


async def test_extract_that_takes_too_long_is_taken_up_again(
    contexts: Contexts, pauses: Pauses, memory_store: MemoryStore
) -> None:
    ready = False

    def answer(request: httpx.Request) -> httpx.Response:
        match request.url.path.rsplit("/", 1)[-1]:
            case "token":
                return httpx.Response(200, json=TOKEN)
            case "tilpasset":
                ordered.append(request)
                return httpx.Response(200, json={"jobbId": "job-1"})
            case "0" if ready:
                return httpx.Response(200, json={"foedselsEllerDNummer": []})
        return httpx.Response(404, json={"feilmelding": "Batch med id=0 er enda ikke klar"})

    ordered: list[httpx.Request] = []
    register = Folkeregister(contexts.over(httpx.MockTransport(answer)), pause=pauses)
    with pytest.raises(Temporary) as caught:
        await anext(register.cohort(NORDREISA, born_from=WINDOW[0], born_to=WINDOW[1]))
    assert caught.value.code == "extract_not_ready"
    assert caught.value.retry_after == POLLS * POLL_SECONDS
    ready = True
    assert [one async for one in register.cohort(NORDREISA, born_from=WINDOW[0], born_to=WINDOW[1])] == []
    assert len(ordered) == 1
    assert set(memory_store.values.values()) == {b""}


async def test_extract_that_is_gone_is_ordered_anew(
    register: Folkeregister, memory_store: MemoryStore, authorities: Watched
) -> None:
    await memory_store.put("extract/5544/2022-2026", b"00000000-0000-4000-8000-000000000000")
    with pytest.raises(Temporary) as caught:
        await anext(register.cohort(NORDREISA, born_from=WINDOW[0], born_to=WINDOW[1]))
    assert caught.value.code == "extract_gone"
    found = await anext(register.cohort(NORDREISA, born_from=WINDOW[0], born_to=WINDOW[1]))
    assert WINDOW[0] <= found.born_on <= WINDOW[1]
    assert authorities.count("/uttrekk/tilpasset") == 1


async def test_too_many_extracts_say_when_to_come_back(register: Folkeregister) -> None:
    for year in range(2000, 2010):
        await register._order("5544", year, year)
    with pytest.raises(Temporary) as caught:
        await register._order("5544", 2010, 2010)
    assert caught.value.code == "FREG-429"
    assert caught.value.retry_after == 1.5


async def test_order_refused_in_words_is_permanent(contexts: Contexts, pauses: Pauses) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        refused = {"feilmelding": "Ugyldig filter"}
        return httpx.Response(200, json=TOKEN if request.url.path.endswith("token") else refused)

    register = Folkeregister(contexts.over(httpx.MockTransport(answer)), pause=pauses)
    with pytest.raises(Permanent, match="extract_refused"):
        await anext(register.cohort(NORDREISA, born_from=WINDOW[0], born_to=WINDOW[1]))


async def test_more_people_than_a_call_takes_are_split(
    register: Folkeregister, people: Country, authorities: Watched
) -> None:
    numbers = [number for number, person in people.people.items() if person.born < date(2026, 1, 1)]
    repeated = list(dict.fromkeys(numbers))[:1500]
    found = await register.people(repeated)
    assert {one.identity_number for one in found} == set(repeated)
    assert authorities.count("/bulkoppslag") == -(-len(repeated) // 1000)


async def test_impossible_numbers_are_not_asked_for(register: Folkeregister, authorities: Watched) -> None:
    with pytest.raises(NotFound):
        await register.person("17059010067")
    assert authorities.requests == []


async def test_former_number_leads_to_the_one_in_use(register: Folkeregister, people: Country) -> None:
    former, present = next(iter(people.renumbered.items()))
    found = await register.people([former, present])
    assert [one.identity_number for one in found] == [present]
    assert former in found[0].former_numbers


async def test_custody_of_two_parents_at_home(register: Folkeregister, people: Country) -> None:
    child = persona(people, Persona.TWO_PARENTS)
    held = await register.guardians([child.pid])
    assert {custody.guardian for custody in held} == {entry.holder for entry in child.custody}
    assert {(custody.kind, custody.lives_with) for custody in held} == {(CustodyKind.JOINT, True)}


async def test_custody_with_two_homes_lives_with_both(register: Folkeregister, people: Country) -> None:
    child = persona(people, Persona.SHARED_RESIDENCE)
    held = await register.guardians([child.pid])
    assert [custody.lives_with for custody in held] == [True, True]
    found = await register.person(child.pid)
    assert found.residence is not None
    assert found.shared_residence is not None
    assert found.residence.key != found.shared_residence.key


async def test_custody_of_a_single_mother(register: Folkeregister, people: Country) -> None:
    child = persona(people, Persona.SINGLE_MOTHER)
    (custody,) = await register.guardians([child.pid])
    assert custody.kind is CustodyKind.SOLE
    assert custody.lives_with


async def test_custody_of_somebody_without_a_number_has_a_name(
    register: Folkeregister, people: Country
) -> None:
    child = persona(people, Persona.PARENT_WITHOUT_NUMBER)
    held = {custody.guardian is None: custody for custody in await register.guardians([child.pid])}
    unregistered = next(entry.unregistered for entry in child.custody if entry.unregistered)
    assert held[True].guardian_name == unregistered.name.full
    assert not held[True].lives_with


async def test_custody_of_foster_parents(register: Folkeregister, people: Country) -> None:
    child = persona(people, Persona.FOSTER_CHILD)
    (custody,) = await register.guardians([child.pid])
    assert (custody.guardian, custody.kind) == (child.custody[0].holder, CustodyKind.OTHER)
    assert custody.lives_with


async def test_custody_of_an_institution_has_nobody_to_write_to(
    register: Folkeregister, people: Country
) -> None:
    child = persona(people, Persona.INSTITUTION_CHILD)
    (custody,) = await register.guardians([child.pid])
    assert (custody.guardian, custody.kind, custody.guardian_name) == (None, CustodyKind.OTHER, "")
    assert (await register.person(child.pid)).protection is Protection.CLIENT


async def test_confidential_address_comes_with_its_mark(register: Folkeregister, people: Country) -> None:
    found = await register.person(persona(people, Persona.CONFIDENTIAL).pid)
    assert found.protection is Protection.CONFIDENTIAL
    assert found.residence is not None
    assert found.residence.lines


async def test_strictly_confidential_person_has_only_the_forwarding_address(
    register: Folkeregister, people: Country
) -> None:
    child = persona(people, Persona.STRICTLY_CONFIDENTIAL)
    assert child.protection is Grading.STRICTLY_CONFIDENTIAL
    found = await register.person(child.pid)
    assert found.protection is Protection.STRICT
    assert found.residence is None
    assert found.postal is not None
    assert found.postal.place == "OSLO"
    assert not any(custody.lives_with for custody in await register.guardians([child.pid]))


async def test_unknown_residence_has_a_municipality_and_no_lines(
    register: Folkeregister, people: Country
) -> None:
    found = await register.person(persona(people, Persona.UNKNOWN_RESIDENCE).pid)
    assert found.residence is not None
    assert (found.residence.municipality, found.residence.lines, found.residence.key) == ("5544", (), "")


async def test_cadastral_address_is_readable(register: Folkeregister, people: Country) -> None:
    child = persona(people, Persona.CADASTRAL_ADDRESS)
    assert child.residence is not None
    found = await register.person(child.pid)
    assert found.residence is not None
    assert found.residence.lines == (
        child.residence.place,
        f"{child.residence.farm}/{child.residence.holding}",
    )


async def test_birth_is_the_register_s_not_the_number_s(register: Folkeregister, people: Country) -> None:
    child = persona(people, Persona.BIRTH_DATE_DIFFERS)
    found = await register.person(child.pid)
    assert found.born_on == child.born
    assert f"{found.born_on:%d%m%y}" != f"{child.pid[:2]}{int(child.pid[2:4]) - 80:02}{child.pid[4:6]}"


async def test_northern_sami_is_a_language(register: Folkeregister, people: Country) -> None:
    assert (await register.person(persona(people, Persona.NORTH_SAMI).pid)).languages == ("se",)


async def test_long_name_is_kept(register: Folkeregister, people: Country) -> None:
    child = persona(people, Persona.LONG_NAME)
    found = await register.person(child.pid)
    assert f"{found.given_name} {found.family_name}" == child.name.full
    assert max(len(found.given_name), len(found.family_name)) >= 190


async def test_dead_parent_is_dead(register: Folkeregister, people: Country) -> None:
    dead = next(person for person in people.people.values() if person.died is not None)
    assert (await register.person(dead.pid)).state is PersonState.DEAD


async def test_changes_follow_a_cursor(
    register: Folkeregister, stopped_clock: StoppedClock, people: Country
) -> None:
    start = await register.newest_change()
    assert [change async for change in register.changes(start)] == []
    stopped_clock.moment += timedelta(days=250)
    changes: list[RegisterChange] = [change async for change in register.changes(start)]
    mover = persona(people, Persona.MOVES_OUT)
    assert mover.pid in {change.identity_number for change in changes}
    sequences = [change.sequence for change in changes]
    assert sequences == sorted(set(sequences))
    assert sequences[0] > start
    assert all(change.happened_at is not None for change in changes)
    assert [change async for change in register.changes(sequences[-1])] == []


async def test_changes_from_too_long_ago_are_refused(register: Folkeregister) -> None:
    with pytest.raises(Permanent) as caught:
        await anext(register.changes(1))
    assert caught.value.code == "FREG-406"


async def test_documents_that_cannot_be_read_are_left_out(
    contexts: Contexts, pauses: Pauses, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("token"):
            return httpx.Response(200, json=TOKEN)
        number = {"foedselsEllerDNummer": "17859010067"}
        item = {**number, "folkeregisterperson": {"identifikasjonsnummer": [{**number, "status": "iBruk"}]}}
        return httpx.Response(200, json={"oppslag": [item]})

    register = Folkeregister(contexts.over(httpx.MockTransport(answer)), pause=pauses)
    assert await register.people(["17859010067"]) == []
    assert "can't be read: 1" in caplog.text


async def test_right_that_is_not_delegated_says_what_to_do(
    contexts: Contexts, authorities: Watched, pauses: Pauses
) -> None:
    elsewhere = msgspec.structs.replace(contexts.settings, consumer="310000034")
    register = Folkeregister(contexts.over(authorities, elsewhere), pause=pauses)
    with pytest.raises(Configuration) as caught:
        await register.newest_change()
    assert (caught.value.code, caught.value.hint) == ("MP-251", "registry_no.hint.not_delegated")
    report = await register.check()
    assert (report.ok, report.hint) == (False, "registry_no.hint.not_delegated")
