"""Folkeregisteret: who lives in the municipality, who answers for the children, what has changed.

People are asked for in bulk even when there is one, so that no identity number ever stands in an address.
Source: Skatteetaten, Folkeregisteret API 1.6, rights package *offentlig med hjemmel*.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date
from itertools import count

import msgspec

from opptak.hooks.calls import Service, chunks, decode, probe
from opptak.hooks.context import PluginContext
from opptak.hooks.errors import NotFound, Permanent, Temporary
from opptak.hooks.providers import PopulationRegister
from opptak.hooks.types import Area, CheckReport, Custody, PersonRecord, PersonState, RegisterChange
from opptak_registry_no.documents import PersonDocument, moment
from opptak_registry_no.maskinporten import tokens
from opptak_registry_no.numbers import is_identity_number
from opptak_registry_no.persons import custodies, person_record
from opptak_registry_no.settings import RegistrySettings

__all__ = ("Folkeregister",)

SCOPE = "folkeregister:deling/offentligmedhjemmel"
MOST_LOOKUPS = 1000
POLL_SECONDS = 2.0
POLLS = 30
"""How often an extract is asked for before the caller is told to come back; the extract goes on meanwhile."""

_HOME_PARTS = ("identifikasjonsnummer", "bostedsadresse", "adressebeskyttelse")
_CUSTODY_PARTS = (*_HOME_PARTS, "deltBosted", "foreldreansvar")
_PERSON_PARTS = (
    *_HOME_PARTS,
    "navn",
    "foedsel",
    "status",
    "deltBosted",
    "postadresse",
    "postadresseIUtlandet",
    "brukAvSamiskSpraak",
)


class Folkeregister(PopulationRegister):
    """The register of residents, asked for no more than is needed. `pause` waits for some seconds."""

    name = "folkeregisteret"
    capabilities = frozenset({"bulk", "changes"})

    def __init__(
        self, context: PluginContext, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        settings: RegistrySettings = context.settings
        self._context = context
        self._synthetic = settings.synthetic
        self._pause = pause
        self._service = Service(
            context.http,
            settings.folkeregister_url,
            tokens=tokens(context, SCOPE),
            code_fields=("kode", "feilkode"),
            retry_after_unit=0.001,
        )

    async def check(self) -> CheckReport:
        """Ask for the newest change: it needs the rights, and is about nobody."""
        return await probe(self.newest_change())

    async def cohort(self, area: Area, *, born_from: date, born_to: date) -> AsyncIterator[PersonRecord]:
        """Stream residents; extracts go by whole years, so the too old and too young are left out here."""
        numbers: dict[str, None] = {}
        for municipality in area.municipalities:
            found = await self._extract(municipality, born_from.year, born_to.year)
            numbers.update(dict.fromkeys(found))
        for some in chunks(list(numbers), MOST_LOOKUPS):
            for record in await self.people(some):
                if born_from <= record.born_on <= born_to and _lives_in(area, record):
                    yield record

    async def person(self, number: str) -> PersonRecord:
        """Return one person; a former number leads to the one in use."""
        found = await self.people([number])
        if not found:
            raise NotFound
        return found[0]

    async def people(self, numbers: Sequence[str]) -> list[PersonRecord]:
        """Return those the register knows; a document that can't be read is left out and counted."""
        documents = await self._documents(numbers, _PERSON_PARTS)
        records: dict[str, PersonRecord] = {}
        unreadable = 0
        for document in documents.values():
            try:
                record = person_record(document)
                records[record.identity_number] = record
            except Permanent:
                unreadable += 1
        if unreadable:
            self._context.log.warning("documents that can't be read: %d", unreadable)
        return list(records.values())

    async def guardians(self, children: Sequence[str]) -> list[Custody]:
        """Return the holders of parental responsibility (foreldreansvar) by child."""
        documents = await self._documents(children, _CUSTODY_PARTS)
        numbers = {
            holder.ansvarlig: None
            for document in documents.values()
            for holder in document.foreldreansvar
            if holder.ansvarlig
        }
        adults = await self._documents(list(numbers), _HOME_PARTS)
        return [
            custody for child, document in documents.items() for custody in custodies(child, document, adults)
        ]

    async def newest_change(self) -> int:
        """Return the newest sequence number of the national feed."""
        return await self._service.get("/hendelser/siste/sekvensnummer", int)

    async def changes(self, cursor: int) -> AsyncIterator[RegisterChange]:
        """Stream the national feed page by page; the reader picks those whom it knows."""
        while True:
            events = await self._service.get("/hendelser/feed", list[_Event], params={"seq": cursor + 1})
            if not events:
                return
            for event in events:
                yield event.change()
            cursor = events[-1].sekvensnummer

    async def _documents(self, numbers: Sequence[str], parts: Sequence[str]) -> dict[str, PersonDocument]:
        today = self._context.clock.now().date()
        valid = [
            number
            for number in dict.fromkeys(numbers)
            if is_identity_number(number, on=today, synthetic=self._synthetic)
        ]
        found: dict[str, PersonDocument] = {}
        for some in chunks(valid, MOST_LOOKUPS):
            answer = await self._service.post(
                "/personer/bulkoppslag",
                _Lookups,
                json={"foedselsEllerDNummer": list(some)},
                params={"part": list(parts)},
            )
            found |= {
                item.foedsels_eller_d_nummer: item.folkeregisterperson
                for item in answer.oppslag
                if item.folkeregisterperson is not None
            }
        return found

    async def _extract(self, municipality: str, year_from: int, year_to: int) -> list[str]:
        """Return numbers of residents by years of birth; the next call takes up a job that took too long."""
        store, key = self._context.store, f"extract/{municipality}/{year_from}-{year_to}"
        job = (await store.get(key) or b"").decode()
        if not job:
            job = await self._order(municipality, year_from, year_to)
            await store.put(key, job.encode())
        try:
            numbers = await self._collect(job)
        except NotFound as gone:
            await store.put(key, b"")
            raise Temporary("extract_gone") from gone
        await store.put(key, b"")
        return numbers

    async def _order(self, municipality: str, year_from: int, year_to: int) -> str:
        order = {
            "personstatustyper": ["bosatt"],
            "kommunenummer": {"bostedskommunenummer": municipality},
            "foedselsaarFraOgMed": str(year_from),
            "foedselsaarTilOgMed": str(year_to),
        }
        answer = await self._service.post("/uttrekk/tilpasset", _Job, json=order)
        if not answer.jobb_id:
            raise Permanent("extract_refused")
        return answer.jobb_id

    async def _collect(self, job: str) -> list[str]:
        numbers: list[str] = []
        for batch in count():
            found = await self._batch(job, batch)
            if not found:
                break
            numbers += found
        return numbers

    async def _batch(self, job: str, batch: int) -> tuple[str, ...]:
        for _ in range(POLLS):
            answer = await self._service.request("GET", f"/uttrekk/{job}/batch/{batch}", also=(404,))
            if answer.status_code != 404:
                return decode(answer, _Batch).foedsels_eller_d_nummer
            await self._pause(POLL_SECONDS)
        raise Temporary("extract_not_ready", retry_after=POLLS * POLL_SECONDS)


def _lives_in(area: Area, record: PersonRecord) -> bool:
    home = record.residence.municipality if record.residence else ""
    return record.state is PersonState.RESIDENT and (not home or home in area.municipalities)


class _Item(msgspec.Struct, rename="camel"):
    foedsels_eller_d_nummer: str
    folkeregisterperson: PersonDocument | None = None


class _Lookups(msgspec.Struct):
    oppslag: tuple[_Item, ...]


class _Job(msgspec.Struct, rename="camel"):
    jobb_id: str = ""


class _Batch(msgspec.Struct, rename="camel"):
    foedsels_eller_d_nummer: tuple[str, ...] = ()


class _Happening(msgspec.Struct, rename="camel"):
    folkeregisteridentifikator: str = ""
    hendelsetype: str = ""
    ajourholdstidspunkt: str = ""


class _Event(msgspec.Struct):
    sekvensnummer: int
    hendelse: _Happening

    def change(self) -> RegisterChange:
        return RegisterChange(
            sequence=self.sekvensnummer,
            identity_number=self.hendelse.folkeregisteridentifikator,
            kind=self.hendelse.hendelsetype,
            happened_at=moment(self.hendelse.ajourholdstidspunkt),
        )
