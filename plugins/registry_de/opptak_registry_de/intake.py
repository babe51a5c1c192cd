"""Applications from files put into the plugin's store under `intake/`."""

from typing import Annotated

import msgspec

from opptak.hooks.context import PluginContext
from opptak.hooks.errors import NotFound
from opptak.hooks.providers import IntakeChannel
from opptak.hooks.types import CheckReport, IncomingApplication
from opptak_registry_de.applications import ReadFile, read_file

__all__ = ("FileIntake",)

INBOX = "intake/"
ANSWERS = "answered/"


class Answer(msgspec.Struct, frozen=True, tag_field="outcome"):
    """Base of the answers kept beside the files."""


class Accepted(Answer, frozen=True, tag="accepted"):
    """Stored under our case number."""

    case_number: str


class Rejected(Answer, frozen=True, tag="rejected"):
    """Not usable; the applicant can understand the reason."""

    reason: Annotated[str, msgspec.Meta(min_length=1)]


class FileIntake(IntakeChannel):
    """Reads comma-separated files; an application waits until it is accepted or rejected."""

    name = "intake_file"
    capabilities = frozenset({"file"})

    def __init__(self, context: PluginContext) -> None:
        self._store = context.store
        self._clock = context.clock
        self._log = context.log

    async def check(self) -> CheckReport:
        """Read the files; the detail names file, line and column of the first fault."""
        for name in await self._files():
            for fault in (await self._read(name)).faults:
                return CheckReport(
                    ok=False, hint=fault.problem, detail=f"{name}:{fault.line} {fault.column}".strip()
                )
        return CheckReport(ok=True)

    async def poll(self) -> list[IncomingApplication]:
        """Return the readable applications that have no answer yet; faulty lines are counted in the log."""
        answered = {key.removeprefix(ANSWERS) for key in await self._store.keys(ANSWERS)}
        waiting: list[IncomingApplication] = []
        for name in await self._files():
            read = await self._read(name)
            waiting += [found for found in read.applications if found.reference not in answered]
            if read.faults:
                self._log.warning("lines that can't be read: %d", len(read.faults))
        return waiting

    async def accept(self, reference: str, *, case_number: str) -> None:
        """Note the case number; the application waits no longer."""
        await self._answer(reference, Accepted(case_number))

    async def reject(self, reference: str, *, reason: str) -> None:
        """Note the reason; the application waits no longer."""
        await self._answer(reference, Rejected(reason))

    async def _answer(self, reference: str, answer: Answer) -> None:
        read = await self._read(reference.rpartition(":")[0])
        if reference not in {found.reference for found in read.applications}:
            raise NotFound
        await self._store.put(ANSWERS + reference, msgspec.json.encode(answer))

    async def _files(self) -> list[str]:
        return [key.removeprefix(INBOX) for key in await self._store.keys(INBOX)]

    async def _read(self, name: str) -> ReadFile:
        content = await self._store.get(INBOX + name)
        if content is None:
            raise NotFound
        return read_file(content, name=name, received_at=self._clock.now())
